"""A stack's state as a release leaves it, to be recorded: later versions are tested to carry it over.

`tools/pulumi stack export --stack S | python -m tools.checkpoint | gzip -9n > tests/refactor/shapes/VERSION.S.json.gz`
records it.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks assets and archives in states."""
OF_ONE_MACHINE = ("created", "modified", "sourcePosition", "stackTrace")


def checkpoint(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """Return an exported stack without what belongs to the machine that made it: times, lines of the program, files.
    Of assets and archives their hashes are left, by which the engine compares them."""
    inner = dict(deployment["deployment"])
    resources = [{k: v for k, v in each.items() if k not in OF_ONE_MACHINE} for each in inner["resources"]]
    return {**deployment, "deployment": {**inner, "metadata": {}, "resources": [_without_files(r) for r in resources]}}


def text_of(recorded: Mapping[str, Any]) -> str:
    """As JSON with one resource a line, so that a change can be read."""
    inner = dict(recorded["deployment"])
    lines = ",\n".join(json.dumps(each, sort_keys=True) for each in inner.pop("resources"))
    fields = [f"{json.dumps(name)}: {json.dumps(value, sort_keys=True)}" for name, value in sorted(inner.items())]
    deployment = "{" + ",\n".join([*fields, f'"resources": [\n{lines}\n]']) + "}"
    return f'{{"version": {recorded["version"]}, "deployment": {deployment}}}\n'


def _without_files(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_files(each) for each in value]
    if not isinstance(value, dict):
        return value
    if SIGNATURE in value and "hash" in value:
        return {SIGNATURE: value[SIGNATURE], "hash": value["hash"], "path": "not-recorded"}
    return {name: _without_files(each) for name, each in value.items()}


def main() -> None:
    """Prints the checkpoint of the exported stack on standard input."""
    print(text_of(checkpoint(json.load(sys.stdin))), end="")


if __name__ == "__main__":
    main()
