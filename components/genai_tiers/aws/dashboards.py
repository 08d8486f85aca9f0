"""One page of charts for a stack.

At rest it costs nothing for an account's first three dashboards of at most 50 metrics, and 3 USD a month for each one
more: https://aws.amazon.com/cloudwatch/pricing/ So each queue has one chart only, the one that tells most of it.
"""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children
from genai_tiers.naming import slug

METRICS = "GenAI"
"""The namespace in which the functions tell of each request."""

PERIOD_SECONDS = 300
WIDGET = {"width": 12, "height": 6}
COLUMNS = 2


def dashboard(
    children: Children,
    api: pulumi.Input[str],
    functions: pulumi.Input[Sequence[str]],
    steps: pulumi.Input[Sequence[str]],
    queues: pulumi.Input[Sequence[str]],
    failed_queues: pulumi.Input[Sequence[str]],
) -> aws.cloudwatch.Dashboard:
    """Charts of the HTTP API with the id `api`, of the `functions` that answer, of the `queues` of work and of those of
    what has failed for good, all by name. Of functions that work on `steps` for those that answer there is what they
    use, by tenant."""
    body = pulumi.Output.all(
        api=api,
        functions=functions,
        steps=steps,
        queues=queues,
        failed_queues=failed_queues,
        region=aws.get_region_output(opts=_invoke(children)).region,
    ).apply(lambda known: dashboard_body(**known))
    return aws.cloudwatch.Dashboard(
        children.named("dashboard"),
        dashboard_name=slug(f"{pulumi.get_project()} {pulumi.get_stack()} {children.name}"),
        dashboard_body=pulumi.Output.json_dumps(body),
        opts=children.options("dashboard"),
    )


def dashboard_body(
    api: str,
    functions: Sequence[str],
    steps: Sequence[str],
    queues: Sequence[str],
    failed_queues: Sequence[str],
    region: str,
) -> dict[str, Any]:
    """What CloudWatch takes as a dashboard; a chart without metrics is left out, which CloudWatch would refuse."""
    gateway, using = ("ApiId", api), [*functions, *steps]
    charts: list[tuple[str, str, list[Any]]] = [
        ("Requests", "Sum", [["AWS/ApiGateway", name, *gateway] for name in ("Count", "4xx", "5xx")]),
        ("Latency, ms", "p99", [["AWS/ApiGateway", "Latency", *gateway, {"stat": stat}] for stat in ("p50", "p99")]),
        ("Answers' latency, ms", "p99", _lines(METRICS, "Latency", "function", functions, ("p50", "p99"))),
        ("Failed answers", "Sum", _lines(METRICS, "Errors", "function", functions, ("Sum",))),
        ("Input tokens by tenant and model", "Sum", _by_tenant("InputTokens", using)),
        ("Output tokens by tenant and model", "Sum", _by_tenant("OutputTokens", using)),
        ("Cache hits by tenant and model", "Sum", _by_tenant("CacheHits", using)),
        ("Throttles", "Sum", _lines("AWS/Lambda", "Throttles", "FunctionName", functions, ("Sum",))),
        (
            "Messages that have failed for good",
            "Maximum",
            _lines("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", failed_queues, ("Maximum",)),
        ),
        (
            "Age of the oldest message, s",
            "Maximum",
            _lines("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queues, ("Maximum",)),
        ),
    ]
    shown = [chart for chart in charts if chart[2]]
    return {
        "widgets": [
            {
                "type": "metric",
                "x": place % COLUMNS * WIDGET["width"],
                "y": place // COLUMNS * WIDGET["height"],
                **WIDGET,
                "properties": {
                    "title": title,
                    "region": region,
                    "stat": stat,
                    "period": PERIOD_SECONDS,
                    "metrics": metrics,
                },
            }
            for place, (title, stat, metrics) in enumerate(shown)
        ]
    }


def _lines(namespace: str, metric: str, dimension: str, names: Sequence[str], stats: Sequence[str]) -> list[list[Any]]:
    return [[namespace, metric, dimension, name, {"stat": stat}] for name in names for stat in stats]


def _by_tenant(metric: str, functions: Sequence[str]) -> list[list[Any]]:
    """Tenants and models are found by a search, as new ones come without a deployment."""
    if not functions:
        return []
    own = " OR ".join(f'"{name}"' for name in functions)
    search = f'{{{METRICS},function,model,tenant}} MetricName="{metric}" function=({own})'
    return [[{"expression": f"SEARCH('{search}', 'Sum', {PERIOD_SECONDS})", "id": "found"}]]


def _invoke(children: Children) -> pulumi.InvokeOptions:
    return pulumi.InvokeOptions(parent=children.parent)
