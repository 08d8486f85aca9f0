"""Queues that functions process: batches, failures, dead letters and their redrive, order, filters, refusals."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.events.event_cloud import EventCloud, stays
from tests.sandbox.functions.lambda_cloud import archive, eventually

POISON = """
for record in event["Records"]:
    if record["body"] == "poison":
        raise ValueError("poison")
"""
PARTIAL = """
failed = [{"itemIdentifier": r["messageId"]} for r in event["Records"] if r["body"].startswith("bad")]
return {"batchItemFailures": failed}
"""


def message_of(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_message_is_processed_once_and_deleted(cloud: EventCloud) -> None:
    queue, function = cloud.queue(), cloud.recorder()
    cloud.map(queue, function)
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}}
    cloud.send(queue, "hello", MessageAttributes=attributes)
    record = eventually(lambda: function.records)[0]
    assert (record["body"], record["eventSource"], record["eventSourceARN"]) == ("hello", "aws:sqs", queue.arn)
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["kind"]["stringValue"] == "x"
    eventually(lambda: cloud.size(queue) == 0)
    assert stays(lambda: len(function.records) == 1, 1.2)  # the visibility time-out is 1 s


def test_messages_come_in_batches(cloud: EventCloud) -> None:
    queue, function = cloud.queue(), cloud.recorder()
    cloud.send(queue, *(str(number) for number in range(7)))
    cloud.map(queue, function, BatchSize=4)
    eventually(lambda: sorted(function.bodies) == [str(number) for number in range(7)])
    assert sorted(len(event["Records"]) for event in function.events) == [3, 4]


def test_a_window_gathers_a_batch(cloud: EventCloud) -> None:
    queue, function = cloud.queue(VisibilityTimeout=5), cloud.recorder()
    cloud.map(queue, function, BatchSize=20, MaximumBatchingWindowInSeconds=1)
    cloud.send(queue, *(str(number) for number in range(15)))
    eventually(lambda: function.events)
    assert [len(event["Records"]) for event in function.events] == [15]
    cloud.send(queue, *(str(number) for number in range(20)))
    assert eventually(lambda: len(function.events) == 2, 0.9), "a full batch does not wait"


def test_a_poison_message_ends_in_the_dead_letter_queue_and_its_redrive_is_processed(cloud: EventCloud) -> None:
    dead = cloud.queue()
    queue = cloud.queue(dead_letters=dead, max_receives=2)
    function = cloud.recorder(POISON)
    cloud.map(queue, function, BatchSize=1)
    cloud.send(queue, "poison", "good")
    eventually(lambda: cloud.size(dead) == 1, 8)
    assert cloud.size(queue) == 0
    assert function.bodies.count("poison") == 2
    assert function.bodies.count("good") == 1

    # The bug is mended, and the dead letter goes back to where it came from.
    sqs = cloud.client("sqs")
    cloud.client("lambda").update_function_code(FunctionName=function.name, ZipFile=mended())
    assert sqs.start_message_move_task(SourceArn=dead.arn)["TaskHandle"]
    eventually(lambda: function.bodies.count("poison") == 3)
    again = function.records[-1]["attributes"]
    assert again["ApproximateReceiveCount"] == "1", "a redriven message is a new one"
    eventually(lambda: cloud.size(queue) == 0)
    task = sqs.list_message_move_tasks(SourceArn=dead.arn)["Results"][0]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
    assert stays(lambda: cloud.size(dead) == 0)


def mended() -> bytes:

    return archive(
        {
            "app.py": """
            import json, os

            def handler(event, context):
                with open(os.environ["SEEN"], "a") as seen:
                    seen.write(json.dumps(event) + "\\n")
            """
        }
    )


def test_only_dead_letter_queues_are_redriven(cloud: EventCloud) -> None:
    with pytest.raises(ClientError, match="must be configured as a Dead Letter Queue"):
        cloud.client("sqs").start_message_move_task(SourceArn=cloud.queue().arn)


def test_a_failed_batch_becomes_visible_after_the_time_out(cloud: EventCloud) -> None:
    queue, function = cloud.queue(VisibilityTimeout=2), cloud.recorder("raise ValueError('no')")
    mapping = cloud.map(queue, function)
    cloud.send(queue, "x")
    eventually(lambda: len(function.events) == 1)
    assert stays(lambda: len(function.events) == 1, 1.2)
    eventually(lambda: len(function.events) == 2)
    assert [r["attributes"]["ApproximateReceiveCount"] for r in function.records] == ["1", "2"]
    cloud.client("lambda").delete_event_source_mapping(UUID=mapping)


def test_a_function_that_times_out_fails_its_batch(cloud: EventCloud) -> None:
    dead = cloud.queue()
    queue = cloud.queue(dead_letters=dead, max_receives=1)
    function = cloud.recorder("time.sleep(30)")
    cloud.map(queue, function)
    cloud.send(queue, "slow")
    assert eventually(lambda: cloud.receive(dead), 8)[0]["Body"] == "slow"


def test_reported_failures_alone_are_tried_again(cloud: EventCloud) -> None:
    dead = cloud.queue()
    queue = cloud.queue(dead_letters=dead, max_receives=2)
    function = cloud.recorder(PARTIAL)
    cloud.send(queue, "good1", "bad", "good2")
    cloud.map(queue, function, FunctionResponseTypes=["ReportBatchItemFailures"])
    letter = eventually(lambda: cloud.receive(dead), 8)[0]
    assert letter["Body"] == "bad"
    assert sorted(function.bodies) == ["bad", "bad", "good1", "good2"]


@pytest.mark.parametrize(
    "answer", ['{"batchItemFailures": [{"itemIdentifier": "unknown"}]}', '{"batchItemFailures": [{}]}', '"text"']
)
def test_a_report_that_makes_no_sense_fails_the_batch(cloud: EventCloud, answer: str) -> None:
    dead = cloud.queue()
    queue = cloud.queue(dead_letters=dead, max_receives=1)
    function = cloud.recorder(f"return json.loads({answer!r})")
    cloud.map(queue, function, FunctionResponseTypes=["ReportBatchItemFailures"])
    cloud.send(queue, "a")
    eventually(lambda: cloud.size(dead) == 1)


def test_without_report_an_answer_means_success(cloud: EventCloud) -> None:
    queue, function = cloud.queue(), cloud.recorder("return {'batchItemFailures': [{'itemIdentifier': 'x'}]}")
    cloud.map(queue, function)
    cloud.send(queue, "a")
    eventually(lambda: function.events and cloud.size(queue) == 0)


def test_filters_drop_what_does_not_match(cloud: EventCloud) -> None:
    queue, function = cloud.queue(), cloud.recorder()
    pattern = json.dumps({"body": {"kind": ["wanted"]}})
    cloud.map(queue, function, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    cloud.send(queue, '{"kind": "other"}', "no json", '{"kind": "wanted"}')
    eventually(lambda: function.bodies == ['{"kind": "wanted"}'] and cloud.size(queue) == 0)


def test_a_fifo_group_is_processed_in_order_even_after_a_failure(cloud: EventCloud) -> None:
    fails_once = """
    flag = os.environ["SEEN"] + ".failed"
    if event["Records"][0]["body"] == "a1" and not os.path.exists(flag):
        open(flag, "w").close()
        raise ValueError("once")
    """
    queue, function = cloud.queue(fifo=True), cloud.recorder(fails_once)
    cloud.map(queue, function, BatchSize=1)
    for group, number in [("a", 1), ("a", 2), ("b", 1), ("a", 3)]:
        body = f"{group}{number}"
        cloud.send(queue, body, MessageGroupId=group, MessageDeduplicationId=body)
    eventually(lambda: cloud.size(queue) == 0, 8)
    assert [body for body in function.bodies if body[0] == "a"] == ["a1", "a1", "a2", "a3"]
    assert function.bodies.index("b1") < function.bodies.index("a2"), "another group does not wait"


def test_duplicates_are_dropped_after_the_first_was_processed_too(cloud: EventCloud) -> None:
    queue, function = cloud.queue(fifo=True), cloud.recorder()
    cloud.map(queue, function)
    arguments = {"MessageGroupId": "g", "MessageDeduplicationId": "one"}
    first = cloud.client("sqs").send_message(QueueUrl=queue.url, MessageBody="x", **arguments)["MessageId"]
    eventually(lambda: function.events and cloud.size(queue) == 0)
    second = cloud.client("sqs").send_message(QueueUrl=queue.url, MessageBody="x", **arguments)["MessageId"]
    assert second == first
    assert stays(lambda: len(function.events) == 1)


def test_concurrency_is_limited(cloud: EventCloud) -> None:
    overlap = """
    running = os.environ["SEEN"] + ".running"
    with open(running, "a") as file:
        file.write("+")
    time.sleep(0.3)
    with open(running, "a") as file:
        file.write("-")
    """
    queue, function = cloud.queue(VisibilityTimeout=10), cloud.recorder(overlap, Timeout=5)
    cloud.send(queue, *"abcdef")
    cloud.map(queue, function, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    eventually(lambda: cloud.size(queue) == 0, 15)
    running = most = 0
    for step in function.file.with_name(function.file.name + ".running").read_text():
        running += 1 if step == "+" else -1
        most = max(most, running)
    assert most == 2


def test_a_disabled_mapping_waits(cloud: EventCloud) -> None:
    queue, function = cloud.queue(), cloud.recorder()
    mapping = cloud.map(queue, function, Enabled=False)
    cloud.send(queue, "x")
    assert stays(lambda: not function.events)
    cloud.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=True)
    eventually(lambda: function.bodies == ["x"])
    assert cloud.client("lambda").get_event_source_mapping(UUID=mapping)["State"] == "Enabled"


def test_a_throttled_batch_is_tried_until_it_runs(cloud: EventCloud) -> None:
    queue, function = cloud.queue(VisibilityTimeout=20), cloud.recorder()
    client = cloud.client("lambda")
    client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    cloud.map(queue, function)
    cloud.send(queue, "x")
    assert stays(lambda: not function.events)
    client.delete_function_concurrency(FunctionName=function.name)
    record = eventually(lambda: function.records)[0]
    assert record["attributes"]["ApproximateReceiveCount"] == "1"


def test_the_role_is_asked_and_recorded(cloud: EventCloud) -> None:
    queue, function = cloud.queue(), cloud.recorder(actions=["sqs:ReceiveMessage", "sqs:GetQueueAttributes"])
    with pytest.raises(ClientError) as refused:
        cloud.map(queue, function)
    assert message_of(refused) == (
        "InvalidParameterValueException",
        "The provided execution role does not have permissions to call DeleteMessage on SQS",
    )
    role = cloud.client("lambda").get_function_configuration(FunctionName=function.name)["Role"]
    calls = {(c["action"], c["allowed"]) for c in cloud.ask("/_sandbox/iam/calls") if c["role"] == role}
    assert {("sqs:ReceiveMessage", True), ("sqs:DeleteMessage", False)} <= calls


@pytest.mark.parametrize(
    ("queue_settings", "settings", "message"),
    [
        ({}, {}, "Queue visibility timeout: 1 seconds is less than Function timeout: 3 seconds"),
        (
            {"VisibilityTimeout": 30},
            {"BatchSize": 11},
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ),
        ({"VisibilityTimeout": 30}, {"ScalingConfig": {"MaximumConcurrency": 1001}}, "MaximumConcurrency 1001 is out"),
        ({"VisibilityTimeout": 30}, {"MaximumRetryAttempts": 3}, "MaximumRetryAttempts: not for queues"),
        (
            {"VisibilityTimeout": 30},
            {"FilterCriteria": {"Filters": [{"Pattern": "{"}]}},
            "Invalid filter pattern definition",
        ),
    ],
)
def test_what_lambda_refuses_is_refused(
    cloud: EventCloud, queue_settings: dict[str, Any], settings: dict[str, Any], message: str
) -> None:
    queue, function = cloud.queue(**queue_settings), cloud.recorder(Timeout=3)
    with pytest.raises(ClientError) as refused:
        cloud.map(queue, function, **settings)
    code, text = message_of(refused)
    assert code == "InvalidParameterValueException"
    assert message in text


def test_one_mapping_for_a_queue_and_a_function(cloud: EventCloud) -> None:
    queue, function = cloud.queue(), cloud.recorder()
    mapping = cloud.map(queue, function)
    with pytest.raises(ClientError, match=mapping) as refused:
        cloud.map(queue, function)
    assert message_of(refused)[0] == "ResourceConflictException"
    listed = cloud.client("lambda").list_event_source_mappings(FunctionName=function.arn)["EventSourceMappings"]
    assert [entry["UUID"] for entry in listed] == [mapping]


def test_a_redrive_allow_policy_refuses_other_queues(cloud: EventCloud) -> None:
    policy = json.dumps({"redrivePermission": "denyAll"})
    dead = cloud.queue(RedriveAllowPolicy=policy)
    attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=dead.url, AttributeNames=["All"])["Attributes"]
    assert attributes["RedriveAllowPolicy"] == policy
    with pytest.raises(ClientError, match="redrive allow policy"):
        cloud.queue(dead_letters=dead)


def test_the_role_needs_the_key_of_an_encrypted_queue(cloud: EventCloud) -> None:
    key = cloud.client("kms").create_key()["KeyMetadata"]["KeyId"]
    queue = cloud.queue(KmsMasterKeyId=key)
    with pytest.raises(ClientError, match="does not have permissions to call ReceiveMessage on SQS"):
        cloud.map(queue, cloud.recorder())
    function = cloud.recorder(actions=["sqs:*", "kms:Decrypt"])
    cloud.map(queue, function)
    cloud.send(queue, "secret")
    eventually(lambda: function.bodies == ["secret"])
