"""Metrics in lines of logs, in CloudWatch's embedded metric format."""

import json
from typing import Any

from pulumi_sandbox.aws.metrics.store import Metric, observe


def take(region: str, line: str) -> None:
    """Take the metrics that a line of a log holds, if any. What does not follow the format is only a line."""
    if '"_aws"' not in line:
        return
    try:
        document: Any = json.loads(line)
        directives: Any = document["_aws"]["CloudWatchMetrics"]
        found = [found for directive in directives for found in _metrics(region, document, directive)]
    except (KeyError, TypeError, ValueError):
        return
    for metric, value in found:
        observe(metric, value)


def _metrics(region: str, document: dict[str, Any], directive: dict[str, Any]) -> list[tuple[Metric, float]]:
    found: list[tuple[Metric, float]] = []
    for names in directive["Dimensions"]:
        dimensions = tuple(sorted((name, str(document[name])) for name in names))
        for definition in directive["Metrics"]:
            values: Any = document[definition["Name"]]
            metric = Metric(region, directive["Namespace"], definition["Name"], dimensions)
            found += [(metric, float(value)) for value in (values if isinstance(values, list) else [values])]
    return found
