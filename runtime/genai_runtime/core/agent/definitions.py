"""The definitions of the deployment's tools: a JSON list that the infrastructure packages beside the code, because an
environment has no room for schemas."""

import json
from typing import Any, Final

from genai_runtime.core.json_schema import schema_problem
from genai_runtime.core.ports import DeclaredTool
from genai_runtime.core.settings_reader import ConfigError
from genai_runtime.core.tools import Tool

FILE: Final = "genai_tools.json"


def read_definitions(text: str) -> tuple[DeclaredTool, ...]:
    """Return the tools that the list defines.

    Raises:
        ConfigError: a definition is wrong; every one is named.
    """
    raw: list[dict[str, Any]] = json.loads(text)
    problems = [
        f"{FILE}: the parameters of {each['name']} {problem}"
        for each in raw
        if (problem := schema_problem(each["parameters"]))
    ]
    if problems:
        raise ConfigError("; ".join(problems))
    return tuple(
        DeclaredTool(
            tool=Tool(each["name"], each["description"], json.dumps(each["parameters"], ensure_ascii=False)),
            timeout_seconds=each["timeout_seconds"],
            cacheable=each["cacheable"],
        )
        for each in raw
    )
