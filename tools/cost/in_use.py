"""What a request of each pattern costs beyond the model's tokens, from the calls that it makes."""

import json
from collections.abc import Mapping
from pathlib import Path

from .prices import Price

CALLS = Path(__file__).with_name("calls.json")
"""Recorded by `python -m bench.calls`."""

MEMORY_GB = 0.5
MODEL_SECONDS = 2.0
"""How long a function waits for a model's answer. An assumption: a short answer of a small model."""

OTHER_SECONDS = 0.1
"""What a function takes besides, each time."""

GUARDRAIL_UNITS = 1
"""Of a question or an answer, for each call of the guardrail: at most 1,000 characters."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "gateway": ("http requests", "socket messages"),
    "functions": ("function calls", "function GB seconds"),
    "tables, buckets": ("table reads", "table writes", "bucket reads", "bucket writes"),
    "queues, topics": ("queue requests", "topic messages"),
    "guardrail": ("guardrail units",),
    "retrieval": ("vector queries",),
    "logs": ("log GBs",),
}
"""Column of the page -> what is counted in it; a price has the name of one of them."""


def recorded_calls() -> dict[str, dict[str, float]]:
    """Pattern -> what is counted of one request."""
    return json.loads(CALLS.read_text())["patterns"]


def counts(measured: Mapping[str, float]) -> dict[str, float]:
    """What is billed of one request: what was measured, and what follows from it."""
    answers = measured.get("model calls", 0.0)
    seconds = answers * MODEL_SECONDS + measured.get("function calls", 0.0) * OTHER_SECONDS
    return {
        **measured,
        "function GB seconds": seconds * MEMORY_GB,
        "guardrail units": measured.get("guardrail calls", 0.0) * GUARDRAIL_UNITS,
        "vector queries": measured.get("retrievals", 0.0),
        "log GBs": measured.get("log KB", 0.0) / 1_000_000,
    }


def usd_by_column(measured: Mapping[str, float], known: Mapping[str, Price], requests: int) -> dict[str, float]:
    """Column -> what so many requests cost in it."""
    counted = counts(measured)
    return {
        column: sum(known[_price(kind)].of(requests * counted.get(kind, 0.0)) for kind in kinds)
        for column, kinds in COLUMNS.items()
    }


def _price(kind: str) -> str:
    return "vector query" if kind == "vector queries" else kind.removesuffix("s")
