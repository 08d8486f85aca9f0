"""Tasks: functions, other services, failures, retries, time-outs."""

import json
from typing import Any

import pytest

from tests.sandbox.services.own_cloud import ACCOUNT, REGION, unique
from tests.sandbox.states.states_cloud import StatesCloud, machine_of

ECHO = "def handler(event, context): return event"
FAILS = """
class OwnError(Exception): pass
def handler(event, context): raise OwnError("no")
"""
SLEEPS = "import time\ndef handler(event, context): time.sleep(5)"


def invoke(function: str, **more: Any) -> dict[str, Any]:
    parameters = {"FunctionName": function, "Payload.$": "$"}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters, **more}


def task(resource: str, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, **more}


def test_functions_by_integration_and_by_arn(cloud: StatesCloud) -> None:
    echo = cloud.function(ECHO)
    definition = machine_of(
        ("Integration", invoke(echo, OutputPath="$.Payload")),
        ("Arn", {"Type": "Task", "Resource": echo, "ResultPath": "$.again"}),
    )
    execution = cloud.start(cloud.machine(definition), {"a": 1})
    assert cloud.ended(execution)["output"] == {"a": 1, "again": {"a": 1}}
    assert cloud.kinds(execution) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    first = cloud.events(execution)[2]["taskScheduledEventDetails"]
    assert (first["resourceType"], first["resource"], first["region"]) == ("lambda", "invoke", REGION)


def test_a_failing_function_is_retried_and_caught(cloud: StatesCloud) -> None:
    fails = cloud.function(FAILS)
    retry = [{"ErrorEquals": ["OwnError"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}]
    definition = machine_of(("Fail", invoke(fails, Retry=retry, Catch=catch, End=True)), ("Caught", {"Type": "Pass"}))
    execution = cloud.start(cloud.machine(definition), {"a": 1})
    error = cloud.ended(execution)["output"]["error"]
    assert error["Error"] == "OwnError"
    assert json.loads(error["Cause"])["errorMessage"] == "no"
    assert cloud.kinds(execution).count("TaskFailed") == 2


def test_a_task_that_takes_too_long_times_out(cloud: StatesCloud) -> None:
    slow = cloud.function(SLEEPS)
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}]
    definition = machine_of(
        ("Slow", invoke(slow, TimeoutSeconds=1, Catch=catch, End=True)), ("Late", {"Type": "Pass", "Result": "late"})
    )
    ended = cloud.run(definition)
    assert ended["output"] == "late"
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() < 4


def test_an_execution_that_takes_too_long_times_out(cloud: StatesCloud) -> None:
    definition = machine_of(("Wait", {"Type": "Wait", "Seconds": 60}), TimeoutSeconds=1)
    execution = cloud.start(cloud.machine(definition))
    assert cloud.ended(execution)["status"] == "TIMED_OUT"
    assert cloud.kinds(execution)[-1] == "ExecutionTimedOut"


def test_tables_queues_topics_and_buses(cloud: StatesCloud) -> None:
    table, queue_name = unique("table"), unique("queue")
    cloud.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    queue = cloud.client("sqs").create_queue(QueueName=queue_name)["QueueUrl"]
    topic = cloud.client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    definition = machine_of(
        ("Put", task("dynamodb:putItem", {"TableName": table, "Item": {"id": {"S.$": "$.id"}}}, ResultPath=None)),
        (
            "Get",
            task(
                "dynamodb:getItem",
                {"TableName": table, "Key": {"id": {"S.$": "$.id"}}},
                ResultSelector={"item.$": "$.Item.id.S"},
                ResultPath="$.got",
            ),
        ),
        ("Send", task("sqs:sendMessage", {"QueueUrl": queue, "MessageBody.$": "$"}, ResultPath=None)),
        ("Publish", task("sns:publish", {"TopicArn": topic, "Message.$": "$.got"}, ResultPath="$.published")),
        (
            "Tell",
            task(
                "events:putEvents",
                {"Entries": [{"Source": "own", "DetailType": "done", "Detail.$": "$.got", "EventBusName": "default"}]},
                ResultSelector={"failed.$": "$.FailedEntryCount"},
                ResultPath="$.told",
            ),
        ),
        (
            "Count",
            task("aws-sdk:dynamodb:scan", {"TableName": table}, ResultSelector={"n.$": "$.Count"}, ResultPath="$.scan"),
        ),
    )
    output = cloud.result(definition, {"id": "i1"})
    assert output["got"] == {"item": "i1"}
    assert output["published"]["MessageId"]
    assert (output["told"], output["scan"]) == ({"failed": 0}, {"n": 1})
    message = cloud.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=2)["Messages"][0]
    assert json.loads(message["Body"])["got"] == {"item": "i1"}


def test_errors_of_services_have_their_names(cloud: StatesCloud) -> None:
    place = {"TableName": "nowhere", "Key": {"id": {"S": "x"}}}
    optimised = cloud.run(machine_of(("Get", task("dynamodb:getItem", place))))
    assert optimised["error"] == "DynamoDB.ResourceNotFoundException"
    sdk = cloud.run(machine_of(("Get", task("aws-sdk:dynamodb:getItem", place))))
    assert sdk["error"] == "DynamoDb.ResourceNotFoundException"
    missing = cloud.run(machine_of(("Call", invoke(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:none"))))
    assert missing["error"] == "Lambda.ResourceNotFoundException"


@pytest.mark.parametrize("resource", ["bedrock:invokeModel", "aws-sdk:bedrockruntime:invokeModel"])
def test_models(cloud: StatesCloud, resource: str) -> None:
    parameters = {
        "ModelId": "amazon.titan-embed-text-v2:0",
        "ContentType": "application/json",
        "Accept": "application/json",
        "Body": {"inputText": "a question", "dimensions": 256},
    }
    output = cloud.result(machine_of(("Embed", task(resource, parameters))))
    body = output["Body"] if isinstance(output["Body"], dict) else json.loads(output["Body"])
    assert len(body["embedding"]) == 256


def test_conversations_in_jsonata(cloud: StatesCloud) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:bedrockruntime:converse",
        "Arguments": {
            "ModelId": "amazon.nova-lite-v1:0",
            "Messages": [{"Role": "user", "Content": [{"Text": "{% $states.input.question %}"}]}],
        },
        "Output": "{% {'text': $states.result.Output.Message.Content[0].Text, 'tokens': $states.result.Usage} %}",
    }
    output = cloud.result(machine_of(("Ask", state), language="JSONata"), {"question": "What is a queue?"})
    assert output["text"]
    assert output["tokens"]["InputTokens"] > 0


def test_executions_of_other_machines(cloud: StatesCloud) -> None:
    inner = cloud.machine(machine_of(("Add", {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}})))
    state = task("states:startExecution.sync:2", {"StateMachineArn": inner, "Input": {"n.$": "$.n"}})
    output = cloud.result(machine_of(("Nested", {**state, "OutputPath": "$.Output"})), {"n": 1})
    assert output == {"n": 2}
    failing = cloud.machine(machine_of(("Fail", {"Type": "Fail", "Error": "Inner"})))
    ended = cloud.run(machine_of(("Nested", task("states:startExecution.sync", {"StateMachineArn": failing}))))
    assert ended["error"] == "States.TaskFailed"
    assert json.loads(ended["cause"])["Error"] == "Inner"
