"""Requests that go on from earlier answers, on moto's tables."""

import json
import zlib
from typing import Any

import pytest

from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.request import Finish
from tests.unit.runtime.conversation_fixtures import (
    KEPT,
    Desk,
    body_of,
    error_of,
    kept_items,
)
from tests.unit.runtime.memory import OTHER_TENANT, Failing, settings

TOOL = {"type": "function", "name": "look", "description": "Look for secret-1234", "parameters": {"type": "object"}}
DOWN = StepError(Cause.UNAVAILABLE, "dynamodb:GetItem", "GetItem: down")


def texts_kept() -> str:
    """Everything that the table holds, readable."""
    packed = [value["B"] for item in kept_items() for value in item.values() if "B" in value]
    return json.dumps(kept_items(), default=str) + "".join(zlib.decompress(text).decode() for text in packed)


def test_an_answer_goes_on_from_the_one_before_and_all_before_that(desk: Desk):
    first = desk.made("one")
    second = desk.made({"input": "two", "previous_response_id": first["id"]})
    third = desk.made({"input": "three", "previous_response_id": second["id"]})
    assert (first["store"], first["previous_response_id"], third["previous_response_id"]) == (True, None, second["id"])
    assert desk.given == [
        ("user", "one"),
        ("assistant", "You asked: one"),
        ("user", "two"),
        ("assistant", "You asked: two"),
    ]


def test_two_answers_may_go_on_from_the_same_one(desk: Desk):
    first = desk.made("one")
    desk.made({"input": "left", "previous_response_id": first["id"]})
    desk.made({"input": "right", "previous_response_id": first["id"]})
    assert desk.given == [("user", "one"), ("assistant", "You asked: one")]


def test_instructions_end_with_their_request_but_those_in_the_input_stand(desk: Desk):
    items = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "one"}]
    first = desk.made({"input": items, "instructions": "Rhyme."})
    assert "Rhyme.\n\nBe brief." in desk.deployment.model.prompts[-1].system
    desk.made({"input": "two", "previous_response_id": first["id"]})
    system = desk.deployment.model.prompts[-1].system
    assert "Be brief." in system
    assert "Rhyme." not in system


def test_a_conversation_collects_its_turns(desk: Desk):
    conversation = desk.conversation(items=[{"role": "user", "content": "zero"}])
    one = desk.made({"input": "one", "conversation": conversation})
    desk.made({"input": "two", "conversation": {"id": conversation}})
    assert one["conversation"] == {"id": conversation}
    assert desk.given == [("user", "zero"), ("user", "one"), ("assistant", "You asked: one")]
    assert desk.said(conversation) == [
        ("user", "zero"),
        ("user", "one"),
        ("assistant", "You asked: one"),
        ("user", "two"),
        ("assistant", "You asked: two"),
    ]


def test_an_answer_may_go_on_from_one_in_a_conversation_as_it_was_then(desk: Desk):
    conversation = desk.conversation()
    desk.made({"input": "one", "conversation": conversation})
    two = desk.made({"input": "two", "conversation": conversation})
    desk.made({"input": "three", "conversation": conversation})
    aside = desk.made({"input": "aside", "previous_response_id": two["id"]})
    assert [text for role, text in desk.given if role == "user"] == ["one", "two"]
    desk.made({"input": "further", "previous_response_id": aside["id"]})
    assert [text for role, text in desk.given if role == "user"] == ["one", "two", "aside"]
    assert ("user", "aside") not in desk.said(conversation)


def test_the_cache_tells_questions_with_other_histories_apart(desk: Desk):
    first, other = desk.made("one"), desk.made("another one")
    ask: dict[str, Any] = {"input": "two"}
    assert desk.made({**ask, "previous_response_id": first["id"]})["cache"]["hit"] is False
    assert desk.made({**ask, "previous_response_id": other["id"]})["cache"]["hit"] is False
    assert desk.made(ask)["cache"]["hit"] is False
    again = desk.made({**ask, "previous_response_id": first["id"]})
    assert again["cache"]["hit"] is True
    assert again["previous_response_id"] == first["id"]


@pytest.mark.parametrize("question", ["forbidden question", "a question with a bad answer"], ids=["input", "output"])
def test_what_the_guardrail_blocked_is_no_context(desk: Desk, question: str):
    conversation, model = desk.conversation(), desk.deployment.model
    before = desk.made({"input": "one", "conversation": conversation})
    model.answer = lambda _: "a forbidden answer"
    blocked = desk.made({"input": question, "instructions": "Be brief.", "conversation": conversation})
    model.answer = lambda _: "fine"
    assert blocked["incomplete_details"] == {"reason": "content_filter"}
    assert desk.said(conversation) == [("user", "one"), ("assistant", "You asked: one")]
    desk.made({"input": "two", "previous_response_id": blocked["id"]})
    assert [text for role, text in desk.given if role == "user"] == ["one"]
    assert before["status"] == "completed"
    assert "forbidden" not in texts_kept()


def test_an_answer_that_the_model_itself_filtered_is_no_context(desk: Desk):
    desk.deployment.model.finish = Finish.FILTERED
    filtered = desk.made("one")
    desk.made({"input": "two", "previous_response_id": filtered["id"]})
    assert desk.given == []


def test_what_is_kept_is_masked(desk: Desk):
    conversation = desk.conversation(items=[{"role": "user", "content": "zero secret-1234"}])
    items = [{"role": "system", "content": "I am secret-1234"}, {"role": "user", "content": "one secret-1234"}]
    desk.deployment.model.answer = lambda _: "here is secret-1234"
    body = {"input": items, "instructions": "Never say secret-1234", "tools": [TOOL], "conversation": conversation}
    made = desk.made(body)
    assert "secret-1234" not in texts_kept()
    kept = body_of(desk.send("GET", f"/v1/responses/{made['id']}"))
    assert (kept["instructions"], kept["tools"][0]["description"]) == ("Never say {SECRET}", "Look for {SECRET}")
    assert desk.said(conversation) == [
        ("user", "zero {SECRET}"),
        ("system", "I am {SECRET}"),
        ("user", "one {SECRET}"),
        ("assistant", "here is {SECRET}"),
    ]
    assert made["output"][0]["id"] in texts_kept()


@pytest.mark.parametrize("with_conversation", [False, True], ids=["alone", "conversation"])
def test_without_store_nothing_is_written(desk: Desk, *, with_conversation: bool):
    more = {"conversation": desk.conversation()} if with_conversation else {}
    before = kept_items()
    made = desk.made({"input": "one", "store": False, **more})
    assert made["store"] is False
    assert kept_items() == before
    assert error_of(desk.respond({"input": "two", "previous_response_id": made["id"]})) == (
        404,
        "previous_response_not_found",
    )


def test_a_refused_request_is_not_kept(desk: Desk):
    assert desk.respond({"input": "word " * 1_000}).status == 400
    assert kept_items() == []


def test_history_is_trimmed_by_tokens_and_by_messages(desk: Desk):
    conversation = desk.conversation()
    for number in range(7):
        desk.made({"input": f"question {number}", "conversation": conversation})
    # 8 messages are the limit: the question and the 7 before it, which begin with an answer that is left out.
    assert desk.given[0] == ("user", "question 3")
    assert len(desk.given) == 6
    answer = desk.made({"input": "w" * 1_900, "conversation": conversation})
    assert (answer["trimmed_messages"], desk.given[0]) == (2, ("user", "question 5"))


def test_who_forbids_trimming_is_told_that_there_is_too_much(desk: Desk):
    conversation = desk.conversation()
    for number in range(4):
        desk.made({"input": f"question {number}", "conversation": conversation})
    refused = desk.respond({"input": "last", "conversation": conversation, "truncation": "disabled"})
    assert error_of(refused) == (400, "context_length_exceeded")
    fitting = desk.respond({"input": "last", "conversation": conversation, "truncation": "auto"})
    assert fitting.status == 200


def test_what_has_expired_is_forgotten(desk: Desk):
    first = desk.made("one")
    desk.deployment.clock.time += KEPT["kept_seconds"] / 2
    second = desk.made({"input": "two", "previous_response_id": first["id"]})
    desk.deployment.clock.time += KEPT["kept_seconds"] / 2
    desk.made({"input": "three", "previous_response_id": second["id"]})
    assert desk.given == [("user", "two"), ("assistant", "You asked: two")]
    gone = desk.respond({"input": "four", "previous_response_id": first["id"]})
    assert error_of(gone) == (404, "previous_response_not_found")


@pytest.mark.parametrize("who", [{"user": "user-2"}, {"tenant": OTHER_TENANT}], ids=["user", "tenant"])
def test_what_is_somebody_elses_is_not_there(desk: Desk, who: dict[str, str]):
    first, conversation = desk.made("one"), desk.conversation()
    asked = desk.respond({"input": "two", "previous_response_id": first["id"]}, **who)
    assert error_of(asked) == (404, "previous_response_not_found")
    asked = desk.respond({"input": "two", "conversation": conversation}, **who)
    assert error_of(asked) == (404, "conversation_not_found")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"previous_response_id": "resp_nothing"}, (404, "previous_response_not_found")),
        ({"previous_response_id": "resp_01h455vb4pex5vsknk084sn02q"}, (404, "previous_response_not_found")),
        ({"previous_response_id": 7}, (400, "invalid_type")),
        ({"conversation": "conv_01h455vb4pex5vsknk084sn02q"}, (404, "conversation_not_found")),
        ({"conversation": {"id": "resp_01h455vb4pex5vsknk084sn02q"}}, (404, "conversation_not_found")),
        ({"conversation": {}}, (400, "missing_parameter")),
        ({"conversation": 7}, (400, "invalid_type")),
        ({"conversation": "conv_x", "previous_response_id": "resp_x"}, (400, "unsupported_value")),
        ({"store": "yes"}, (400, "invalid_type")),
    ],
)
def test_what_cannot_be_gone_on_from_is_refused(desk: Desk, body: dict[str, Any], expected: tuple[int, str]):
    assert error_of(desk.respond({"input": "two", **body})) == expected
    assert desk.deployment.model.called == []


def test_a_deployment_that_keeps_nothing_says_so(desk: Desk):
    desk.deployment.config, desk.deployment.conversations = settings(), None
    made = desk.made("one")
    assert made["store"] is False
    for name in ("previous_response_id", "conversation"):
        asked = desk.respond({"input": "two", name: made["id"]})
        assert error_of(asked) == (400, "unsupported_parameter")
    assert kept_items() == []


def test_an_answer_that_need_not_be_kept_survives_the_store(desk: Desk):
    desk.deployment.conversations = Failing(DOWN)
    made = desk.made("one")
    assert (made["store"], made["status"]) == (False, "completed")
    assert "down" in desk.deployment.log.records[-1]["tolerated"]["conversation"]


@pytest.mark.parametrize(
    "more",
    [
        {"store": True},
        {"previous_response_id": "resp_01h455vb4pex5vsknk084sn02q"},
        {"conversation": "conv_01h455vb4pex5vsknk084sn02q"},
    ],
    ids=["store", "previous", "conversation"],
)
def test_an_answer_that_needs_the_store_fails_clearly_without_it(desk: Desk, more: dict[str, Any]):
    desk.deployment.conversations = Failing(DOWN)
    failed = desk.respond({"input": "one", **more})
    assert error_of(failed) == (503, "service_unavailable")
    assert "step: conversation" in failed.body
    assert failed.headers["x-should-retry"] == "true"


def test_a_missing_permission_is_never_overlooked(desk: Desk):
    desk.deployment.conversations = Failing(StepError(Cause.DENIED, "dynamodb:PutItem", "no"))
    assert error_of(desk.respond("one")) == (500, "access_denied")


def test_a_conversation_that_is_deleted_meanwhile_gets_no_turn(desk: Desk):
    conversation = desk.conversation()

    def delete(_: Any) -> str:
        desk.send("DELETE", f"/v1/conversations/{conversation}")
        return "too late"

    desk.deployment.model.answer = delete
    assert error_of(desk.respond({"input": "one", "conversation": conversation})) == (404, "conversation_not_found")
    assert kept_items() == []


def test_chat_completions_are_not_kept(desk: Desk):
    assert desk.deployment.ask("one").status == 200
    assert kept_items() == []


def test_a_streamed_answer_is_kept_as_well(desk: Desk):
    streamed = desk.respond({"input": "one", "stream": True})
    completed = json.loads(streamed.body.rpartition("data: ")[2])["response"]
    assert completed["store"] is True
    desk.made({"input": "two", "previous_response_id": completed["id"]})
    assert desk.given == [("user", "one"), ("assistant", "You asked: one")]
