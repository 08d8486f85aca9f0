"""Asynchronous invocations: retries, destinations, dead letters, and a restart in between."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from pulumi_sandbox.aws import functions
from tests.sandbox.functions.lambda_cloud import LOGGING, LambdaCloud, eventually

FAILING = "def handler(event, context):\n    print('attempt')\n    raise ValueError('no')"


def queue(cloud: LambdaCloud) -> tuple[str, str]:
    """Create a queue; returns its URL and ARN."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex[:6]}")["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def receive(cloud: LambdaCloud, url: str) -> dict[str, Any]:
    sqs = cloud.client("sqs")
    return eventually(lambda: sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages"), 10)[0]


def sender(cloud: LambdaCloud, *actions: str) -> str:
    return cloud.role([*LOGGING, *actions])[1]


def attempts(cloud: LambdaCloud, name: str) -> int:
    return cloud.log_lines(f"/aws/lambda/{name}").count("attempt")


def test_an_event_is_accepted_at_once_and_runs(cloud: LambdaCloud) -> None:
    url, arn = queue(cloud)
    name = cloud.function("def handler(event, context): return event['n'] + 1", Role=sender(cloud, "sqs:SendMessage"))
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": arn}}
    )
    answer = cloud.invoke(name, {"n": 1}, InvocationType="Event")
    assert (answer["StatusCode"], answer["Payload"]) == (202, None)
    record = json.loads(receive(cloud, url)["Body"])
    assert (record["requestPayload"], record["responsePayload"]) == ({"n": 1}, 2)
    assert record["requestContext"]["condition"] == "Success"
    assert record["requestContext"]["requestId"] == answer["ResponseMetadata"]["RequestId"]


def test_a_failing_event_is_tried_three_times_then_sent_away(cloud: LambdaCloud) -> None:
    (failure_url, failure_arn), (dead_url, dead_arn) = queue(cloud), queue(cloud)
    name = cloud.function(FAILING, Role=sender(cloud, "sqs:SendMessage"), DeadLetterConfig={"TargetArn": dead_arn})
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": failure_arn}}
    )
    cloud.invoke(name, {"n": 1}, InvocationType="Event")
    record = json.loads(receive(cloud, failure_url)["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorMessage"] == "no"
    dead = receive(cloud, dead_url)
    assert json.loads(dead["Body"]) == {"n": 1}
    assert dead["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"
    assert attempts(cloud, name) == 3


def test_number_of_retries_is_configured(cloud: LambdaCloud) -> None:
    url, arn = queue(cloud)
    name = cloud.function(FAILING, Role=sender(cloud, "sqs:SendMessage"))
    client = cloud.client("lambda")
    for retries in (2, 0):  # the later configuration takes the place of the earlier
        client.put_function_event_invoke_config(
            FunctionName=name, MaximumRetryAttempts=retries, DestinationConfig={"OnFailure": {"Destination": arn}}
        )
    cloud.invoke(name, InvocationType="Event")
    assert json.loads(receive(cloud, url)["Body"])["requestContext"]["approximateInvokeCount"] == 1
    assert attempts(cloud, name) == 1


def test_a_delivery_that_fails_is_logged(cloud: LambdaCloud, caplog: pytest.LogCaptureFixture) -> None:
    name = cloud.function(FAILING, Role=sender(cloud, "sqs:SendMessage"))
    missing = "arn:aws:sqs:eu-central-1:123456789012:missing"
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": missing}}
    )
    cloud.invoke(name, InvocationType="Event")
    assert functions.wait_for_events(10)
    assert f"cannot be sent to {missing}" in caplog.text


def test_throttled_events_wait(cloud: LambdaCloud) -> None:
    client = cloud.client("lambda")
    name = cloud.function("def handler(event, context): print('attempt')")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    cloud.invoke(name, InvocationType="Event")
    assert not functions.wait_for_events(0.5)
    client.delete_function_concurrency(FunctionName=name)
    assert functions.wait_for_events(10)
    assert attempts(cloud, name) == 1


def test_accepted_events_survive_a_restart(cloud: LambdaCloud, tmp_path: Path) -> None:
    client = cloud.client("lambda")
    name = cloud.function("def handler(event, context): print('attempt')")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    cloud.invoke(name, InvocationType="Event")
    functions.uninstall()
    client.delete_function_concurrency(FunctionName=name)
    functions.install(tmp_path, cloud.url, retry_seconds=(0.05, 0.05))
    assert functions.wait_for_events(10)
    assert attempts(cloud, name) == 1
