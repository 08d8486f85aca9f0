"""The project's virtual environment: what requirements.lock says, and the project, editable."""

import subprocess
import sys
from pathlib import Path

from tools.toolchain.files import exclusive, fingerprint, write_atomically
from tools.toolchain.paths import BOOTSTRAP_LOCK, CHECKOUT, LOCK, PYTHON, TOOLS, VENV
from tools.toolchain.progress import SetupError, say, step

# Inside the environment, so that it goes when the environment goes.
STAMP = VENV / ".genai-tiers-stamp"
# There while packages are being installed. Found at the start, it tells of an installation that was killed, which
# may have left a package with half of its files; installers take such a one for installed.
UNFINISHED = VENV / ".genai-tiers-unfinished"


def wanted() -> str:
    """What the environment must have been made from to be up to date."""
    # The checkout's path is part of it: environments hold absolute paths, a moved one is broken.
    return fingerprint(LOCK, BOOTSTRAP_LOCK, CHECKOUT / "pyproject.toml", str(CHECKOUT), sys.version)


def up_to_date() -> bool:
    """Whether the environment was completed from the present lock file."""
    return PYTHON.exists() and STAMP.is_file() and STAMP.read_text() == wanted()


def ensure() -> bool:
    """Bring ``.venv`` up to date. Returns whether anything was done.

    The stamp is written last, so an interrupted run is made good by the next one.
    """
    if up_to_date():
        return False
    with exclusive(TOOLS / "venv.lock", "another set-up is making .venv; waiting for it"):
        if up_to_date():
            return False
        STAMP.unlink(missing_ok=True)
        if UNFINISHED.exists() or not _usable():
            with step(f"making a virtual environment in {VENV}"):
                _run([sys.executable, "-m", "venv", "--clear", str(VENV)], hint=_VENV_HINT)
        write_atomically(UNFINISHED, "")
        with step("installing the locked dependencies (requirements.lock, hashes checked)"):
            _install_locked()
        with step("installing this project, editable"):
            _install_project()
        write_atomically(STAMP, wanted())
        UNFINISHED.unlink()
    return True


_VENV_HINT = (
    "the `venv` module of this Python does not work; on Debian and Ubuntu install python3-venv, "
    "or set PYTHON to another Python 3.11 or newer"
)


def _usable() -> bool:
    if not PYTHON.exists():
        return False
    probe = [str(PYTHON), "-c", "import sys, pip; print(*sys.version_info[:2])"]
    answer = subprocess.run(probe, capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def _install_locked() -> None:
    try:
        _run([str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(BOOTSTRAP_LOCK)])
        _uv("pip", "sync", "--require-hashes", str(LOCK))
    except SetupError as error:
        say(f"  uv could not do it ({error}); falling back to pip, which is slower")
        _run([str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK)])


def _install_project() -> None:
    options = ["--no-deps", "--no-build-isolation", "-e", str(CHECKOUT)]
    try:
        _uv("pip", "install", *options)
    except SetupError:
        _run([str(PYTHON), "-m", "pip", "install", "--quiet", *options])


def _uv(*arguments: str) -> None:
    _run([str(VENV / "bin" / "uv"), *arguments, "--quiet", "--python", str(PYTHON)])


def _run(command: list[str], hint: str = "") -> None:
    if not Path(command[0]).exists():
        raise SetupError(f"{command[0]} does not exist")
    result = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        output = (result.stdout + result.stderr).strip()
        raise SetupError(f"`{' '.join(command)}` failed: {output}" + (f"\n{hint}" if hint else ""))
