"""Where the daemon keeps what: the files of one state directory, and the standard environment."""

import os
from dataclasses import dataclass
from pathlib import Path

ACCOUNT_ID = "123456789012"
DEFAULT_STATE = Path(".sandbox/cloud")
PREFERRED_PORT = 4566
HOST = "127.0.0.1"


class SandboxStartError(Exception):
    """A command on the sandbox cannot be done; the message says why and what mends it."""


@dataclass(frozen=True, slots=True)
class StateDirectory:
    """The files of one sandbox. ``root`` is absolute."""

    root: Path

    @property
    def endpoint_file(self) -> Path:
        """The main URL as text; kept over restarts, because Pulumi states hold URLs made from it."""
        return self.root / "endpoint"

    @property
    def lock_file(self) -> Path:
        """Locked by the running daemon for its whole life; holds its process id."""
        return self.root / "lock"

    @property
    def start_lock_file(self) -> Path:
        """Locked by ``start`` while it decides whether to start a daemon."""
        return self.root / "start.lock"

    @property
    def log_file(self) -> Path:
        """Everything the daemon has to say."""
        return self.root / "daemon.log"

    @property
    def database(self) -> Path:
        """The durable maps."""
        return self.root / "maps.sqlite"

    @property
    def snapshots(self) -> Path:
        """State of the control plane."""
        return self.root / "snapshots"

    @property
    def endpoint(self) -> str | None:
        """The main URL, or None when this sandbox was never started."""
        try:
            return self.endpoint_file.read_text().strip() or None
        except FileNotFoundError:
            return None


def state_directory(chosen: str | None) -> StateDirectory:
    """Return the directory named on the command line, else by PULUMI_SANDBOX_STATE, else the default."""
    root = chosen or os.environ.get("PULUMI_SANDBOX_STATE") or DEFAULT_STATE
    return StateDirectory(Path(root).expanduser().resolve())


def standard_environment(endpoint: str) -> dict[str, str]:
    """Return the variables that point AWS SDKs and our provider plugins at the sandbox, as its deployer."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_EC2_METADATA_DISABLED": "true",
        # Some operations have a host of their own, such as sync-states; the sandbox has one host.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "PULUMI_SANDBOX_ENDPOINT": endpoint,
    }
