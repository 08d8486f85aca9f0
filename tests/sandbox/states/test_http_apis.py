"""Routes of HTTP APIs that call a service themselves: with mapped parameters, as the integration's role."""

import json
from typing import Any
from xml.etree import ElementTree as ET

from tests.sandbox.gateway.gateway_cloud import Reply, send
from tests.sandbox.services.own_cloud import unique
from tests.sandbox.states.states_cloud import EVERYTHING, StatesCloud, machine_of

GATEWAY = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
START = "StepFunctions-StartSyncExecution"


class Api:
    """An API with one route."""

    def __init__(self, cloud: StatesCloud, subtype: str, parameters: dict[str, str], role: str) -> None:
        client = cloud.client("apigatewayv2")
        made = client.create_api(Name=unique("api"), ProtocolType="HTTP")
        client.create_stage(ApiId=made["ApiId"], StageName="$default", AutoDeploy=True)
        integration = client.create_integration(
            ApiId=made["ApiId"],
            IntegrationType="AWS_PROXY",
            IntegrationSubtype=subtype,
            PayloadFormatVersion="1.0",
            CredentialsArn=role,
            RequestParameters=parameters,
        )
        target = f"integrations/{integration['IntegrationId']}"
        client.create_route(ApiId=made["ApiId"], RouteKey="POST /run/{kind}", Target=target)
        self._endpoint = made["ApiEndpoint"]

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Reply:
        return send(self._endpoint + path, "POST", headers, json.dumps(body))


def test_a_route_runs_a_state_machine(cloud: StatesCloud) -> None:
    machine = cloud.machine(machine_of(("Echo", {"Type": "Pass"})), type="EXPRESS")
    role = cloud.role([{"Action": "states:StartSyncExecution", "Resource": machine}], GATEWAY)
    wrapped = '{"kind": "${request.path.kind}", "asked": ${request.body}, "id": "${context.requestId}"}'
    api = Api(cloud, START, {"StateMachineArn": machine, "Input": wrapped}, role)
    reply = api.post("/run/fast?x=1", {"n": 1})
    assert reply.status == 200, reply.text
    assert reply.json["status"] == "SUCCEEDED"
    output = json.loads(reply.json["output"])
    assert (output["kind"], output["asked"]) == ("fast", {"n": 1})
    assert output["id"] == reply.header("apigw-requestid")


def test_the_whole_body_can_be_the_input(cloud: StatesCloud) -> None:
    machine = cloud.machine(machine_of(("Fail", {"Type": "Fail", "Error": "Own"})), type="EXPRESS")
    api = Api(cloud, START, {"StateMachineArn": machine, "Input": "$request.body"}, cloud.role(EVERYTHING, GATEWAY))
    reply = api.post("/run/x", {"n": 1})
    assert (reply.status, reply.json["status"], reply.json["error"]) == (200, "FAILED", "Own")
    assert json.loads(reply.json["input"]) == {"n": 1}


def test_the_role_must_be_allowed_to_start(cloud: StatesCloud) -> None:
    machine = cloud.machine(machine_of(("Echo", {"Type": "Pass"})), type="EXPRESS")
    role = cloud.role([{"Action": "states:StartExecution", "Resource": machine}], GATEWAY)
    reply = Api(cloud, START, {"StateMachineArn": machine}, role).post("/run/x", {})
    assert reply.status == 400
    assert "states:StartSyncExecution" in reply.json["message"]


def test_a_route_sends_a_message(cloud: StatesCloud) -> None:
    queue = cloud.client("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"]
    parameters = {
        "QueueUrl": queue,
        "MessageBody": "$request.body.text",
        "MessageAttributes": '{"kind": {"DataType": "String", "StringValue": "${request.header.x-kind}"}}',
    }
    api = Api(cloud, "SQS-SendMessage", parameters, cloud.role(EVERYTHING, GATEWAY))
    reply = api.post("/run/x", {"text": "hello"}, {"x-kind": "own"})
    assert reply.status == 200, reply.text
    sent = ET.fromstring(reply.text).findtext(".//{*}MessageId")  # noqa: S314 - our own answer
    message = cloud.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=2, MessageAttributeNames=["All"])[
        "Messages"
    ][0]
    assert (message["MessageId"], message["Body"]) == (sent, "hello")
    assert message["MessageAttributes"]["kind"]["StringValue"] == "own"
    assert api.post("/run/x", {"other": 1}).status == 400
