"""What the tools of a program consist of: their schemas, and the files of their code."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from .tool_schema import parse_schema
from .tool_settings import Tool
from .validation import InvalidArgumentsError

DEFINITIONS = "genai_tools.json"
"""Where the runtime finds the definitions, beside its code: they would not fit into a function's environment."""

NO_PARAMETERS = '{"type": "object", "properties": {}}'


@dataclass(frozen=True)
class Definitions:
    """The tools as models know them, in JSON, and a fingerprint of that."""

    text: str

    @property
    def digest(self) -> str:
        """Changes when a tool changes."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @property
    def files(self) -> Mapping[str, str]:
        """What belongs beside the runtime's code."""
        return {DEFINITIONS: self.text}


def load_tools(component: str, tools: Sequence[Tool]) -> Definitions:
    """The definitions of the tools. Raises `InvalidArgumentsError` naming each schema that is wrong and each folder and
    handler that is missing."""
    problems: list[str] = []
    definitions = [_definition(f"tools[{index}]", tool, problems) for index, tool in enumerate(tools)]
    if problems:
        raise InvalidArgumentsError(component, problems)
    return Definitions(json.dumps(definitions, ensure_ascii=False, sort_keys=True))


def code_archive(tool: Tool) -> pulumi.AssetArchive:
    """The files of a tool's code, without what begins with a dot and what Python keeps for itself."""
    root = Path(tool.code)
    files = sorted(path for path in root.rglob("*") if path.is_file() and _is_code(path.relative_to(root)))
    return pulumi.AssetArchive(
        {path.relative_to(root).as_posix(): pulumi.FileAsset(str(path.resolve())) for path in files}
    )


def _is_code(path: Path) -> bool:
    return path.suffix != ".pyc" and not any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _definition(field: str, tool: Tool, problems: list[str]) -> dict[str, Any]:
    if bool(tool.code) == (tool.function is not None):
        problems.append(f"{field}: give either code (a folder) or function (an ARN), and not both")
    elif tool.code:
        _check_code(field, tool, problems)
    return {
        "name": tool.name,
        "description": tool.description,
        "parameters": _parameters(field, tool, problems),
        "timeout_seconds": tool.timeout_seconds,
        "cacheable": tool.cacheable,
    }


def _check_code(field: str, tool: Tool, problems: list[str]) -> None:
    root = Path(tool.code)
    module = Path(*tool.handler.split(".")[:-1]).with_suffix(".py")
    if not root.is_dir():
        problems.append(f"{field}.code is {tool.code!r}: there is no such folder below {Path.cwd()}")
    elif not (root / module).is_file():
        problems.append(f"{field}.handler is {tool.handler!r}: there is no file {module} in {tool.code}")


def _parameters(field: str, tool: Tool, problems: list[str]) -> dict[str, Any]:
    if tool.parameters and tool.parameters_file:
        problems.append(f"{field}: give either parameters or parameters_file, and not both")
        return {}
    where, text = f"{field}.parameters", tool.parameters or NO_PARAMETERS
    if tool.parameters_file:
        where, file = f"{field}.parameters_file", Path(tool.parameters_file)
        if not file.is_file():
            problems.append(f"{where} is {tool.parameters_file!r}: there is no such file below {Path.cwd()}")
            return {}
        text = file.read_text()
    schema, problem = parse_schema(text)
    if problem:
        problems.append(f"{where} {problem}")
    return schema
