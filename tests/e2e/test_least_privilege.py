import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from deployment import Deployment

pytestmark = pytest.mark.xdist_group("e2e")


def function_role(stack: Deployment) -> str:
    name = stack.outputs["patterns"]["request-response"]["function"]
    return stack.aws("lambda").get_function_configuration(FunctionName=name)["Role"].rpartition("/")[2]


def role_policy(stack: Deployment, role: str) -> tuple[str, dict[str, Any]]:
    iam = stack.aws("iam")
    [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return name, iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


@contextmanager
def without(stack: Deployment, action: str) -> Generator[None]:
    """The function's role without one action."""
    role = function_role(stack)
    name, document = role_policy(stack, role)
    reduced = json.loads(json.dumps(document))
    for statement in reduced["Statement"]:
        statement["Action"] = [allowed for allowed in statement["Action"] if allowed != action]
    reduced["Statement"] = [statement for statement in reduced["Statement"] if statement["Action"]]
    assert reduced != document
    iam = stack.aws("iam")
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(reduced))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


@pytest.mark.parametrize(
    "action",
    ["bedrock:InvokeModel", "bedrock:Retrieve", "bedrock:ApplyGuardrail", "dynamodb:PutItem", "dynamodb:UpdateItem"],
)
def test_a_request_fails_with_access_denied_when_the_role_lacks_an_action(stack: Deployment, action: str) -> None:
    body = {"messages": [{"role": "user", "content": f"When are updates installed, without {action}?"}]}
    with stack.http() as client:
        with without(stack, action):
            denied = client.post("/v1/chat/completions", json=body)
        allowed = client.post("/v1/chat/completions", json=body)
    assert denied.status_code == 500, denied.text
    assert denied.json()["error"]["code"] == "access_denied"
    assert action in denied.json()["error"]["message"]
    assert allowed.status_code == 200, allowed.text


def test_the_role_holds_no_action_that_nothing_uses(stack: Deployment) -> None:
    stack.ask("Where are passwords kept?")
    with stack.http() as client:
        client.get("/v1/models")
    role = function_role(stack)
    _, document = role_policy(stack, role)
    granted = {action for statement in document["Statement"] for action in statement["Action"]}
    used = {call["action"] for call in stack.sandbox("iam/calls") if call["role"].endswith(role) and call["allowed"]}
    # Put back after an answer that failed while its idempotency key was held; X-Ray's second action is its sampling's.
    unused = granted - used - {"dynamodb:DeleteItem", "xray:PutTelemetryRecords"}
    assert not unused
