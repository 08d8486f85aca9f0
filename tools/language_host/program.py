"""Running a Pulumi program."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.language_host import children, interpreter
from tools.language_host.stubs import language_pb2

RUNNER = Path(__file__).with_name("run_program.py")
# Agreed between the runner and this host: the failure has been told to the user already.
EXIT_REPORTED = 32

_TYPE_CHECKERS = ("mypy", "pyright")


def run(request: Any, engine_address: str, on_cancel: Callable[[Callable[[], None]], Any]) -> Any:
    """Run the program of a ``RunRequest`` and return the ``RunResponse``.

    Args:
        request: what the engine sent.
        engine_address: where the program finds the engine.
        on_cancel: takes what is to be done when the engine gives the program up.
    """
    info = request.info
    options = dict(info.options)
    if request.attach_debugger:
        return _failed("this project's language host cannot attach a debugger: run without --attach-debugger")
    try:
        python = interpreter.choose(Path(info.root_directory), Path(info.program_directory), options)
        python.require(Path(info.root_directory))
    except interpreter.OptionError as error:
        return _failed(str(error))
    environ = python.activated(os.environ) | {
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }
    checker = options.get("typechecker")
    if checker:
        failure = _type_check(str(checker), python, info.program_directory, environ)
        if failure:
            return _failed(failure)
    settings = {
        "monitor": request.monitor_address,
        "engine": engine_address,
        "project": request.project,
        "stack": request.stack,
        "organization": request.organization,
        "parallel": request.parallel,
        "dry_run": request.dryRun,
        "root_directory": info.root_directory,
    }
    # -u: prints must reach the terminal when they happen.
    command = [python.executable, "-u", RUNNER, json.dumps(settings), info.program_directory, info.entry_point or "."]
    child = children.spawn([*command, *request.args], cwd=request.pwd or info.program_directory, env=environ)
    on_cancel(lambda: children.stop(child))
    code = children.wait(child)
    if code == 0:
        return language_pb2.RunResponse()
    if code == EXIT_REPORTED:
        return language_pb2.RunResponse(bail=True)
    if code < 0:
        return _failed(f"the program was ended by signal {-code}")
    return _failed(f"the program ended with exit code {code}")


def _type_check(checker: str, python: interpreter.Interpreter, directory: str, environ: dict[str, str]) -> str | None:
    if checker not in _TYPE_CHECKERS:
        return f"runtime.options.typechecker is {checker!r}: use one of {', '.join(_TYPE_CHECKERS)}, or leave it out"
    child = children.spawn([python.executable, "-m", checker, directory], cwd=directory, env=environ)
    return f"the type checker {checker} (runtime.options.typechecker) failed" if children.wait(child) else None


def _failed(message: str) -> Any:
    return language_pb2.RunResponse(error=message)
