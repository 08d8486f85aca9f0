"""Rules of the event bus: patterns, targets of every kind, what they get, permissions, dead letters."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.events.event_cloud import EventCloud, Queue, stays
from tests.sandbox.functions.lambda_cloud import eventually

EVENTS = "events.amazonaws.com"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": EVENTS}, "Action": "sts:AssumeRole"}],
}


def rule(cloud: EventCloud, pattern: Any, bus: str = "default") -> tuple[str, str]:
    name = f"r-{uuid.uuid4().hex[:8]}"
    made = cloud.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern), EventBusName=bus)
    return name, made["RuleArn"]


def target(cloud: EventCloud, name: str, arn: str, bus: str = "default", **more: Any) -> None:
    answer = cloud.client("events").put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "t", "Arn": arn, **more}])
    assert answer["FailedEntryCount"] == 0


def put(cloud: EventCloud, source: str, detail: Any, bus: str = "default") -> str:
    entry = {"Source": source, "DetailType": "thing", "Detail": json.dumps(detail), "EventBusName": bus}
    return cloud.client("events").put_events(Entries=[entry])["Entries"][0]["EventId"]


def bodies(cloud: EventCloud, queue: Queue) -> list[str]:
    return eventually(lambda: [message["Body"] for message in cloud.receive(queue)])


def queue_target(cloud: EventCloud, source: str, **more: Any) -> Queue:
    queue = cloud.queue()
    name, arn = rule(cloud, {"source": [source]})
    cloud.allow_queue(queue, EVENTS, arn)
    target(cloud, name, queue.arn, **more)
    return queue


def test_a_function_gets_the_events_that_match(cloud: EventCloud) -> None:
    function = cloud.recorder()
    name, arn = rule(cloud, {"source": ["app.one"], "detail": {"n": [{"numeric": [">", 1]}]}})
    cloud.allow_function(function, EVENTS, arn)
    target(cloud, name, function.arn)
    put(cloud, "app.one", {"n": 1})
    put(cloud, "app.other", {"n": 2})
    identifier = put(cloud, "app.one", {"n": 2})
    event = eventually(lambda: function.events)[0]
    assert (event["id"], event["detail"], event["detail-type"]) == (identifier, {"n": 2}, "thing")
    assert set(event) == {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
    assert stays(lambda: len(function.events) == 1)


def test_a_target_gets_what_its_input_says(cloud: EventCloud) -> None:
    constant = queue_target(cloud, "app.in1", Input='{"fixed": true}')
    part = queue_target(cloud, "app.in2", InputPath="$.detail")
    template = '{"n": <n>, "text": "n is <n> of <name>", "missing": "<missing>", "all": <aws.events.event.json>}'
    paths = {"n": "$.detail.n", "name": "$.detail.name", "missing": "$.detail.none", "kind": "$.detail-type"}
    filled = queue_target(cloud, "app.in3", InputTransformer={"InputPathsMap": paths, "InputTemplate": template})
    for source in ("app.in1", "app.in2", "app.in3"):
        put(cloud, source, {"n": 1, "name": 'a "b"'})
    assert json.loads(bodies(cloud, constant)[0]) == {"fixed": True}
    assert json.loads(bodies(cloud, part)[0]) == {"n": 1, "name": 'a "b"'}
    result = json.loads(bodies(cloud, filled)[0])
    assert (result["n"], result["text"], result["missing"]) == (1, 'n is 1 of a "b"', "")
    assert result["all"]["source"] == "app.in3"


def test_a_topic_is_a_target(cloud: EventCloud) -> None:
    topic = cloud.client("sns").create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]
    queue = cloud.queue()
    name, _ = rule(cloud, {"source": ["app.topic"]})
    statement = {"Effect": "Allow", "Principal": {"Service": EVENTS}, "Action": "sns:Publish", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    cloud.allow_queue(queue, "sns.amazonaws.com", topic)
    raw = {"RawMessageDelivery": "true"}
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes=raw)
    target(cloud, name, topic)
    put(cloud, "app.topic", {"n": 1})
    assert json.loads(bodies(cloud, queue)[0])["detail"] == {"n": 1}


def test_a_state_machine_runs_with_the_role_of_the_target(cloud: EventCloud) -> None:
    states = cloud.client("stepfunctions")
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}
    trusted = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    own = cloud.role([], {"Version": "2012-10-17", "Statement": [trusted]})[1]
    machine = states.create_state_machine(
        name=f"m-{uuid.uuid4().hex[:8]}", definition=json.dumps(definition), roleArn=own
    )["stateMachineArn"]
    allowed, refused = cloud.role(["states:StartExecution"], TRUST)[1], cloud.role([], TRUST)[1]
    for source, role in (("app.yes", allowed), ("app.no", refused)):
        name, _ = rule(cloud, {"source": [source]})
        target(cloud, name, machine, RoleArn=role, InputPath="$.detail")
    with pytest.raises(ClientError, match="RoleArn is required"):
        target(cloud, rule(cloud, {"source": ["x"]})[0], machine)
    put(cloud, "app.no", {"n": 1})
    put(cloud, "app.yes", {"n": 2})
    runs = eventually(lambda: states.list_executions(stateMachineArn=machine)["executions"])
    assert json.loads(states.describe_execution(executionArn=runs[0]["executionArn"])["input"]) == {"n": 2}
    assert stays(lambda: len(states.list_executions(stateMachineArn=machine)["executions"]) == 1)


def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue_of_the_target(cloud: EventCloud) -> None:
    queue, dead = cloud.queue(), cloud.queue()
    name, arn = rule(cloud, {"source": ["app.dead"]})
    cloud.allow_queue(dead, EVENTS, arn)
    target(cloud, name, queue.arn, DeadLetterConfig={"Arn": dead.arn})
    put(cloud, "app.dead", {"n": 1})
    letter = eventually(lambda: cloud.receive(dead))[0]
    assert json.loads(letter["Body"])["detail"] == {"n": 1}
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert (attributes["RULE_ARN"], attributes["TARGET_ARN"]) == (arn, queue.arn)
    assert attributes["ERROR_CODE"] == "NO_PERMISSIONS"
    assert cloud.size(queue) == 0


def test_a_disabled_rule_rests(cloud: EventCloud) -> None:
    queue = cloud.queue()
    name, arn = rule(cloud, {"source": ["app.off"]})
    cloud.allow_queue(queue, EVENTS, arn)
    target(cloud, name, queue.arn)
    cloud.client("events").disable_rule(Name=name)
    put(cloud, "app.off", {})
    assert stays(lambda: cloud.size(queue) == 0)
    cloud.client("events").enable_rule(Name=name)
    put(cloud, "app.off", {})
    eventually(lambda: cloud.size(queue) == 1)


def test_one_bus_forwards_to_another(cloud: EventCloud) -> None:
    bus = f"bus-{uuid.uuid4().hex[:8]}"
    bus_arn = cloud.client("events").create_event_bus(Name=bus)["EventBusArn"]
    queue = cloud.queue()
    forward, _ = rule(cloud, {"source": ["app.forward"]})
    target(cloud, forward, bus_arn, RoleArn=cloud.role(["events:PutEvents"], TRUST)[1])
    name, arn = rule(cloud, {"source": ["app.forward"]}, bus)
    cloud.allow_queue(queue, EVENTS, arn)
    target(cloud, name, queue.arn, bus)
    put(cloud, "app.forward", {"n": 3})
    assert json.loads(bodies(cloud, queue)[0])["detail"] == {"n": 3}
