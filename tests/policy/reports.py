"""What the pack reports of resources that are registered as data, with the recorder as their provider."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import recorder
from engine_fixture import Engine, Project

from rules import RULES

PACK = Path(__file__).resolve().parents[2] / "policy"
PROGRAM = (Path(__file__).parent / "cases" / "program.py").read_text()
REPORT = re.compile(r"- \[\w+\] .*?  (?P<rule>[\w-]+)  \([\w:]+: (?P<name>[\w$-]+)\)\n(?P<text>(?: {10}.*\n)+)")

Registered = tuple[str, str, Any, Mapping[str, Any]]
"""Logical name, type, inputs, options."""
Reports = dict[tuple[str, str], str]
"""Rule and logical name -> what is reported."""


def recording(base: Path) -> Project:
    """A project whose program registers what it is given."""
    return Engine(base / "engine").project(base / "program", PROGRAM, settings=recorder.install(base / "plugins"))


def reported(
    project: Project, registered: Sequence[Registered], command: str, settings: Mapping[str, Mapping[str, Any]] = {}
) -> Reports:
    """What the pack reports with every rule advisory, in a `preview` or an `up`."""
    (project.directory / "cases.json").write_text(json.dumps(registered))
    configuration = project.directory / "configuration.json"
    levels = {rule.id: {"enforcementLevel": "advisory", **settings.get(rule.id, {})} for rule in RULES}
    configuration.write_text(json.dumps(levels))
    arguments = ["--yes", "--skip-preview"] if command == "up" else []
    done = project.run(command, *arguments, "--policy-pack", PACK, "--policy-pack-config", configuration)
    found: defaultdict[tuple[str, str], str] = defaultdict(str)
    for report in REPORT.finditer(done.stdout):
        found[report["rule"], report["name"]] += report["text"]
    return found


def prefixed(value: Any, prefix: str) -> Any:
    """Inputs whose references have the prefix of their resources' names."""
    if isinstance(value, dict):
        if set(value) == {"$ref"}:
            return {"$ref": prefix + value["$ref"]}
        return {name: prefixed(each, prefix) for name, each in value.items()}
    return [prefixed(each, prefix) for each in value] if isinstance(value, list) else value
