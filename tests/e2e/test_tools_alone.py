"""The example with a tool that reads a table, as an outsider would deploy it, and with a second one that misbehaves."""

import shutil
import time
from collections.abc import Iterator

import pytest
from deployment import ACME, GLOBEX, ROOT, Deployment, deploy
from lighthouse import CODE, DECLARED, NAME, ORDER, asked, function_of, text_of, uses
from roles import function_role, role_policy

pytestmark = pytest.mark.xdist_group("tools-alone")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The example with an order of each tenant, and with the keeper, whose results are cut."""
    base = tmp_path_factory.mktemp("tools")
    shutil.copytree(ROOT / "examples", base / "examples")
    program = base / "examples" / "agent_tools"
    settings = (program / "Pulumi.yaml").read_text().replace("../../.venv", str(ROOT / ".venv"))
    (program / "Pulumi.yaml").write_text(settings)
    shutil.copytree(CODE, program / CODE.name)
    source = (program / "__main__.py").read_text().replace('"tools": [', f'"tools": [{DECLARED},')
    (program / "__main__.py").write_text(
        source.replace('"max_steps": 4', '"max_steps": 4, "max_result_characters": 500')
    )
    deployment = deploy(base / "sandbox", program, "alone", {"aws:region": "us-east-1"})
    for tenant, status in ((ACME, "shipped on Monday"), (GLOBEX, "lost at sea")):
        item = {"tenant": {"S": tenant}, "number": {"S": "A-1001"}, "status": {"S": status}}
        deployment.aws("dynamodb").put_item(TableName=deployment.outputs["orders"], Item=item)
    yield deployment
    deployment.stop()


def test_each_tenant_gets_its_own_order_of_the_same_number(alone: Deployment) -> None:
    for tenant, own, other in ((ACME, "shipped on Monday", "lost"), (GLOBEX, "lost at sea", "shipped")):
        answer = alone.ask(ORDER, tenant)
        assert uses(answer) == [("order_status", "succeeded", "")]
        assert own in text_of(answer)
        assert other not in text_of(answer)


def test_the_tools_role_may_do_what_it_declares_and_write_its_log(alone: Deployment) -> None:
    alone.ask(ORDER)
    role = function_role(alone, function_of(alone, "order_status"))
    _, document = role_policy(alone, role)
    assert sorted(action for statement in document["Statement"] for action in statement["Action"]) == [
        "dynamodb:GetItem",
        "kms:Decrypt",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ]
    used = {call["action"] for call in alone.sandbox("iam/calls") if call["role"].endswith(role) and call["allowed"]}
    assert {"dynamodb:GetItem", "kms:Decrypt"} <= used


def test_a_tool_is_told_the_tenant_of_the_token(alone: Deployment) -> None:
    for tenant in (ACME, GLOBEX):
        assert tenant in text_of(asked(alone, "calm-log", tenant))


def test_two_tools_are_called_in_one_turn(alone: Deployment) -> None:
    answer = alone.ask(f"{ORDER} Ask the lighthouse keeper for the calm-log.")
    assert [len(step["tool_calls"]) for step in answer["steps"]] == [2, 0]
    assert uses(answer) == [("order_status", "succeeded", ""), (NAME, "succeeded", "")]


def test_a_tool_that_crashes_is_told_to_the_model_and_not_called_again(alone: Deployment) -> None:
    answer = asked(alone, "crash")
    assert uses(answer) == [(NAME, "failed", "crashed")]
    assert "hunter2" not in str(answer)


def test_a_tool_that_takes_too_long_is_given_up(alone: Deployment) -> None:
    start_time = time.monotonic()
    answer = asked(alone, "sleep")
    assert uses(answer) == [(NAME, "failed", "timeout")]
    assert time.monotonic() - start_time < 10


def test_a_model_that_asks_for_ever_is_stopped_and_answers(alone: Deployment) -> None:
    answer = asked(alone, "turn-page")
    assert uses(answer) == [(NAME, "succeeded", "")] * 3
    assert (len(answer["steps"]), answer["stopped"]) == (4, "max_steps")
    assert "There is more of it" in text_of(answer)


def test_instructions_in_a_result_never_reach_the_model(alone: Deployment) -> None:
    answer = asked(alone, "letter")
    # The embedded model does what a result says: it would have had the keeper crash.
    assert uses(answer) == [(NAME, "withheld", "guardrail")]
    assert "all is lost" not in text_of(answer)


def test_a_long_result_is_cut(alone: Deployment) -> None:
    answer = asked(alone, "blabber")
    assert uses(answer) == [(NAME, "succeeded", "")]
    assert answer["steps"][1]["usage"]["input_tokens"] < answer["steps"][0]["usage"]["input_tokens"] + 300


def test_a_tool_may_do_nothing_that_it_does_not_declare(alone: Deployment) -> None:
    before = len(alone.sandbox("iam/calls"))
    answer = asked(alone, "pry")
    assert uses(answer) == [(NAME, "failed", "error")]
    role = function_role(alone, function_of(alone, NAME))
    tried = [call for call in alone.sandbox("iam/calls")[before:] if call["role"].endswith(role)]
    assert ("dynamodb:ListTables", False) in {(call["action"], call["allowed"]) for call in tried}
