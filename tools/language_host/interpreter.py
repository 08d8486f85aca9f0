"""Which Python runs a program, and what is installed there."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class OptionError(Exception):
    """A runtime option that cannot be followed; the message names it and says what to do."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that runs programs, policy packs or plugins."""

    executable: Path
    virtualenv: Path | None
    """The environment that ``runtime.options`` names; None for the one that the language host runs in itself."""

    @property
    def exists(self) -> bool:
        """Whether there is anything to run."""
        return self.executable.exists()

    def activated(self, environ: Mapping[str, str]) -> dict[str, str]:
        """``environ`` as if the environment had been activated, for programs that start `python` or `pip`."""
        directory = self.virtualenv or Path(sys.prefix)
        result = {name: value for name, value in environ.items() if name != "PYTHONHOME"}
        result["VIRTUAL_ENV"] = str(directory)
        result["PATH"] = os.pathsep.join(filter(None, [str(directory / "bin"), environ.get("PATH", "")]))
        return result

    def version(self) -> str:
        """The version of this Python, such as ``3.11.7``."""
        if self.virtualenv is None:
            return ".".join(map(str, sys.version_info[:3]))
        command = [str(self.executable), "-c", "import platform; print(platform.python_version())"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def search_path(self) -> list[str]:
        """The directories in which this Python finds installed distributions."""
        if self.virtualenv is None:
            return [entry for entry in sys.path if entry]
        # -P: without the working directory, which would hide what is installed.
        command = [str(self.executable), "-P", "-c", "import json, sys; print(json.dumps(sys.path))"]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    def require(self, root: Path) -> None:
        """Raise :class:`OptionError` unless this Python is there."""
        if not self.exists:
            raise OptionError(
                f"runtime.options.virtualenv in {root} names {self.virtualenv}, where there is no Python: "
                "make it with `pulumi install`, or name an environment that exists"
            )


def choose(root: Path, program: Path, options: Mapping[str, Any]) -> Interpreter:
    """The interpreter for a project with these ``runtime.options``.

    Args:
        root: the directory of Pulumi.yaml, PulumiPolicy.yaml or PulumiPlugin.yaml.
        program: the directory of the program.
        options: ``virtualenv`` (relative to ``root``) and ``toolchain`` (``pip`` or ``uv``) are followed.

    Raises:
        OptionError: ``toolchain`` is none of those.
    """
    toolchain = options.get("toolchain") or "pip"
    if toolchain not in {"pip", "uv"}:
        raise OptionError(
            f"runtime.options.toolchain is {toolchain!r}, which this project's language host does not know: "
            "use 'pip' or 'uv', or install the official Pulumi CLI and run set-up again"
        )
    name = options.get("virtualenv")
    if name:
        return _of(root / str(name))
    if toolchain == "uv":
        return _of(program / ".venv")
    return Interpreter(Path(sys.executable), None)


def _of(directory: Path) -> Interpreter:
    absolute = Path(os.path.normpath(directory))
    if absolute.resolve() == Path(sys.prefix).resolve():
        return Interpreter(Path(sys.executable), None)
    return Interpreter(absolute / "bin" / "python", absolute)
