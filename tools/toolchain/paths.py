"""Where the tool-chain keeps things. Nothing here creates a file."""

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
LOCK = CHECKOUT / "requirements.lock"
BOOTSTRAP_LOCK = CHECKOUT / "tools" / "bootstrap.lock"
ENGINE_SOURCE = CHECKOUT / "tools" / "engine"
LANGUAGE_HOST = CHECKOUT / "tools" / "language_host"
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
# Made by set-up and by nobody else: safe to delete, the next set-up makes it again.
TOOLS = CHECKOUT / ".tools"
ENGINE_RECORD = TOOLS / "engine.json"
ENGINE_BIN = TOOLS / "engine"
PLUGIN_HOME = TOOLS / "pulumi-home"
# Made by running the sandbox: its cloud, the engine's state, the engine's own home.
SANDBOX = CHECKOUT / ".sandbox"


def cache_directory() -> Path:
    """The cache that all checkouts of this user share (``$XDG_CACHE_HOME/genai-tiers``)."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "genai-tiers"
