"""The launch scripts through which the engine starts this project's plugins."""

import shlex
import subprocess

from tools.toolchain.files import fingerprint, write_atomically
from tools.toolchain.paths import CHECKOUT, ENGINE_BIN, LANGUAGE_HOST, PLUGIN_HOME, PYTHON
from tools.toolchain.progress import SetupError

STAMP = PLUGIN_HOME / ".stamp"

# Beside the engine's executable, so that the engine takes them for its bundled ones: a plugin found on
# PATH makes it warn on every run.
_SCRIPTS = {
    "pulumi-language-python": f"""#!/bin/sh
exec {shlex.quote(str(PYTHON))} -u {shlex.quote(str(LANGUAGE_HOST / "__main__.py"))} "$@"
""",
    # The engine hands over a project's runtime options as PULUMI_RUNTIME_*, and starts this in its directory.
    "pulumi-resource-pulumi-python": f"""#!/bin/sh
case "${{PULUMI_RUNTIME_VIRTUALENV:-}}" in
    "") python={shlex.quote(str(PYTHON))} ;;
    /*) python="$PULUMI_RUNTIME_VIRTUALENV/bin/python" ;;
    *) python="$PWD/$PULUMI_RUNTIME_VIRTUALENV/bin/python" ;;
esac
exec "$python" -u -m pulumi.dynamic "$@"
""",
}


def up_to_date() -> bool:
    """Whether every launcher was laid from the present sources."""
    scripts = all((ENGINE_BIN / name).is_file() for name in _SCRIPTS)
    return scripts and STAMP.is_file() and STAMP.read_text() == _wanted()


def ensure() -> bool:
    """Lay the launchers of the language host, the dynamic provider and the sandbox's provider plugins.

    Returns whether anything was done.
    """
    if up_to_date():
        return False
    for name, text in _SCRIPTS.items():
        write_atomically(ENGINE_BIN / name, text, executable=True)
    command = [str(PYTHON), "-m", "pulumi_sandbox.plugin", "install", "--pulumi-home", str(PLUGIN_HOME)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SetupError(f"the sandbox's provider plugins could not be laid: {result.stderr.strip()}")
    write_atomically(STAMP, _wanted())
    return True


def _wanted() -> str:
    sources = sorted((CHECKOUT / "providers" / "pulumi_sandbox" / "plugin").glob("*.py"))
    return fingerprint(*_SCRIPTS.values(), *sources, CHECKOUT / "requirements.lock")
