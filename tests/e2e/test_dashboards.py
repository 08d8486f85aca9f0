"""What an operator looks at: the dashboard and the alarms of a stack are there and name what was deployed."""

import json
from typing import Any

import pytest
from deployment import Deployment

pytestmark = pytest.mark.xdist_group("e2e")


def charts(stack: Deployment) -> dict[str, list[list[Any]]]:
    """Title of every chart of the stack's dashboard -> its metrics."""
    cloudwatch = stack.aws("cloudwatch")
    names = [entry["DashboardName"] for entry in cloudwatch.list_dashboards()["DashboardEntries"]]
    [name] = [name for name in names if name.endswith("-genai")]
    body = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
    return {widget["properties"]["title"]: widget["properties"]["metrics"] for widget in body["widgets"]}


def test_the_dashboard_shows_the_api_every_function_and_every_queue(stack: Deployment) -> None:
    shown, patterns = charts(stack), stack.outputs["patterns"]
    deployed = {function["FunctionName"] for function in stack.aws("lambda").list_functions()["Functions"]}
    functions = {metric[3] for metric in shown["Answers' latency, ms"]}
    assert functions <= deployed
    assert functions >= {made["worker"] for made in patterns.values() if "worker" in made}
    assert all(any(f"-{pattern}-" in function for function in functions) for pattern in patterns)
    assert {metric[3] for metric in shown["Throttles"]} == functions
    work = {metric[3] for metric in shown["Age of the oldest message, s"]}
    failed = {metric[3] for metric in shown["Messages that have failed for good"]}
    assert not work & failed
    queues = {url.rpartition("/")[2] for url in stack.aws("sqs").list_queues()["QueueUrls"]}
    assert work | failed == {name for name in queues if any(f"-{pattern}-" in name for pattern in patterns)}
    sources = stack.aws("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert work <= {source["EventSourceArn"].rpartition(":")[2] for source in sources}
    identifiers = {each["ApiId"] for each in stack.aws("apigatewayv2").get_apis()["Items"]}
    assert {metric[3] for metric in shown["Requests"]} <= identifiers


def test_it_is_one_of_the_dashboards_that_an_account_has_free(stack: Deployment) -> None:
    metrics = {tuple(metric[:4]) for chart in charts(stack).values() for metric in chart if len(metric) > 1}
    assert 30 < len(metrics) <= 50


def test_tokens_are_shown_for_each_tenant_and_model_of_the_stack_alone(stack: Deployment) -> None:
    [[search]] = charts(stack)["Output tokens by tenant and model"]
    assert "{GenAI,function,model,tenant}" in search["expression"]
    assert all(f'"{metric[3]}"' in search["expression"] for metric in charts(stack)["Failed answers"])


def test_alarms_watch_failures_and_latency_of_the_http_api(stack: Deployment) -> None:
    alarms = stack.aws("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    own = {alarm["AlarmName"].removeprefix("genai-").rpartition("-")[0]: alarm for alarm in alarms}
    [api] = {metric[3] for metric in charts(stack)["Requests"]}
    failures, latency = own["failures-alarm"], own["latency-alarm"]
    watched = {
        query["MetricStat"]["Metric"]["MetricName"]: query["MetricStat"]["Metric"]["Dimensions"]
        for query in failures["Metrics"]
        if "MetricStat" in query
    }
    assert watched == {name: [{"Name": "ApiId", "Value": api}] for name in ("5xx", "Count")}
    assert [query["Id"] for query in failures["Metrics"] if query.get("ReturnData")] == ["share"]
    assert latency["Dimensions"] == [{"Name": "ApiId", "Value": api}]
    assert latency["ExtendedStatistic"] == "p99"
    assert latency["Threshold"] == 20_000
