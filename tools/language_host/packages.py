"""What is installed for a program: the provider plugins it needs, and its dependencies."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from tools.language_host.stubs import language_pb2, plugin_pb2


def required(search_path: Iterable[str]) -> list[Any]:
    """The provider plugins of all installed packages, as ``PackageDependency`` messages.

    A package says in its ``pulumi-plugin.json`` which plugin it needs.
    """
    found: dict[tuple[str, str], Any] = {}
    for directory in map(Path, search_path):
        if directory.is_dir():
            for path in sorted(directory.glob("*/pulumi-plugin.json")):
                package = _dependency(json.loads(path.read_text()), path)
                if package is not None:
                    found[package.name, package.version] = package
    return list(found.values())


def _dependency(declared: dict[str, Any], path: Path) -> Any | None:
    if not declared.get("resource"):
        return None
    name = declared.get("name") or path.parent.name.removeprefix("pulumi_").replace("_", "-")
    return plugin_pb2.PackageDependency(
        name=name,
        kind="resource",
        version=declared.get("version") or "",
        server=declared.get("server") or "",
        parameterization=_parameterization(declared.get("parameterization")),
        extension=_parameterization(declared.get("extensionParameterization")),
    )


def _parameterization(declared: dict[str, Any] | None) -> Any | None:
    if declared is None:
        return None
    return plugin_pb2.PackageParameterization(
        name=declared["name"], version=declared["version"], value=base64.b64decode(declared["value"])
    )


def dependencies(search_path: Iterable[str], *, transitive: bool) -> list[Any]:
    """The installed distributions, as ``DependencyInfo`` messages.

    Args:
        search_path: where to look.
        transitive: also those that are there only because another one requires them.
    """
    installed = {_normalised(item.name): item for item in distributions(path=list(search_path))}
    if not transitive:
        needed = {name for item in installed.values() for name in _requirements(item)}
        installed = {name: item for name, item in installed.items() if name not in needed}
    return [language_pb2.DependencyInfo(name=name, version=item.version) for name, item in sorted(installed.items())]


def _requirements(item: Distribution) -> Iterator[str]:
    for requirement in item.requires or []:
        name = re.match(r"[A-Za-z0-9._-]+", requirement)
        if name is not None and "extra ==" not in requirement:
            yield _normalised(name[0])


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
