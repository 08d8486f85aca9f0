import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from deployment import ROOT, Deployment, deploy
from leftovers import remaining

pytestmark = pytest.mark.xdist_group("streaming-alone")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The example with a pattern on a backend of the program's own, deployed as an outsider would, but deletable."""
    base = tmp_path_factory.mktemp("alone")
    shutil.copytree(ROOT / "examples", base / "examples")
    program = base / "examples" / "streaming_answers"
    settings = (program / "Pulumi.yaml").read_text().replace("../../.venv", str(ROOT / ".venv"))
    (program / "Pulumi.yaml").write_text(settings)
    source = (program / "__main__.py").read_text()
    for kept in ('"knowledge"', '"models"'):
        source = source.replace(kept, f'"retain_data": False, {kept}')
    (program / "__main__.py").write_text(source)
    deployment = deploy(base / "sandbox", program, "alone", {"aws:region": "us-east-1"})
    yield deployment
    deployment.stop()


def routes(alone: Deployment, protocol: str) -> dict[str, Any]:
    gateway = alone.aws("apigatewayv2")
    [api] = [api for api in gateway.get_apis()["Items"] if api["ProtocolType"] == protocol]
    return {route["RouteKey"]: route for route in gateway.get_routes(ApiId=api["ApiId"])["Items"]}


def test_it_adds_its_action_to_a_gateway_of_its_own(alone: Deployment) -> None:
    over_websocket = routes(alone, "WEBSOCKET")
    assert set(over_websocket) == {"$connect", "$default", alone.outputs["action"]}
    assert over_websocket["$connect"]["AuthorizationType"] == "CUSTOM"
    tickets = routes(alone, "HTTP")["POST /v1/websocket/tickets"]
    assert tickets["AuthorizationType"] == "JWT"
    assert alone.outputs["tickets_url"].endswith("/v1/websocket/tickets")


def test_a_job_is_tried_three_times_and_then_told_to_somebody(alone: Deployment) -> None:
    functions = alone.aws("lambda")
    worker = alone.outputs["worker"]
    events = functions.get_function_event_invoke_config(FunctionName=worker)
    timeout_seconds = functions.get_function_configuration(FunctionName=worker)["Timeout"]
    assert timeout_seconds == 62
    assert events["MaximumRetryAttempts"] == 2
    assert events["MaximumEventAgeInSeconds"] >= 3 * timeout_seconds + 180
    assert "-failure-" in events["DestinationConfig"]["OnFailure"]["Destination"]
    alarms = alone.aws("cloudwatch").describe_alarms()["MetricAlarms"]
    [topic] = alone.aws("sns").list_topics()["Topics"]
    [queue] = [url for url in alone.aws("sqs").list_queues()["QueueUrls"] if "uploads" not in url]
    [alarm] = [each for each in alarms if queue.endswith(each["Dimensions"][0]["Value"])]
    assert alarm["AlarmActions"] == [topic["TopicArn"]]


def test_payloads_outlive_no_job_by_long(alone: Deployment) -> None:
    s3 = alone.aws("s3")
    [bucket] = [each["Name"] for each in s3.list_buckets()["Buckets"] if "payloads" in each["Name"]]
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert [rule["Expiration"]["Days"] for rule in rules if "Expiration" in rule] == [8]
    assert [
        rule["NoncurrentVersionExpiration"]["NoncurrentDays"] for rule in rules if "NoncurrentVersionExpiration" in rule
    ] == [1]
    [documents] = [each["Name"] for each in s3.list_buckets()["Buckets"] if "documents" in each["Name"]]
    assert not [
        rule for rule in s3.get_bucket_lifecycle_configuration(Bucket=documents)["Rules"] if "Expiration" in rule
    ]


def test_up_again_changes_nothing_and_a_refresh_finds_no_drift(alone: Deployment) -> None:
    assert set(json.loads(alone.pulumi("preview", "--json"))["changeSummary"]) == {"same"}
    summary = json.loads(alone.pulumi("refresh", "--preview-only", "--json"))["changeSummary"]
    assert set(summary) <= {"same", "refresh"}


def test_a_backend_without_jobs_is_refused_before_anything_is_created(alone: Deployment) -> None:
    main = alone.program / "__main__.py"
    before = main.read_text()
    bare = before.replace("backend.refs", '{"key": backend.key, "usage_table": backend.usage_table}')
    assert bare != before
    main.write_text(bare)
    try:
        said = alone.pulumi("preview", check=False)
    finally:
        main.write_text(before)
    assert "AwsStreamingResponse 'answers': 2 mistakes in the arguments, nothing was created" in said
    assert "backend.jobs_table is missing: " in said
    assert "backend.payloads_bucket is missing: " in said


def test_destroy_leaves_nothing_behind(alone: Deployment) -> None:
    alone.pulumi("destroy", "--yes", "--skip-preview")
    assert remaining(alone) == {}
