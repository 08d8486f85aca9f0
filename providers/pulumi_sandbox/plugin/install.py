"""Lays the plugins into a PULUMI_HOME of the sandbox's own, where the engine finds them."""

import sys
from pathlib import Path
from shlex import quote

from pulumi_sandbox.plugin.schema import sdk_version

PACKAGES = ("aws", "gcp")


def install(home: Path) -> list[Path]:
    """Write the launch scripts of all packages under ``home``; return them. Doing it again changes nothing."""
    return [_install(home, package) for package in PACKAGES]


def _install(home: Path, package: str) -> Path:
    folder = home / "plugins" / f"resource-{package}-v{sdk_version(package)}"
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / f"pulumi-resource-{package}"
    # -P keeps the program's own folder off the import path: its modules must not stand in for the plugin's.
    text = f'#!/bin/sh\nexec {quote(sys.executable)} -P -m pulumi_sandbox.plugin {package} "$@"\n'
    if not script.exists() or script.read_text() != text:
        unfinished = script.with_suffix(".new")
        unfinished.write_text(text)
        unfinished.chmod(0o755)
        unfinished.replace(script)
    return script
