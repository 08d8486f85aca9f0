"""Running what the engine runs as a plugin through its language: policy packs and component packages."""

import os
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tools.language_host import children, interpreter
from tools.language_host.stubs import language_pb2


def run(request: Any, on_cancel: Callable[[Callable[[], None]], Any]) -> Iterator[Any]:
    """Run the plugin of a ``RunPluginRequest``; yields its output and, last, its exit code."""
    directory = Path(request.info.program_directory)
    environ = dict(entry.split("=", 1) for entry in request.env if "=" in entry) or dict(os.environ)
    try:
        python = interpreter.choose(directory, directory, dict(request.info.options))
        python.require(directory)
        command = _command(request.kind, directory, list(request.args))
    except interpreter.OptionError as error:
        yield language_pb2.RunPluginResponse(stderr=f"{error}\n".encode())
        yield language_pb2.RunPluginResponse(exitcode=1)
        return
    child = children.spawn(
        [python.executable, "-u", *command],
        cwd=request.pwd or directory,
        env=python.activated(environ),
        piped=True,
    )
    on_cancel(lambda: children.stop(child))
    for name, chunk in children.output_of(child):
        yield _output(name, chunk)
    yield language_pb2.RunPluginResponse(exitcode=children.wait(child))


def _command(kind: str, directory: Path, arguments: list[str]) -> list[str]:
    if kind == "analyzer":
        return ["-m", "pulumi.policy", *arguments, str(directory)]
    if (directory / "__main__.py").exists():
        return [str(directory), *arguments]
    name = package_name(directory)
    if name is None:
        raise interpreter.OptionError(
            f"the plugin in {directory} cannot be run: it has neither a __main__.py nor a pyproject.toml "
            "with [build-system] and project.name"
        )
    return ["-m", "pulumi.run.plugin", name, *arguments]


def _output(stream: str, chunk: bytes) -> Any:
    if stream == "stdout":
        return language_pb2.RunPluginResponse(stdout=chunk)
    return language_pb2.RunPluginResponse(stderr=chunk)


def package_name(directory: Path) -> str | None:
    """The distribution that a directory builds, if it is a buildable Python package."""
    try:
        content = tomllib.loads((directory / "pyproject.toml").read_text())
    except FileNotFoundError:
        return None
    return content.get("project", {}).get("name") if "build-system" in content else None
