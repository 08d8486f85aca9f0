"""The environment in which the engine works on the sandbox: one place, for the wrapper and for the tests."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain import engine
from tools.toolchain.paths import PLUGIN_HOME, PYTHON, SANDBOX
from tools.toolchain.progress import SetupError

# Protects nothing: the sandbox holds no real secret. A passphrase of the user's own wins.
SANDBOX_PASSPHRASE = "sandbox"  # noqa: S105 - see above

# A person's own cloud settings: with them, a program run against the sandbox could reach a real account.
_CLOUD_PREFIXES = ("AWS_", "GOOGLE_", "GCLOUD_", "GCP_", "CLOUDSDK_")


@dataclass(frozen=True)
class Places:
    """Where one sandboxed engine keeps what it writes."""

    pulumi_home: Path
    backend_url: str
    cloud_state: Path
    """The sandbox daemon's state directory."""


def places(environ: Mapping[str, str], base: Path = SANDBOX) -> Places:
    """The places under ``base``, each replaceable by its environment variable.

    The variables are ``PULUMI_HOME``, ``PULUMI_BACKEND_URL`` and ``PULUMI_SANDBOX_STATE``.
    """
    return Places(
        pulumi_home=Path(environ.get("PULUMI_HOME") or base / "pulumi-home").absolute(),
        backend_url=environ.get("PULUMI_BACKEND_URL") or f"file://{base / 'state'}",
        cloud_state=Path(environ.get("PULUMI_SANDBOX_STATE") or base / "cloud").absolute(),
    )


def engine_environment(
    environ: Mapping[str, str], where: Places, cloud: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The variables for an engine that keeps its state in ``where``.

    Args:
        environ: the variables to start from, usually ``os.environ``; cloud credentials in it are left out.
        where: see :func:`places`; :func:`prepare` makes the directories.
        cloud: the sandbox's variables from :func:`cloud_environment`; none for a program without a cloud.
    """
    result = {name: value for name, value in environ.items() if not name.startswith(_CLOUD_PREFIXES)}
    result.pop("PULUMI_ACCESS_TOKEN", None)
    # So that not even the profiles in ~/.aws are found.
    result |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    result |= {
        "PULUMI_HOME": str(where.pulumi_home),
        "PULUMI_BACKEND_URL": where.backend_url,
        "PULUMI_SANDBOX_STATE": str(where.cloud_state),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "true",
        # A plugin that set-up did not lay must be an error: downloading one would replace the sandbox's.
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_PYTHON_CMD": str(PYTHON),
    }
    chosen = engine.recorded()
    if chosen is not None and chosen.own_language_host:
        # Our plugins lie where the engine looks for its bundled ones, PATH has nothing to add.
        result["PULUMI_IGNORE_AMBIENT_PLUGINS"] = "true"
    if not result.get("PULUMI_CONFIG_PASSPHRASE") and not result.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
        result["PULUMI_CONFIG_PASSPHRASE"] = SANDBOX_PASSPHRASE
    return _compiling_once(result) | dict(cloud or {})


def _compiling_once(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables, without the one that forbids Python to keep what it compiles.

    With it, as in many container images, every preview compiles the SDK's modules anew: as much work as all the rest.
    """
    return {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def prepare(where: Places) -> None:
    """Make the directories of ``where``, with the sandbox's provider plugins in its Pulumi home."""
    where.pulumi_home.mkdir(parents=True, exist_ok=True)
    plugins = where.pulumi_home / "plugins"
    if not plugins.exists():
        plugins.unlink(missing_ok=True)  # a link into a checkout that has moved
        plugins.symlink_to(PLUGIN_HOME / "plugins", target_is_directory=True)
    if where.backend_url.startswith("file:///"):
        Path(where.backend_url.removeprefix("file://")).mkdir(parents=True, exist_ok=True)


def cloud_environment(where: Places) -> dict[str, str]:
    """The variables through which programs reach the sandbox; starts its daemon if it is not running.

    Raises:
        SetupError: the daemon did not start.
    """
    _sandbox(where, "start")
    lines = _sandbox(where, "env").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _sandbox(where: Places, command: str) -> str:
    full = [str(PYTHON), "-m", "pulumi_sandbox", command, "--state", str(where.cloud_state)]
    result = subprocess.run(full, env=_compiling_once(os.environ), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SetupError(f"`pulumi_sandbox {command}` failed: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout


def executable() -> str:
    """The engine that set-up chose.

    Raises:
        SetupError: set-up has not run.
    """
    chosen = engine.recorded()
    if chosen is None:
        raise SetupError("the engine is not set up yet: run `tools/setup` (or any `make` target)")
    return chosen.executable
