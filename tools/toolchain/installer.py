"""The official Pulumi installer, kept away from the user's own files."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.toolchain.files import exclusive
from tools.toolchain.paths import cache_directory
from tools.toolchain.progress import SetupError, say, step

URL = "https://get.pulumi.com"
CONNECT_TIMEOUT_SECONDS = 5


def install(version: str, *, cached_only: bool) -> Path | None:
    """The official engine of this version, from the cache or freshly installed into it.

    Returns:
        The executable; None if ``cached_only`` and there is none.

    Raises:
        SetupError: the installer could not be had, or did not give an engine.
    """
    target = cache_directory() / "engine" / f"official-{version}"
    if (target / "pulumi").exists():
        return target / "pulumi"
    if cached_only:
        return None
    with exclusive(target.with_suffix(".lock"), "another set-up is installing the engine; waiting for it"):
        if not (target / "pulumi").exists():
            _install(version, target)
    return target / "pulumi"


def _install(version: str, target: Path) -> None:
    script = _script()
    with (
        step(f"running the official installer for Pulumi {version}"),
        tempfile.TemporaryDirectory(dir=target.parent, prefix=".official-") as scratch,
    ):
        # A home of its own: the script replaces $HOME/.pulumi/bin and adds to the shell's profile.
        environment = {**os.environ, "HOME": scratch, "SHELL": "/bin/sh"}
        options = ["--version", version, "--no-edit-path", "--install-root", f"{scratch}/.pulumi"]
        result = subprocess.run(
            ["sh", "-s", "--", *options],
            input=script, env=environment, cwd=scratch, capture_output=True, check=False,
        )  # fmt: skip  # one call, one line of options
        binaries = Path(scratch) / ".pulumi" / "bin"
        if result.returncode != 0 or not (binaries / "pulumi").exists():
            output = (result.stdout + result.stderr).decode(errors="replace").strip()
            raise SetupError(f"the script of {URL} failed: {output.splitlines()[-1] if output else 'no output'}")
        if not (binaries / "pulumi-language-python").exists():
            raise SetupError(f"the script of {URL} installed no pulumi-language-python")
        binaries.rename(target)


def _script() -> bytes:
    if shutil.which("curl") is None:
        raise SetupError("curl is not installed")
    say(f"asking {URL} for the official installer")
    command = ["curl", "-fsSL", "--connect-timeout", str(CONNECT_TIMEOUT_SECONDS), "--retry", "0", URL]
    result = subprocess.run(command, capture_output=True, check=False)
    if result.returncode != 0:
        raise SetupError(result.stderr.decode(errors="replace").strip() or f"curl exit code {result.returncode}")
    return result.stdout
