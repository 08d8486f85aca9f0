"""Installing what a program, policy pack or plugin needs, into an environment of its own."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.language_host import children, interpreter
from tools.language_host.plugin import package_name
from tools.language_host.stubs import language_pb2


class InstallError(Exception):
    """A command failed; its output has been streamed already."""


def install(request: Any) -> Iterator[Any]:
    """Serve an ``InstallDependenciesRequest``: yields what the installers print.

    Without ``virtualenv`` in ``runtime.options`` the program runs in the language host's own environment,
    which set-up keeps exactly as the lock file says, so nothing is installed.

    Raises:
        OptionError: a runtime option cannot be followed.
        InstallError: an installer failed.
    """
    info = request.info
    directory = Path(info.program_directory)
    options = dict(info.options)
    python = interpreter.choose(Path(info.root_directory), directory, options)
    if python.virtualenv is None:
        yield _line(f"Nothing to install: no runtime.options.virtualenv, so {sys.prefix} is used as it is.")
        return
    for command in _commands(python, directory, uv=options.get("toolchain") == "uv"):
        yield _line(f"Running {' '.join(command)}")
        yield from _run(command, directory, python)
    yield _line("Finished installing dependencies")


def _commands(python: interpreter.Interpreter, directory: Path, *, uv: bool) -> Iterator[list[str]]:
    if uv:
        if shutil.which("uv") is None:
            raise interpreter.OptionError("runtime.options.toolchain is 'uv', but there is no `uv` on PATH: install it")
        yield ["uv", "sync"]
        return
    if not python.exists:
        yield [sys.executable, "-m", "venv", str(python.virtualenv)]
    pip = [str(python.executable), "-m", "pip", "install"]
    if (directory / "requirements.txt").exists():
        yield [*pip, "-r", "requirements.txt"]
    elif package_name(directory) is not None:
        yield [*pip, "-e", "."]


def _run(command: list[str], directory: Path, python: interpreter.Interpreter) -> Iterator[Any]:
    environ = python.activated(os.environ)
    if command[0] == "uv":
        environ["UV_PROJECT_ENVIRONMENT"] = str(python.virtualenv)
    child = children.spawn(command, cwd=directory, env=environ, piped=True)
    for name, chunk in children.output_of(child):
        yield language_pb2.InstallDependenciesResponse(**{name: chunk})
    code = children.wait(child)
    if code != 0:
        raise InstallError(f"`{' '.join(command)}` failed with exit code {code}")


def _line(text: str) -> Any:
    return language_pb2.InstallDependenciesResponse(stdout=f"{text}\n".encode())
