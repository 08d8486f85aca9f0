"""The refactor planner's own time and memory for a plan, beside the engine's, by the number of resources.

`few` renames one component of a large stack; `all` renames every component, so that everything has to be matched.
Prints one JSON line.
"""

import gc
import json
import math
import resource
import sys
import time
from typing import Any

from genai_tiers.refactor.contested import find_contested
from genai_tiers.refactor.engine import read_preview
from genai_tiers.refactor.entries import make_entries
from genai_tiers.refactor.graph import read_sides
from genai_tiers.refactor.matching import match

SIZES = (1_250, 2_500, 5_000, 10_000)
CHILDREN = 9
PREFIX = "urn:pulumi:dev::bench::"
STACK = PREFIX + "pulumi:pulumi:Stack::bench-dev"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
TRACE = [{"sourcePosition": f"project:///program/of/some/length/__main__.py#{line}"} for line in range(10)]


def main() -> None:
    """Measures every size both ways."""
    gc.disable()  # as the command line does
    seconds: dict[str, dict[int, float]] = {"few": {}, "all": {}}
    for kind, by_size in seconds.items():
        for size in SIZES:
            text = json.dumps({"steps": steps(size, everything=kind == "all")})
            began = time.perf_counter()
            planned = plan(text)
            by_size[size] = time.perf_counter() - began
            expected = size // (CHILDREN + 1) if kind == "all" else 1
            if planned != expected:
                sys.exit(f"{kind} {size}: {planned} entries, expected {expected}")
    largest, smallest = max(SIZES), min(SIZES)
    n_log_n = largest * math.log(largest) / (smallest * math.log(smallest))
    print(
        json.dumps(
            {
                "benchmark": "refactor_plan",
                "seconds": {
                    kind: {str(n): round(s, 2) for n, s in by_size.items()} for kind, by_size in seconds.items()
                },
                "growth": round(seconds["all"][largest] / seconds["all"][smallest], 1),
                "growth_of_n_log_n": round(n_log_n, 1),
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
    )


def plan(text: str) -> int:
    """What the planner does with a preview's JSON; returns the number of entries."""
    sides = read_sides(read_preview(text)["steps"])
    taken = find_contested(sides).taken
    found = match(sides, {new: old for new, old in sides.kept.items() if new not in taken})
    return len(make_entries(sides, found.matches).moves)


def steps(size: int, *, everything: bool) -> list[dict[str, Any]]:
    """A preview of components of a table and queues, some of them twins, each with a user."""
    result: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    for index in range(size // (CHILDREN + 1)):
        moved = everything or index == 0
        old, new = (
            part(f"part{index}", index, moved=False),
            part(f"renamed{index}" if moved else f"part{index}", index, moved=moved),
        )
        if moved:
            result += [{"op": "create", "urn": state["urn"], "newState": state} for state in new]
            gone += [{"op": "delete", "urn": state["urn"], "oldState": state} for state in old]
        else:
            pairs = zip(old, new, strict=True)
            result += [{"op": "same", "urn": s["urn"], "oldState": o, "newState": s} for o, s in pairs]
    return result + gone[::-1]


def part(name: str, index: int, *, moved: bool) -> list[dict[str, Any]]:
    """A component and its children; after a move, what they take from each other is not known yet."""
    component = {"urn": f"{PREFIX}own:index:Part::{name}", "type": "own:index:Part", "custom": False, "parent": STACK}
    states: list[dict[str, Any]] = [component]
    for child in range(CHILDREN):
        kind = "cloud:data/table:Table" if child == 0 else "cloud:queue/queue:Queue"
        inputs: dict[str, Any] = {"size": child % 2, "label": f"label {index} {child // 2}", "tags": {"team": "one"}}
        depends: dict[str, list[str]] = {}
        if child:
            inputs["target"] = UNKNOWN if moved else f"arn:{index}:{child - 1}"
            depends = {"target": [states[-1]["urn"]]}
        states.append(
            {
                "urn": f"{PREFIX}own:index:Part${kind}::{name}-{child}",
                "type": kind,
                "custom": True,
                "id": "" if moved else f"id-{index}-{child}",
                "parent": component["urn"],
                "inputs": inputs,
                "outputs": dict(inputs),
                "propertyDependencies": depends,
                "dependencies": depends.get("target", []),
                "stackTrace": TRACE,
            }
        )
    return states


if __name__ == "__main__":
    main()
