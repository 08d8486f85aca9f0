"""What the policy pack adds to the preview of a program of 500 resources: pairs of previews, without and with it.

The resources are those of public programs (tests/policy/public), again and again, with the tests' recorder as their
provider, so that nothing but the engine, the program and the pack takes time. Prints one JSON line.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

from tools.policy_precision import DATA

sys.path[:0] = [str(DATA.parent), str(DATA)]

from public import STACKS  # noqa: E402 - needs the line above
from reports import PACK, Registered, prefixed, recording  # noqa: E402 - likewise

RESOURCES = 500
PAIRS = 7


def registered() -> list[Registered]:
    """500 resources of public programs, each time under other names."""
    made: list[Registered] = []
    for turn in count():
        for group in STACKS["programs"]:
            for name, (kind, inputs) in group.resources.items():
                made.append((f"n{turn}-{name}", kind, prefixed(inputs, f"n{turn}-"), {}))
                if len(made) == RESOURCES:
                    return made
    raise AssertionError("no end")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    pairs: int = parser.parse_args().pairs
    plain, governed = [], []
    with tempfile.TemporaryDirectory(prefix="bench-policy-") as name:
        project = recording(Path(name))
        (project.directory / "cases.json").write_text(json.dumps(registered()))
        settings = Path(name) / "advisory.json"
        settings.write_text(json.dumps({"all": "advisory"}))

        def seconds(*options: str | Path) -> float:
            began = time.perf_counter()
            project.run("preview", *options)
            return time.perf_counter() - began

        seconds()
        for _ in range(pairs):
            plain.append(seconds())
            governed.append(seconds("--policy-pack", PACK, "--policy-pack-config", settings))
    added = [100 * (with_pack - without) / without for without, with_pack in zip(plain, governed, strict=True)]
    print(
        json.dumps(
            {
                "benchmark": "policy",
                "resources": RESOURCES,
                "pairs": pairs,
                "median_s": round(statistics.median(plain), 2),
                "with_policy_median_s": round(statistics.median(governed), 2),
                "added_percent_median": round(statistics.median(added), 1),
            }
        )
    )


if __name__ == "__main__":
    main()
