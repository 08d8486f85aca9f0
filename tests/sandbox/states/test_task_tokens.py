"""Tasks that wait for somebody to give their token back."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.services.own_cloud import ACCOUNT, unique
from tests.sandbox.states.states_cloud import StatesCloud, machine_of


def waiting(cloud: StatesCloud, **more: Any) -> tuple[str, dict[str, Any]]:
    """Return a queue, and a state that sends its token there and waits."""
    queue = cloud.client("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"]
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token", "ask.$": "$.ask"}},
        **more,
    }
    return queue, state


def received(cloud: StatesCloud, queue: str) -> dict[str, Any]:
    message = cloud.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"][0]
    return json.loads(message["Body"])


def test_success_by_token(cloud: StatesCloud) -> None:
    queue, state = waiting(cloud)
    execution = cloud.start(cloud.machine(machine_of(("Ask", state))), {"ask": "ok?"})
    message = received(cloud, queue)
    assert message["ask"] == "ok?"
    with pytest.raises(ClientError, match="InvalidOutput"):
        cloud.states.send_task_success(taskToken=message["token"], output="no json")
    cloud.states.send_task_success(taskToken=message["token"], output='{"ok": true}')
    assert cloud.ended(execution)["output"] == {"ok": True}
    assert "TaskSubmitted" in cloud.kinds(execution)
    with pytest.raises(ClientError, match="TaskTimedOut"):
        cloud.states.send_task_success(taskToken=message["token"], output="{}")


def test_failure_by_token_is_caught(cloud: StatesCloud) -> None:
    queue, state = waiting(cloud, Catch=[{"ErrorEquals": ["Refused"], "Next": "No"}], End=True)
    execution = cloud.start(cloud.machine(machine_of(("Ask", state), ("No", {"Type": "Pass"}))), {"ask": "ok?"})
    cloud.states.send_task_failure(taskToken=received(cloud, queue)["token"], error="Refused", cause="no")
    assert cloud.ended(execution)["output"] == {"Error": "Refused", "Cause": "no"}


def test_heartbeats_keep_a_task_alive_and_their_absence_ends_it(cloud: StatesCloud) -> None:
    queue, state = waiting(cloud, HeartbeatSeconds=1, TimeoutSeconds=30)
    execution = cloud.start(cloud.machine(machine_of(("Ask", state))), {"ask": "ok?"})
    token = received(cloud, queue)["token"]
    for _ in range(3):
        time.sleep(0.5)
        cloud.states.send_task_heartbeat(taskToken=token)
    assert cloud.states.describe_execution(executionArn=execution)["status"] == "RUNNING"
    assert cloud.ended(execution)["error"] == "States.HeartbeatTimeout"


def test_what_is_no_token_is_refused(cloud: StatesCloud) -> None:
    for act in (cloud.states.send_task_heartbeat, cloud.states.send_task_failure):
        with pytest.raises(ClientError, match="InvalidToken"):
            act(taskToken="nothing")


def test_whoever_gives_a_token_back_needs_leave_for_its_machine(cloud: StatesCloud) -> None:
    queue, state = waiting(cloud)
    machine = cloud.machine(machine_of(("Ask", state)))
    execution = cloud.start(machine, {"ask": "ok?"})
    token = received(cloud, queue)["token"]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    other = cloud.role([{"Action": "states:SendTaskSuccess", "Resource": f"{machine}-other"}], trust)
    with pytest.raises(ClientError, match="states:SendTaskSuccess"):
        cloud.client("stepfunctions", other).send_task_success(taskToken=token, output="1")
    own = cloud.role([{"Action": "states:SendTaskSuccess", "Resource": machine}], trust)
    cloud.client("stepfunctions", own).send_task_success(taskToken=token, output="1")
    assert cloud.ended(execution)["output"] == 1
