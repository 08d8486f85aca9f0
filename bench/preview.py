"""Wall time of `pulumi preview` of the stack, with and without the policy pack. Needs `make up`.

Prints one JSON line.
"""

import json
import statistics
import subprocess
import time

from tools import running_stack

RUNS = 5


def main() -> None:
    """Measures both in turn."""
    running_stack.outputs()
    plain, governed = [], []
    for _ in range(RUNS):
        plain.append(preview())
        governed.append(preview("--policy-pack", str(running_stack.ROOT / "policy")))
    print(
        json.dumps(
            {
                "benchmark": "preview",
                "runs": RUNS,
                "median_s": round(statistics.median(plain), 2),
                "with_policy_median_s": round(statistics.median(governed), 2),
            }
        )
    )


def preview(*options: str) -> float:
    """Seconds of one preview."""
    command = [running_stack.ROOT / "tools" / "pulumi", "preview", "--stack", running_stack.STACK, *options]
    began = time.perf_counter()
    subprocess.run(command, cwd=running_stack.ROOT, check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
