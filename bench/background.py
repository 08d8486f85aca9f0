"""From asking for a response in the background to its being there, in the sandbox, with as many workers as the stack
has. Needs `make up`. Prints one JSON line; times in milliseconds, to the 50 ms that a client waits between looks."""

import json
import statistics
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx2

from tools import running_stack

JOBS = 100
CLIENTS = 10
POLL_SECONDS = 0.05


def main() -> None:
    """Measures `JOBS` responses of `CLIENTS` clients, each of which asks for its next when it has one."""
    found = running_stack.outputs()
    bearer = {"authorization": f"Bearer {running_stack.token(found)}"}
    with httpx2.Client(base_url=found["api_url"], headers=bearer, timeout=40) as client:

        def timed(_: int) -> float:
            began = time.perf_counter()
            # No cache has seen it, and no guardrail takes it for a number of a card.
            body = {"input": f"How soon must lost laptop {uuid.uuid4().hex} be reported?", "background": True}
            made = client.post("/v1/responses", json=body).raise_for_status().json()
            while made["status"] in ("queued", "in_progress"):
                time.sleep(POLL_SECONDS)
                made = client.get(f"/v1/responses/{made['id']}").raise_for_status().json()
            if made["status"] != "completed":
                raise SystemExit(f"error: the response {made['id']} is {made['status']}: {json.dumps(made)}")
            return (time.perf_counter() - began) * 1_000

        with ThreadPoolExecutor(CLIENTS) as threads:
            list(threads.map(timed, range(CLIENTS)))  # starts the workers
            began = time.perf_counter()
            taken = list(threads.map(timed, range(JOBS)))
            whole_seconds = time.perf_counter() - began
    cuts = statistics.quantiles(taken, n=100)
    print(
        json.dumps(
            {
                "benchmark": "background",
                "jobs": JOBS,
                "clients": CLIENTS,
                "completed_p50_ms": round(cuts[49], 1),
                "completed_p99_ms": round(cuts[98], 1),
                "jobs_per_second": round(JOBS / whole_seconds, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
