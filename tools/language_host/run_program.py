"""Runs one Pulumi program, in the program's own Python: ``run_program.py SETTINGS DIRECTORY ENTRY_POINT ARGS...``.

A script of its own, which imports nothing of the language host: the program's environment has only its own
packages. Exit code 32 says that the failure has been shown to the user.
"""

import asyncio
import json
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

try:
    import pulumi
    import pulumi.runtime
except ImportError:
    traceback.print_exc()
    sys.exit(
        f"The Pulumi SDK cannot be imported by {sys.executable}: install the program's requirements into that "
        "environment, for example with `pulumi install`."
    )

EXIT_REPORTED = 32


def main(settings: dict[str, object], directory: Path, entry_point: str, arguments: list[str]) -> int:
    """Run the program; what goes wrong in it is reported to the engine. Returns the exit code."""
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(pulumi.runtime.Settings(**settings))  # pyright: ignore[reportArgumentType] - JSON of the host
    path = Path(os.path.normpath(directory / entry_point))
    if path.is_dir() and not (path / "__main__.py").exists():
        pulumi.log.error(f"there is no program in {path}: it has no __main__.py. Add it, or set `main` in Pulumi.yaml.")
        return EXIT_REPORTED
    sys.argv = [str(path), *arguments]
    # In place of this script's directory, as when Python runs the program itself.
    sys.path[0] = str(path if path.is_dir() else path.parent)
    # What a failed deployment leaves unawaited, asyncio would complain about; the cause has been reported.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        _run_to_completion(path, parallel=int(str(settings["parallel"])))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return EXIT_REPORTED
    except Exception as error:  # noqa: BLE001 - whatever the program raised is to be shown
        pulumi.log.error(f"Program failed with an unhandled exception:\n{describe(error, path)}")
        return EXIT_REPORTED
    return 0


def _run_to_completion(path: Path, parallel: int) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # Four threads for each resource in flight, as in the official host: registration, outputs, logs, invokes.
    executor = ThreadPoolExecutor(max_workers=max(parallel, 1) * 4)
    loop.set_default_executor(executor)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _execute(path)))
    finally:
        executor.shutdown(wait=True)
        loop.close()


def _execute(path: Path) -> None:
    runpy.run_path(str(path), run_name="__main__")


def describe(error: Exception, program: Path) -> str:
    """The traceback from the first line of the program on, without the frames that led there."""
    home = program if program.is_dir() else program.parent
    first = error.__traceback__
    while first is not None and not _belongs_to(first, home):
        first = first.tb_next
    if first is None and isinstance(error, SyntaxError):
        # The program never ran: the message has its file and line.
        return "".join(traceback.format_exception_only(error))
    return "".join(traceback.format_exception(type(error), error, first or error.__traceback__))


def _belongs_to(frame: TracebackType, home: Path) -> bool:
    file = Path(frame.tb_frame.f_code.co_filename)
    return file.is_relative_to(home) and "site-packages" not in file.parts


if __name__ == "__main__":
    try:
        code = main(json.loads(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    sys.exit(code)
