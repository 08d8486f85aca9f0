"""Latency that the middleware adds to a bare model call, in the sandbox: gateway, function, guardrail in and out, cache
look-up and write, retrieval, prompt, usage. Needs `make up`. Prints one JSON line; times in milliseconds."""

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import boto3
import httpx2

from tools import running_stack

REQUESTS = 200
WARM_UP = 10
MODEL = "us.amazon.nova-lite-v1:0"


def main() -> None:
    """Measures both paths in turn, so that a slow moment of the machine hits both alike."""
    found = running_stack.outputs()
    bearer = {"authorization": f"Bearer {running_stack.token(found)}"}
    bedrock: Any = boto3.client("bedrock-runtime", region_name=found["region"])
    with httpx2.Client(base_url=found["api_url"], headers=bearer, timeout=40) as client:

        def through_the_stack(number: int) -> None:
            body = {"messages": [{"role": "user", "content": f"How soon must lost laptop {number} be reported?"}]}
            client.post("/v1/chat/completions", json=body).raise_for_status()

        def bare(number: int) -> None:
            content = [{"text": f"How soon must lost laptop {number} be reported?"}]
            bedrock.converse(modelId=MODEL, messages=[{"role": "user", "content": content}])

        # Short numbers: the guardrail takes long ones for those of cards.
        salt = int(time.time()) % 100_000 * 1_000
        for number in range(WARM_UP):
            through_the_stack(salt + number)
            bare(salt + number)
        pairs = [
            (timed(through_the_stack, salt + number), timed(bare, salt + number))
            for number in range(WARM_UP, WARM_UP + REQUESTS)
        ]
    whole, model = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    added = [pair[0] - pair[1] for pair in pairs]
    print(
        json.dumps(
            {
                "benchmark": "latency",
                "requests": REQUESTS,
                "added_p50_ms": percentile(added, 50),
                "added_p99_ms": percentile(added, 99),
                "whole_p50_ms": percentile(whole, 50),
                "whole_p99_ms": percentile(whole, 99),
                "model_p50_ms": percentile(model, 50),
                "model_p99_ms": percentile(model, 99),
            }
        )
    )


def timed(call: Callable[[int], None], number: int) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    call(number)
    return (time.perf_counter() - began) * 1_000


def percentile(values: list[float], percent: int) -> float:
    """A percentile, to a tenth."""
    return round(statistics.quantiles(values, n=100)[percent - 1], 1)


if __name__ == "__main__":
    main()
