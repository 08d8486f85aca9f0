"""Streams of tables that functions process, and items that expire."""

import json
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.events.event_cloud import EventCloud, Recorder, stays
from tests.sandbox.functions.lambda_cloud import eventually

POISON = """
if any(record["dynamodb"]["Keys"]["pk"]["S"] == "poison" for record in event["Records"]):
    raise ValueError("poison")
"""


def table(cloud: EventCloud, **more: Any) -> tuple[str, str]:
    """Create a table with a stream; returns its name and the stream's ARN."""
    name = f"t-{uuid.uuid4().hex[:8]}"
    made = cloud.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        **more,
    )
    return name, made["TableDescription"]["LatestStreamArn"]


def put(cloud: EventCloud, name: str, *keys: str, **attributes: Any) -> None:
    for key in keys:
        cloud.client("dynamodb").put_item(TableName=name, Item={"pk": {"S": key}, **attributes})


def read(cloud: EventCloud, stream: str, function: Recorder, **settings: Any) -> str:
    arguments = {"StartingPosition": "TRIM_HORIZON", **settings}
    made = cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=stream, FunctionName=function.name, **arguments
    )
    return made["UUID"]


def keys(function: Recorder) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in function.records]


def test_changes_come_in_order(cloud: EventCloud) -> None:
    (name, stream), function = table(cloud), cloud.recorder()
    read(cloud, stream, function)
    put(cloud, name, "a", n={"N": "1"})
    put(cloud, name, "a", n={"N": "2"})
    cloud.client("dynamodb").delete_item(TableName=name, Key={"pk": {"S": "a"}})
    eventually(lambda: len(function.records) == 3)
    assert [record["eventName"] for record in function.records] == ["INSERT", "MODIFY", "REMOVE"]
    changed = function.records[1]
    assert changed["dynamodb"]["OldImage"]["n"] == {"N": "1"}
    assert changed["dynamodb"]["NewImage"]["n"] == {"N": "2"}
    assert (changed["eventSource"], changed["eventSourceARN"]) == ("aws:dynamodb", stream)
    assert (changed["awsRegion"], "userIdentity" in changed) == ("eu-central-1", False)
    assert stays(lambda: len(function.records) == 3)


def test_where_to_begin_and_how_much(cloud: EventCloud) -> None:
    (name, stream), first, latest = table(cloud), cloud.recorder(), cloud.recorder()
    put(cloud, name, *"abcde")
    read(cloud, stream, latest, StartingPosition="LATEST")
    read(cloud, stream, first, BatchSize=2)
    put(cloud, name, "f")
    eventually(lambda: keys(first) == list("abcdef"))
    assert max(len(event["Records"]) for event in first.events) == 2
    eventually(lambda: keys(latest) == ["f"])


def test_filters(cloud: EventCloud) -> None:
    (name, stream), function = table(cloud), cloud.recorder()
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["wanted"]}}}}
    read(cloud, stream, function, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    put(cloud, name, "a", kind={"S": "other"})
    put(cloud, name, "b", kind={"S": "wanted"})
    put(cloud, name, "b", kind={"S": "wanted"}, more={"S": "x"})
    eventually(lambda: keys(function) == ["b"])
    assert stays(lambda: keys(function) == ["b"])


def test_a_bad_batch_is_given_up_and_told(cloud: EventCloud) -> None:
    (name, stream), dead = table(cloud), cloud.queue()
    actions = ["dynamodb:*", "sqs:SendMessage"]
    function = cloud.recorder(POISON, actions=actions)
    put(cloud, name, "poison")
    destination = {"OnFailure": {"Destination": dead.arn}}
    read(cloud, stream, function, BatchSize=1, MaximumRetryAttempts=1, DestinationConfig=destination)
    put(cloud, name, "after")
    eventually(lambda: keys(function) == ["poison", "poison", "after"])
    told = json.loads(eventually(lambda: cloud.receive(dead))[0]["Body"])
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["requestContext"]["approximateInvokeCount"] == 2
    assert (told["DDBStreamBatchInfo"]["batchSize"], told["DDBStreamBatchInfo"]["streamArn"]) == (1, stream)


def test_bisection_isolates_the_bad_record(cloud: EventCloud) -> None:
    (name, stream), function = table(cloud), cloud.recorder(POISON)
    put(cloud, name, "a", "b", "poison", "c")
    read(cloud, stream, function, BatchSize=10, BisectBatchOnFunctionError=True, MaximumRetryAttempts=0)
    put(cloud, name, "d")

    def done() -> list[str]:
        batches = [[record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]] for event in function.events]
        return sorted(key for batch in batches if "poison" not in batch for key in batch)

    eventually(lambda: done() == ["a", "b", "c", "d"])
    assert len(function.events[0]["Records"]) > 1
    assert stays(lambda: keys(function).count("poison") <= 4)


def test_a_reported_failure_is_where_it_goes_on(cloud: EventCloud) -> None:
    once = """
    flag = os.environ["SEEN"] + ".failed"
    if os.path.exists(flag):
        return {"batchItemFailures": []}
    open(flag, "w").close()
    return {"batchItemFailures": [{"itemIdentifier": event["Records"][1]["dynamodb"]["SequenceNumber"]}]}
    """
    (name, stream), function = table(cloud), cloud.recorder(once)
    put(cloud, name, "a", "b", "c")
    read(cloud, stream, function, FunctionResponseTypes=["ReportBatchItemFailures"])
    eventually(lambda: keys(function) == ["a", "b", "c", "b", "c"])


def test_the_role_must_be_allowed_to_read(cloud: EventCloud) -> None:
    (_, stream), function = table(cloud), cloud.recorder(actions=["dynamodb:GetRecords"])
    with pytest.raises(ClientError, match="Cannot access stream"):
        read(cloud, stream, function)


def test_nothing_is_lost_or_told_twice_over_a_kill(cloud: EventCloud) -> None:
    (name, stream), function = table(cloud), cloud.recorder("time.sleep(0.3)")
    read(cloud, stream, function, BatchSize=1)
    put(cloud, name, *"abcdef")
    eventually(lambda: len(keys(function)) >= 2)
    cloud.kill()
    eventually(lambda: keys(function)[-1] == "f", 20)
    seen = keys(function)
    assert sorted(set(seen)) == list("abcdef")
    assert len(seen) <= 7, "only the batch that ran at the kill runs again"


def test_an_expired_item_disappears_and_the_stream_says_who_did_it(cloud: EventCloud) -> None:
    (name, stream), function = table(cloud), cloud.recorder()
    dynamodb = cloud.client("dynamodb")
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    ahead = cloud.ask("/_sandbox/clock")["ahead_seconds"]
    now = int(time.time() + ahead)
    put(cloud, name, "soon", expires={"N": str(now + 600)})
    put(cloud, name, "later", expires={"N": str(now + 7200)})
    put(cloud, name, "never")
    put(cloud, name, "text", expires={"S": str(now)})
    put(cloud, name, "ancient", expires={"N": "1"})
    read(cloud, stream, function, StartingPosition="LATEST")

    def there() -> set[str]:
        return {item["pk"]["S"] for item in dynamodb.scan(TableName=name)["Items"]}

    assert there() == {"soon", "later", "never", "text", "ancient"}
    cloud.ask("/_sandbox/clock", {"advance_seconds": 700})
    eventually(lambda: there() == {"later", "never", "text", "ancient"})
    record = eventually(lambda: function.records)[0]
    assert (record["eventName"], record["dynamodb"]["Keys"]["pk"]["S"]) == ("REMOVE", "soon")
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
