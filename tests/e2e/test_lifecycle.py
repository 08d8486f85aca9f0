import json
import os
import signal

import pytest
from conversations import conversation, items, respond
from deployment import POLICIES, Deployment, start_sandbox

pytestmark = pytest.mark.xdist_group("e2e")


def test_up_again_changes_nothing(stack: Deployment) -> None:
    preview = json.loads(stack.pulumi("preview", "--json", *POLICIES))
    assert set(preview["changeSummary"]) == {"same"}
    assert not [step for step in preview["steps"] if step["op"] != "same"]


def test_refresh_finds_no_drift(stack: Deployment) -> None:
    summary = json.loads(stack.pulumi("refresh", "--preview-only", "--json"))["changeSummary"]
    assert set(summary) <= {"same", "refresh"}


def test_a_killed_sandbox_comes_back_with_its_data(stack: Deployment) -> None:
    question = "How long is a journey that is made by train?"
    before = stack.ask(question)
    kept = respond(stack, "synchronous", question)
    talk = conversation(stack, items=[{"role": "user", "content": question}])
    os.kill(stack.sandbox("health")["pid"], signal.SIGKILL)
    start_sandbox(stack.engine.base)
    after = stack.ask(question)
    assert after["cache"]["hit"] is True
    assert after["choices"][0]["message"] == before["choices"][0]["message"]
    with stack.http() as client:
        assert client.get(f"/v1/responses/{kept['id']}").json() == kept
    further = respond(stack, "synchronous", question, previous_response_id=kept["id"])
    assert further["usage"]["input_tokens"] > kept["usage"]["input_tokens"]
    assert items(stack, talk) == [("user", question)]
    assert stack.ask("What is the nightly limit for a hotel?")["cache"]["hit"] is False
    test_up_again_changes_nothing(stack)
