"""What is kept of answers and conversations, as clients see it, over every surface of the stack."""

import base64
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from background import NOVA_LITE, create, polled, unique
from conversations import SURFACES, conversation, distinct, items, kept, kept_texts, objects, respond
from deployment import ACME, GLOBEX, Deployment
from roles import without
from sockets import socket

pytestmark = pytest.mark.xdist_group("e2e")
LAPTOP = "How soon must a lost laptop be reported?"
OTHERS = pytest.mark.parametrize("who", [{"tenant": GLOBEX}, {"user": "other"}], ids=["tenant", "user"])


def question(text: str) -> Any:
    return {"type": "message", "role": "user", "content": text}


@pytest.mark.parametrize("surface", SURFACES)
def test_answers_go_on_from_each_other(stack: Deployment, surface: str) -> None:
    asked = distinct("lost laptops")
    first = respond(stack, surface, asked)
    second = respond(stack, surface, asked, previous_response_id=first["id"])
    third = respond(stack, surface, asked, previous_response_id=second["id"])
    assert [made["store"] for made in (first, second, third)] == [True] * 3
    assert third["previous_response_id"] == second["id"]
    # The same question is read with more before it each time, and is no other one's answer in the cache.
    read = [made["usage"]["input_tokens"] for made in (first, second, third)]
    assert read[0] < read[1] < read[2]
    with stack.http() as client:
        assert client.get(f"/v1/responses/{third['id']}").json() == third
        given = client.get(f"/v1/responses/{third['id']}/input_items").json()["data"]
    assert [item["content"][0]["text"] for item in given] == [asked]


def test_one_conversation_goes_through_every_surface(stack: Deployment) -> None:
    talk, expected = conversation(stack, items=[question("We talk of the handbook.")]), ["We talk of the handbook."]
    for surface in SURFACES:
        asked = distinct(surface)
        made = respond(stack, surface, asked, conversation=talk)
        assert made["conversation"] == {"id": talk}
        expected += [asked, made["output"][0]["content"][0]["text"]]
    assert [text for _, text in items(stack, talk)] == expected


def test_the_openai_sdk_keeps_shows_and_deletes_answers(stack: Deployment) -> None:
    client = stack.openai()
    first = client.responses.create(model="nova-lite", input=LAPTOP)
    second = client.responses.create(model="nova-lite", input="And a stolen one?", previous_response_id=first.id)
    assert second.previous_response_id == first.id
    assert client.responses.retrieve(first.id).output_text == first.output_text
    assert [item.id for item in client.responses.input_items.list(first.id)]
    client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError, match="There is no response"):
        client.responses.retrieve(first.id)
    with pytest.raises(openai.NotFoundError) as caught:
        client.responses.create(model="nova-lite", input="And then?", previous_response_id=first.id)
    assert (caught.value.code, caught.value.param) == ("previous_response_not_found", "previous_response_id")
    assert client.responses.create(model="nova-lite", input="And then?", previous_response_id=second.id).output_text


def test_the_openai_sdk_has_conversations(stack: Deployment) -> None:
    client, before = stack.openai(), kept(stack)
    talk = client.conversations.create(metadata={"topic": "laptops"}, items=[question("Hello!")])
    assert client.conversations.retrieve(talk.id) == talk
    assert client.conversations.update(talk.id, metadata={"topic": "phones"}).metadata == {"topic": "phones"}
    added = client.conversations.items.create(talk.id, items=[question("One more thing."), question("And another.")])
    client.conversations.items.delete(added.data[1].id or "", conversation_id=talk.id)
    answer = client.responses.create(model="nova-lite", input=LAPTOP, conversation=talk.id, store=True)
    streamed = list(client.responses.create(model="nova-lite", input=LAPTOP, conversation=talk.id, stream=True))
    listed = list(client.conversations.items.list(talk.id, order="asc", limit=2))
    assert [getattr(item, "role", "") for item in listed] == ["user", "user", "user", "assistant", "user", "assistant"]
    assert client.conversations.items.retrieve(listed[3].id or "", conversation_id=talk.id) == listed[3]
    assert answer.output[0].id == listed[3].id
    assert streamed[-1].type == "response.completed"
    assert client.conversations.delete(talk.id).deleted
    with pytest.raises(openai.NotFoundError) as caught:
        client.responses.create(model="nova-lite", input=LAPTOP, conversation=talk.id)
    assert caught.value.code == "conversation_not_found"
    # Of the conversation nothing is left, and of the two answers what is theirs.
    assert kept(stack) == before + 2


def test_answers_at_the_same_time_are_all_in_their_conversation(stack: Deployment) -> None:
    talk, asked = conversation(stack), [distinct(f"subject {number}") for number in range(8)]
    with ThreadPoolExecutor(len(asked)) as pool:
        made = list(pool.map(lambda text: respond(stack, "synchronous", text, conversation=talk), asked))
    said = items(stack, talk)
    assert sorted(text for role, text in said if role == "user") == sorted(asked)
    assert [role for role, _ in said] == ["user", "assistant"] * len(asked)
    answers = dict(zip(asked, (each["output"][0]["content"][0]["text"] for each in made), strict=True))
    assert all(answers[text] == answer for (_, text), (_, answer) in zip(said[::2], said[1::2], strict=True))


def test_what_the_guardrail_blocked_is_no_context(stack: Deployment) -> None:
    talk, shares = conversation(stack), "Should I buy shares of Globex?"
    blocked = respond(stack, "synchronous", shares, conversation=talk)
    assert blocked["incomplete_details"] == {"reason": "content_filter"}
    assert items(stack, talk) == []
    for more in ({"conversation": talk}, {"previous_response_id": blocked["id"]}):
        assert respond(stack, "synchronous", distinct("receipts"), **more)["status"] == "completed"
    assert shares not in kept_texts(stack, "conversations")


def test_what_is_kept_is_masked(stack: Deployment) -> None:
    address = f"{secrets.token_hex(8)}@example.com"
    talk = conversation(stack, items=[question(f"Write to {address} first.")])
    for surface in ("synchronous", "background"):
        made = respond(stack, surface, f"{LAPTOP} Tell {address}.", conversation=talk)
        assert made["guardrail"]["action"] == "masked"
    assert items(stack, talk)[0] == ("user", "Write to {EMAIL} first.")
    assert address not in kept_texts(stack, "conversations")


@pytest.mark.parametrize("surface", [surface for surface in SURFACES if surface != "background"])
def test_without_store_nothing_is_written(stack: Deployment, surface: str) -> None:
    talk = conversation(stack)
    before = kept(stack)
    made = respond(stack, surface, distinct("stored things"), store=False, conversation=talk)
    assert (made["store"], kept(stack)) == (False, before)
    with stack.http() as client:
        asked = client.post("/v1/responses", json={"input": LAPTOP, "previous_response_id": made["id"]})
    assert (asked.status_code, asked.json()["error"]["code"]) == (404, "previous_response_not_found")


def test_in_the_background_an_answer_has_to_be_kept(stack: Deployment) -> None:
    with stack.http() as client:
        answer = client.post("/v1/responses", json={"input": LAPTOP, "background": True, "store": False})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "store")


@OTHERS
def test_what_is_somebody_elses_is_not_there(stack: Deployment, who: dict[str, str]) -> None:
    talk = conversation(stack, items=[question("Ours.")])
    made = respond(stack, "synchronous", LAPTOP, conversation=talk)
    in_background = respond(stack, "background", distinct("badges"))
    of_talk, before = f"/v1/conversations/{talk}", kept_texts(stack)
    with stack.http(**{"tenant": ACME, **who}) as theirs:
        for method, path, body in (
            ("GET", of_talk, None),
            ("POST", of_talk, {"metadata": {"whose": "theirs"}}),
            ("DELETE", of_talk, None),
            ("GET", f"{of_talk}/items", None),
            ("POST", f"{of_talk}/items", {"items": [question("Theirs.")]}),
            ("GET", f"{of_talk}/items/{made['output'][0]['id']}", None),
            ("DELETE", f"{of_talk}/items/{made['output'][0]['id']}", None),
            ("GET", f"/v1/responses/{made['id']}", None),
            ("DELETE", f"/v1/responses/{made['id']}", None),
            ("GET", f"/v1/responses/{made['id']}/input_items", None),
            ("DELETE", f"/v1/responses/{in_background['id']}", None),
            ("POST", "/v1/responses", {"input": LAPTOP, "conversation": talk}),
            ("POST", "/v1/responses", {"input": LAPTOP, "previous_response_id": made["id"]}),
            ("POST", "/v1/responses", {"input": LAPTOP, "previous_response_id": made["id"], "background": True}),
        ):
            answer = theirs.request(method, path, json=body)
            code = answer.json()["error"]["code"]
            assert (answer.status_code, code.rpartition("_not_")[2]) == (404, "found"), (path, answer.text)
    with socket(stack, **who) as theirs:
        for action in ("response.create", "response.stream", "response.queue"):
            theirs.ask(action, LAPTOP, previous_response_id=made["id"])
            assert theirs.receive()["code"] == "previous_response_not_found"
            theirs.ask(action, LAPTOP, conversation=talk)
            assert theirs.receive()["code"] == "conversation_not_found"
    assert kept_texts(stack) == before


def test_a_history_makes_a_question_another_one_for_the_cache(stack: Deployment) -> None:
    asked = distinct("updates")
    first, other = (respond(stack, "synchronous", distinct(word)) for word in ("one thing", "another"))
    hits = [
        respond(stack, "synchronous", asked, previous_response_id=before["id"])["cache"]["hit"]
        for before in (first, other, first)
    ]
    assert hits == [False, False, True]


def test_an_answer_in_the_background_is_deleted_wherever_it_is(stack: Deployment) -> None:
    asked = distinct("things that are deleted")
    with stack.http() as client:
        with stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=1):
            made = create(client, asked)
            early = client.delete(f"/v1/responses/{made['id']}")
            assert (early.status_code, early.json()["error"]["code"]) == (409, "response_in_progress")
            polled(client, made["id"])
        assert asked in kept_texts(stack)
        assert client.delete(f"/v1/responses/{made['id']}").json()["deleted"] is True
        assert client.get(f"/v1/responses/{made['id']}").status_code == 404
        assert client.delete(f"/v1/responses/{made['id']}").status_code == 404
    assert asked not in kept_texts(stack)


def test_a_text_that_is_too_large_for_an_item_is_kept_by_reference(stack: Deployment) -> None:
    large = secrets.token_hex(120_000)
    before = objects(stack)
    with stack.http() as client:
        talk = conversation(stack, items=[question(large)])
        added = objects(stack) - before
        assert len(added) == 1
        assert all(name.startswith(f"{ACME}/{talk}/") for name in added)
        assert items(stack, talk) == [("user", large)]
        assert client.delete(f"/v1/conversations/{talk}").status_code == 200
    assert objects(stack) == before


def test_a_missing_permission_is_named(stack: Deployment) -> None:
    function = stack.outputs["patterns"]["request-response"]["function"]
    first = respond(stack, "synchronous", LAPTOP)
    second = respond(stack, "synchronous", "And a stolen one?", previous_response_id=first["id"])
    with without(stack, function, "dynamodb:BatchGetItem"), stack.http() as client:
        failed = client.post("/v1/responses", json={"input": LAPTOP, "previous_response_id": second["id"]})
    assert (failed.status_code, failed.json()["error"]["code"]) == (500, "access_denied")
    assert "dynamodb:BatchGetItem" in failed.json()["error"]["message"]


def test_the_gateways_own_function_shows_answers_where_no_pattern_does(stack: Deployment) -> None:
    made = respond(stack, "synchronous", LAPTOP)
    functions = stack.aws("lambda")
    names = [each["FunctionName"] for each in functions.list_functions()["Functions"]]
    [name] = [name for name in names if "-middleware-conversations-" in name]
    with stack.http() as client:
        claims = json.loads(base64.urlsafe_b64decode(client.headers["authorization"].split(".")[1] + "=="))
    event = {
        "rawPath": f"/v1/responses/{made['id']}",
        "requestContext": {"http": {"method": "GET"}, "authorizer": {"jwt": {"claims": claims}}},
    }
    answer = json.load(functions.invoke(FunctionName=name, Payload=json.dumps(event))["Payload"])
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, made)


def test_other_paths_are_unknown_in_the_apis_own_words(stack: Deployment) -> None:
    with stack.http() as client:
        for path in ("/v1/conversations/a/b/c/d", "/v1/responses/a/b"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_url")
    with stack.http(tenant=None) as client:
        assert client.get("/v1/conversations/a").status_code == 401


def test_the_result_of_a_tool_is_sent_after_the_answer_that_asked_for_it(stack: Deployment) -> None:
    client = stack.openai()
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tool: Any = {
        "type": "function",
        "name": "get_weather",
        "description": "Weather of a city",
        "parameters": parameters,
    }
    states: list[dict[str, Any]] = [{}, {"conversation": client.conversations.create().id}]
    for state in states:
        asked = client.responses.create(
            model="nova-lite", input=unique("Weather?"), tools=[tool], tool_choice="required", **state
        )
        [call] = [item for item in asked.output if item.type == "function_call"]
        answered = client.responses.create(
            model="nova-lite",
            input=[{"type": "function_call_output", "call_id": call.call_id, "output": "It snows in Oslo."}],
            tools=[tool],
            **(state or {"previous_response_id": asked.id}),
        )
        assert answered.output_text
        assert answered.usage
        assert asked.usage
        assert answered.usage.input_tokens > asked.usage.input_tokens
