"""Applies moves to a program that has no line for it; the planner puts this directory on the program's path.

Python imports a module of this name when it starts. The engine's language hosts run programs with `runpy.run_path`.
"""

import importlib.util
import runpy
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
_SOURCES = str(_HERE.parents[2])
_run_path = runpy.run_path


def _run_path_with_moves(path: str, *args: Any, **named: Any) -> Any:
    pulumi = sys.modules.get("pulumi")
    if named.get("run_name") == "__main__" and pulumi and pulumi.runtime.get_root_resource():
        if importlib.util.find_spec("genai_tiers") is None:
            sys.path.append(_SOURCES)  # last, so that nothing of the program's own is hidden
        from genai_tiers.refactor.transform import apply_moves

        apply_moves()
    return _run_path(path, *args, **named)


def _run_hidden() -> None:
    """Run the environment's own module of this name, which this one hides."""
    others = [entry for entry in sys.path if Path(entry or ".").resolve() != _HERE]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec and spec.loader:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


runpy.run_path = _run_path_with_moves
_run_hidden()
