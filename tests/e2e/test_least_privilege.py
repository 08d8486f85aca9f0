import pytest
from deployment import Deployment
from roles import without

pytestmark = pytest.mark.xdist_group("e2e")


@pytest.mark.parametrize(
    "action",
    ["bedrock:InvokeModel", "bedrock:Retrieve", "bedrock:ApplyGuardrail", "dynamodb:PutItem", "dynamodb:UpdateItem"],
)
def test_a_request_fails_with_access_denied_when_the_role_lacks_an_action(stack: Deployment, action: str) -> None:
    body = {"messages": [{"role": "user", "content": f"When are updates installed, without {action}?"}]}
    with stack.http() as client:
        function = stack.outputs["patterns"]["request-response"]["function"]
        with without(stack, function, action):
            denied = client.post("/v1/chat/completions", json=body)
        allowed = client.post("/v1/chat/completions", json=body)
    assert denied.status_code == 500, denied.text
    assert denied.json()["error"]["code"] == "access_denied"
    assert action in denied.json()["error"]["message"]
    assert allowed.status_code == 200, allowed.text
