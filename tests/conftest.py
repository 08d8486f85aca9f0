"""Fixtures for every test that runs the engine, and the environment of every test."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Tests import the tool-chain as `tools.toolchain` and the fixture's classes from `engine_fixture`.
sys.path[:0] = [entry for entry in (str(ROOT), str(ROOT / "tests")) if entry not in sys.path]

# A make that started the tests hands these on: one that a test starts would print directories, or take the other's Q.
for name in [name for name in os.environ if name.startswith(("MAKE", "MFLAGS")) or name == "QUESTION"]:
    del os.environ[name]

from engine_fixture import Engine  # noqa: E402 - needs the line above


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """The real engine with a home and a state of its own, and no cloud."""
    return Engine(tmp_path / "engine")
