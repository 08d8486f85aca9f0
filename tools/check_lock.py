"""Checks requirements.lock: it has what pyproject.toml asks for, and the SDK of the engine's own version."""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.toolchain.engine import VERSION

ROOT = Path(__file__).resolve().parent.parent


def declared(project: dict[str, Any]) -> Iterator[Requirement]:
    """Every requirement of a pyproject's ``[project]`` table, those of its extras included."""
    for group in [project.get("dependencies", []), *project.get("optional-dependencies", {}).values()]:
        yield from map(Requirement, group)


def locked(text: str) -> dict[str, str]:
    """Name to version of every pinned distribution of a lock file."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", text, flags=re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pins}


def main() -> int:
    """Print what does not fit. Returns the exit code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = locked((ROOT / "requirements.lock").read_text())
    faults: list[str] = []
    for requirement in declared(project):
        version = pins.get(canonicalize_name(requirement.name))
        if version is None:
            faults.append(f"{requirement} is not in requirements.lock")
        elif not requirement.specifier.contains(version, prereleases=True):
            faults.append(f"{requirement} does not allow the locked {requirement.name}=={version}")
    if pins.get("pulumi") != VERSION:
        faults.append(f"the engine is {VERSION} (tools/engine/go.mod), the locked SDK pulumi=={pins.get('pulumi')}")
    for fault in faults:
        print(f"error: {fault}; run `make lock`", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
