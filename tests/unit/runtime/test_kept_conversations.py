"""What is kept, as its owner sees and deletes it; on moto's tables."""

import json
import secrets
from typing import Any

import boto3
import pytest

from genai_runtime.core.conversations import rendering
from genai_runtime.core.conversations.store import turn_id
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.ids import is_id, new_id
from tests.unit.runtime.aws_fixtures import REGION
from tests.unit.runtime.conversation_fixtures import (
    Desk,
    body_of,
    error_of,
    kept_items,
    kept_objects,
    store,
)
from tests.unit.runtime.memory import OTHER_TENANT, TENANT, Failing

OTHERS = pytest.mark.parametrize("who", [{"user": "user-2"}, {"tenant": OTHER_TENANT}], ids=["user", "tenant"])


def question(text: str, role: str = "user") -> dict[str, Any]:
    return {"type": "message", "role": role, "content": text}


def listed(desk: Desk, path: str, **query: str) -> dict[str, Any]:
    return body_of(desk.send("GET", path, query=query))


def test_a_conversation_is_made_shown_described_and_deleted(desk: Desk):
    made = body_of(desk.send("POST", "/v1/conversations", {"metadata": {"topic": "demo"}}))
    path = f"/v1/conversations/{made['id']}"
    assert is_id(made["id"], "conv")
    assert (made["object"], made["metadata"]) == ("conversation", {"topic": "demo"})
    assert body_of(desk.send("GET", path)) == made
    described = body_of(desk.send("POST", path, {"metadata": {"topic": "other"}}))
    assert described == {**made, "metadata": {"topic": "other"}} == body_of(desk.send("GET", path))
    desk.made({"input": "one", "conversation": made["id"]})
    gone = {"id": made["id"], "object": "conversation.deleted", "deleted": True}
    assert body_of(desk.send("DELETE", path)) == gone
    assert error_of(desk.send("GET", path)) == (404, "conversation_not_found")
    assert [item["sk"]["S"] for item in kept_items()] == ["response"]


def test_a_conversation_needs_no_body(desk: Desk):
    made = body_of(desk.send("POST", "/v1/conversations"))
    assert listed(desk, f"/v1/conversations/{made['id']}/items") == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }


def test_items_are_listed_in_pages_of_either_order(desk: Desk):
    conversation = desk.conversation(items=[question(f"{number}") for number in range(3)])
    path = f"/v1/conversations/{conversation}/items"
    body_of(desk.send("POST", path, {"items": [question("3"), question("4", "assistant")]}))
    for order in ("asc", "desc"):
        seen, after = "", dict[str, str]()
        while True:
            page = listed(desk, path, order=order, limit="2", **after)
            seen += "".join(item["content"][0]["text"] for item in page["data"])
            if not page["has_more"]:
                break
            after = {"after": page["last_id"]}
        assert seen == ("01234" if order == "asc" else "43210")


def test_a_page_ends_before_it_is_too_large(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rendering, "PAGE_CHARACTERS", 350)
    conversation = desk.conversation(items=[question("x" * length) for length in (10, 10, 10, 100)])
    path = f"/v1/conversations/{conversation}/items"
    first = listed(desk, path, order="asc")
    assert ([len(item["content"][0]["text"]) for item in first["data"]], first["has_more"]) == ([10, 10], True)
    second = listed(desk, path, order="asc", after=first["last_id"])
    assert ([len(item["content"][0]["text"]) for item in second["data"]], second["has_more"]) == ([10], True)
    third = listed(desk, path, order="asc", after=second["last_id"])
    assert ([len(item["content"][0]["text"]) for item in third["data"]], third["has_more"]) == ([100], False)


def test_an_item_is_shown_and_deleted_by_its_id(desk: Desk):
    conversation = desk.conversation()
    path = f"/v1/conversations/{conversation}/items"
    desk.made(
        {"input": [question("hello"), question("hi", "assistant"), question("one")], "conversation": conversation}
    )
    items = listed(desk, path, order="asc")["data"]
    assert [item["role"] for item in items] == ["user", "assistant", "user", "assistant"]
    assert body_of(desk.send("GET", f"{path}/{items[1]['id']}")) == items[1]
    for item in items:
        assert body_of(desk.send("DELETE", f"{path}/{item['id']}"))["id"] == conversation
        assert error_of(desk.send("GET", f"{path}/{item['id']}")) == (404, "item_not_found")
        assert error_of(desk.send("DELETE", f"{path}/{item['id']}")) == (404, "item_not_found")
    assert desk.said(conversation) == []


def test_items_that_are_deleted_at_the_same_time_both_go(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    conversation = desk.conversation(items=[question("0"), question("1"), question("2")])
    path = f"/v1/conversations/{conversation}/items"
    first, second, third = (item["id"] for item in listed(desk, path, order="asc")["data"])
    rival, replaced = store(), type(store())._replaced

    def late(*args: Any) -> bool:
        monkeypatch.setattr(type(rival), "_replaced", replaced)
        assert rival.remove_item(TENANT, conversation, turn_id(second), second, 0)
        return replaced(*args)

    monkeypatch.setattr(type(rival), "_replaced", late)
    assert desk.send("DELETE", f"{path}/{first}").status == 200
    assert [item["id"] for item in listed(desk, path)["data"]] == [third]


def test_items_are_judged_before_they_are_kept(desk: Desk):
    blocked = desk.send("POST", "/v1/conversations", {"items": [question("a forbidden thing")]})
    assert error_of(blocked) == (400, "content_filter")
    conversation = desk.conversation()
    path = f"/v1/conversations/{conversation}/items"
    assert error_of(desk.send("POST", path, {"items": [question("forbidden")]})) == (400, "content_filter")
    added = body_of(desk.send("POST", path, {"items": [question(""), question("secret-1234", "system")]}))
    assert [item["content"][0]["text"] for item in added["data"]] == ["{SECRET}", ""]
    assert desk.said(conversation) == [("system", "{SECRET}"), ("user", "")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"items": []}, "missing_parameter"),
        ({"items": [question("x")] * 21}, "invalid_value"),
        ({"items": [{"type": "reasoning"}]}, "unsupported_value"),
        ({"items": [{"role": "critic", "content": "x"}]}, "invalid_value"),
        ({"items": [question("x")], "color": "red"}, "unknown_parameter"),
    ],
)
def test_items_with_mistakes_are_refused(desk: Desk, body: Any, code: str):
    path = f"/v1/conversations/{desk.conversation()}/items"
    assert error_of(desk.send("POST", path, body)) == (400, code)


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"order": "up"}])
def test_a_list_with_mistakes_is_refused(desk: Desk, query: dict[str, str]):
    path = f"/v1/conversations/{desk.conversation()}/items"
    assert error_of(desk.send("GET", path, query=query)) == (400, "invalid_value")


def test_an_answer_is_shown_as_it_was_with_its_input_and_deleted(desk: Desk):
    made = desk.made({"input": [question("Be brief.", "system"), question("one")]})
    path = f"/v1/responses/{made['id']}"
    assert body_of(desk.send("GET", path)) == made
    given = listed(desk, f"{path}/input_items", order="asc")["data"]
    assert [(item["role"], item["content"][0]["text"]) for item in given] == [("system", "Be brief."), ("user", "one")]
    newest = listed(desk, f"{path}/input_items", limit="1")
    assert (newest["data"], newest["has_more"]) == ([given[1]], True)
    assert body_of(desk.send("DELETE", path)) == {"id": made["id"], "object": "response", "deleted": True}
    for method, more in (("GET", ""), ("GET", "/input_items"), ("DELETE", "")):
        assert error_of(desk.send(method, path + more)) == (404, "response_not_found")


def test_a_deleted_answer_is_left_out_of_what_goes_on_from_it(desk: Desk):
    first = desk.made("one")
    second = desk.made({"input": "two", "previous_response_id": first["id"]})
    desk.send("DELETE", f"/v1/responses/{first['id']}")
    desk.made({"input": "three", "previous_response_id": second["id"]})
    assert desk.given == [("user", "two"), ("assistant", "You asked: two")]


@OTHERS
def test_what_is_somebody_elses_is_not_there(desk: Desk, who: dict[str, Any]):
    conversation = desk.conversation(items=[question("zero")])
    made = desk.made({"input": "one", "conversation": conversation})
    of_conversation, of_response = f"/v1/conversations/{conversation}", f"/v1/responses/{made['id']}"
    item = listed(desk, f"{of_conversation}/items")["last_id"]
    before = kept_items()
    for method, path, body, code in (
        ("GET", of_conversation, None, "conversation_not_found"),
        ("POST", of_conversation, {"metadata": {}}, "conversation_not_found"),
        ("DELETE", of_conversation, None, "conversation_not_found"),
        ("GET", f"{of_conversation}/items", None, "conversation_not_found"),
        ("POST", f"{of_conversation}/items", {"items": [question("x")]}, "conversation_not_found"),
        ("GET", f"{of_conversation}/items/{item}", None, "conversation_not_found"),
        ("DELETE", f"{of_conversation}/items/{item}", None, "conversation_not_found"),
        ("GET", of_response, None, "response_not_found"),
        ("GET", f"{of_response}/input_items", None, "response_not_found"),
        ("DELETE", of_response, None, "response_not_found"),
    ):
        assert error_of(desk.send(method, path, body, **who)) == (404, code), path
    assert kept_items() == before


def test_large_texts_are_kept_by_reference_and_deleted_with_their_items(desk: Desk):
    large = secrets.token_hex(150_000)
    desk.deployment.model.answer = lambda _: large
    conversation = desk.conversation()
    made = desk.made({"input": "one", "conversation": conversation})
    assert len(kept_objects()) == 3
    assert all(name.startswith(f"{TENANT}/") for name in kept_objects())
    assert body_of(desk.send("GET", f"/v1/responses/{made['id']}")) == made
    desk.deployment.model.answer = lambda _: "small"
    second = desk.made({"input": "two", "previous_response_id": made["id"]})
    assert second["trimmed_messages"] == 2
    assert desk.said(conversation)[1] == ("assistant", large)
    desk.send("DELETE", f"/v1/responses/{made['id']}")
    assert len(kept_objects()) == 1
    desk.send("DELETE", f"/v1/conversations/{conversation}")
    assert kept_objects() == []


def test_what_has_expired_is_not_shown(desk: Desk):
    conversation = desk.conversation(items=[question("zero")])
    made = desk.made("one")
    desk.deployment.clock.time += 43_200
    desk.made({"input": "two", "conversation": conversation})
    desk.deployment.clock.time += 43_200
    assert error_of(desk.send("GET", f"/v1/responses/{made['id']}")) == (404, "response_not_found")
    # It was prolonged, and what is older in it is gone.
    assert desk.said(conversation) == [("user", "two"), ("assistant", "You asked: two")]


def test_items_expire_by_the_tables_own_time_to_live(desk: Desk):
    conversation = desk.conversation(items=[question("zero")])
    desk.made({"input": "one", "conversation": conversation})
    until = {int(item["expires_at"]["N"]) - int(desk.deployment.clock.now()) for item in kept_items()}
    assert until <= {86_399, 86_400}
    assert {item["tenant"]["S"] for item in kept_items()} == {TENANT}
    assert all(f"#{TENANT}#" in item["pk"]["S"] for item in kept_items())


def test_the_store_being_down_is_told(desk: Desk):
    conversation = desk.conversation()
    desk.deployment.conversations = Failing(StepError(Cause.UNAVAILABLE, "dynamodb:GetItem", "down"))
    for method, path in (
        ("GET", f"/v1/conversations/{conversation}"),
        ("GET", f"/v1/responses/{new_id('resp')}"),
        ("POST", "/v1/conversations"),
    ):
        failed = desk.send(method, path)
        assert error_of(failed) == (503, "service_unavailable")
        assert "step: conversation" in failed.body


@pytest.mark.parametrize("path", ["/v1/conversations/x/y", "/v1/responses/x/y/z", "/v1/responses//input_items"])
def test_other_paths_are_unknown(desk: Desk, path: str):
    assert error_of(desk.send("GET", path)) == (404, "unknown_url")


def test_many_turns_are_deleted_in_batches(desk: Desk):
    conversation = desk.conversation()
    dynamodb: Any = boto3.client("dynamodb", region_name=REGION)
    for _ in range(60):
        desk.send("POST", f"/v1/conversations/{conversation}/items", {"items": [question("x")]})
    assert dynamodb.scan(TableName="conversations", Select="COUNT")["Count"] == 61
    assert desk.send("DELETE", f"/v1/conversations/{conversation}").status == 200
    assert kept_items() == []


def test_a_record_names_what_was_asked_for_and_holds_no_text(desk: Desk):
    conversation = desk.conversation(items=[question("pssst")])
    listed(desk, f"/v1/conversations/{conversation}/items")
    record = desk.deployment.log.records[-1]
    assert record["conversation_id"] == conversation
    assert "pssst" not in json.dumps(desk.deployment.log.records)
