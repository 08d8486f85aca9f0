"""One line of JSON a request on standard output, which is also metrics.

The line follows CloudWatch's embedded metric format, so no call is made for the metrics:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

NAMESPACE: Final = "GenAI"
_METRICS: Final = {
    "Requests": "Count",
    "Errors": "Count",
    "CacheHits": "Count",
    "Blocked": "Count",
    "InputTokens": "Count",
    "OutputTokens": "Count",
    "Latency": "Milliseconds",
    "BudgetUsed": "Percent",
}
_OF_THE_STACK: Final = {
    "Namespace": NAMESPACE,
    "Dimensions": [["stack"]],
    "Metrics": [{"Name": "Tokens", "Unit": "Count"}],
}


@dataclass(frozen=True)
class EmbeddedMetricLog:
    """Writes records with their metrics: by function, and by function, tenant and model; the tokens of a whole stack
    (GENAI_STACK) too, whose functions may come and go."""

    def write(self, record: Mapping[str, Any]) -> None:
        """Write one record."""
        known = record.get("tenant") and record.get("model")
        metrics = {
            "Requests": 1,
            "Errors": int(record["status"] >= 500),
            "CacheHits": int(record.get("cache_hit", False)),
            "Blocked": int(record.get("guardrail") == "blocked"),
            "InputTokens": record.get("input_tokens", 0),
            "OutputTokens": record.get("output_tokens", 0),
            "Latency": record["total_ms"],
        }
        if "budget_used_percent" in record:
            metrics["BudgetUsed"] = record["budget_used_percent"]
        tokens = metrics["InputTokens"] + metrics["OutputTokens"]
        directive = {
            "Namespace": NAMESPACE,
            "Dimensions": [["function"], *([["function", "tenant", "model"]] if known else [])],
            "Metrics": [{"Name": name, "Unit": unit} for name, unit in _METRICS.items() if name in metrics],
        }
        directives = [directive]
        if tokens:
            directives.append(_OF_THE_STACK)
            metrics |= {"Tokens": tokens}
        line = {
            **record,
            **metrics,
            "stack": os.environ.get("GENAI_STACK", "local"),
            "function": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"),
            "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": directives},
        }
        sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
        sys.stdout.flush()
