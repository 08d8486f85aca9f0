"""``tools/pulumi``: any Pulumi command, in the sandbox's environment, in the caller's directory."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])  # the checkout, in place of this directory

from tools.toolchain import environment  # noqa: E402 - needs the line above
from tools.toolchain.progress import SetupError  # noqa: E402 - likewise

# The commands that ask providers to do something. All others work on files, or on the engine itself.
_CLOUD_COMMANDS = frozenset(
    {"up", "update", "u", "preview", "pre", "destroy", "dn", "down", "refresh", "import", "watch", "do"}
)
# Options before the command that take their value as the next argument.
_VALUE_OPTIONS = frozenset(
    {"-C", "--cwd", "--color", "-v", "--verbose", "--tracing", "--profiling", "--memprofilerate"}
)


def needs_cloud(arguments: Sequence[str]) -> bool:
    """Whether a Pulumi command line makes providers work, so that the sandbox must be running."""
    if any(argument in {"-h", "--help"} for argument in arguments):
        return False
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in _VALUE_OPTIONS:
            skip = True
        elif not argument.startswith("-"):
            return argument in _CLOUD_COMMANDS
    return False


def main(arguments: Sequence[str]) -> None:
    """Become the engine. Does not return, except by an exit with a message."""
    try:
        executable = environment.executable()
        where = environment.places(os.environ)
        environment.prepare(where)
        cloud = environment.cloud_environment(where) if needs_cloud(arguments) else {}
    except SetupError as error:
        sys.exit(f"error: {error}")
    # In place of this process, so that signals and the terminal are the engine's own.
    os.execve(executable, [executable, *arguments], environment.engine_environment(os.environ, where, cloud))  # noqa: S606 - the point


if __name__ == "__main__":
    main(sys.argv[1:])
