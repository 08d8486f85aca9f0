"""``tools/setup``: Python environment, engine, plugins. Does nothing when everything is up to date."""

import argparse
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])  # the checkout, in place of this directory

from tools.toolchain import engine, launchers, venv  # noqa: E402 - needs the line above
from tools.toolchain.files import exclusive, size_of  # noqa: E402 - likewise
from tools.toolchain.paths import ENGINE_BIN, TOOLS, VENV  # noqa: E402 - likewise
from tools.toolchain.progress import SetupError, elapsed, say  # noqa: E402 - likewise


def main() -> int:
    """Set everything up and say what it took. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="tools/setup", description=__doc__)
    parser.add_argument("--quiet", action="store_true", help="say nothing when there is nothing to do")
    quiet: bool = parser.parse_args().quiet
    if venv.up_to_date() and engine.up_to_date() and launchers.up_to_date():
        if not quiet:
            say("everything is set up already")
        return 0
    try:
        with exclusive(TOOLS / "setup.lock", "another set-up of this checkout is running; waiting for it"):
            done = [part.ensure() for part in (venv, engine, launchers)]
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; run set-up again, it goes on from here", file=sys.stderr)
        return 130
    chosen = engine.recorded()
    if any(done) and chosen is not None:
        own = size_of(ENGINE_BIN) if chosen.own_language_host else 0
        megabytes = (size_of(VENV) / 1e6, (own or size_of(Path(chosen.executable).parent)) / 1e6)
        say(
            f"set up in {elapsed():.1f} s: Python environment {megabytes[0]:.0f} MB, "
            f"engine {megabytes[1]:.0f} MB ({chosen.origin})"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
