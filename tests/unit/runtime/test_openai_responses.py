"""What clients get, read by the openai package's own types and stream decoder."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI
from openai.types import Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseOutputMessage
from pydantic import BaseModel, TypeAdapter

from genai_runtime.core.errors import Cause, StepError
from genai_runtime.ids import is_id
from tests.unit.runtime.memory import TENANT, Deployment, Failing

USER = {"role": "user", "content": "laptop"}
LONG = "One two three four, five six seven eight nine ten.\n\n  Eleven \u2028 twelve \x85 日本語 👩🏽‍🚀 end "


def strictly(model: type[BaseModel], value: Any) -> Any:
    return TypeAdapter(model).validate_python(value, strict=False)


@pytest.fixture
def client(deployment: Deployment) -> Iterator[OpenAI]:
    """The openai SDK, with the deployment in memory in place of the network."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        token = request.headers.get("authorization", "")
        claims = {"sub": "user-1"} if "tenantless" in token else None
        response = deployment.send(
            request.method, request.url.raw_path.decode(), request.read(), headers=dict(request.headers), claims=claims
        )
        return httpx2.Response(response.status, headers=dict(response.headers), content=response.body.encode())

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        yield OpenAI(api_key="token", base_url="http://deployment/v1", http_client=http, max_retries=0)


def test_a_chat_completion_is_what_the_types_say(deployment: Deployment):
    body = json.loads(deployment.chat({"messages": [USER]}).body)
    parsed = strictly(ChatCompletion, body)
    assert is_id(parsed.id, "resp")
    assert parsed.created == 1_795_392_000
    assert parsed.choices[0].message.content == "You asked: laptop"
    assert parsed.usage.total_tokens == 18
    assert is_id(body["request_id"], "req")


def test_a_response_is_what_the_types_say(deployment: Deployment):
    request = {"input": "laptop", "metadata": {"a": "b"}, "instructions": "Be brief.", "temperature": 0.5}
    parsed = strictly(Response, json.loads(deployment.responses(request).body))
    assert is_id(parsed.id, "resp")
    assert (parsed.status, parsed.error, parsed.incomplete_details) == ("completed", None, None)
    assert parsed.output_text == "You asked: laptop"
    assert isinstance(parsed.output[0], ResponseOutputMessage)
    assert is_id(parsed.output[0].id, "msg")
    assert (parsed.metadata, parsed.instructions, parsed.temperature) == ({"a": "b"}, "Be brief.", 0.5)
    assert parsed.usage.total_tokens == 18


def test_the_sdk_gets_answers_models_and_our_fields(client: OpenAI):
    completion = client.chat.completions.create(model="small", messages=[{"role": "user", "content": "laptop"}])
    assert completion.choices[0].message.content == "You asked: laptop"
    assert completion.model_extra is not None
    assert completion.model_extra["cache"]["hit"] is False
    response = client.responses.create(model="small", input="laptop")
    assert response.output_text == "You asked: laptop"
    assert [model.id for model in client.models.list()] == ["small", "large"]
    assert isinstance(client.models.retrieve("large"), Model)


@pytest.mark.parametrize("text", ["You", "", LONG, " leading", "a" * 5000])
def test_a_chat_stream_adds_up_to_the_answer(deployment: Deployment, client: OpenAI, text: str):
    deployment.model.answer = lambda _: text
    chunks = list(
        client.chat.completions.create(
            model="small",
            messages=[{"role": "user", "content": "laptop"}],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1]) == text
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 2) + ["stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 18
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_a_chat_stream_ends_with_done_and_has_usage_only_when_asked(deployment: Deployment):
    response = deployment.chat({"messages": [USER], "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    *events, done, rest = response.body.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    chunks = [json.loads(event.removeprefix("data: ")) for event in events]
    for chunk in chunks:
        strictly(ChatCompletionChunk, chunk)
        assert "usage" not in chunk
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert chunks[-1]["cache"]["hit"] is False


@pytest.mark.parametrize("text", ["You", "", LONG])
def test_a_response_stream_adds_up_to_the_response(deployment: Deployment, client: OpenAI, text: str):
    deployment.model.answer = lambda _: text
    events = list(client.responses.create(model="small", input="laptop", stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type for event in events]
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(deltas) == text
    assert kinds == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        *["response.output_text.delta"] * len(deltas),
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    last = events[-1]
    assert last.type == "response.completed"
    assert last.response.output_text == text
    assert last.response.status == "completed"


def test_the_sdks_stream_helper_accepts_the_stream(client: OpenAI):
    with client.responses.stream(model="small", input="laptop") as stream:
        for _ in stream:
            pass
        assert stream.get_final_response().output_text == "You asked: laptop"


def test_a_blocked_answer_ends_as_filtered_in_every_form(deployment: Deployment, client: OpenAI):
    response = client.responses.create(model="small", input="forbidden")
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "content_filter"
    assert response.output_text == "That is not talked about here."
    events = list(client.responses.create(model="small", input="forbidden", stream=True))
    assert events[-1].type == "response.incomplete"
    chunks = list(
        client.chat.completions.create(model="small", messages=[{"role": "user", "content": "forbidden"}], stream=True)
    )
    assert chunks[-1].choices[0].finish_reason == "content_filter"
    assert not deployment.model.called


@pytest.mark.parametrize(
    ("cause", "raised"),
    [
        (Cause.DENIED, openai.InternalServerError),
        (Cause.THROTTLED, openai.RateLimitError),
        (Cause.UNAVAILABLE, openai.InternalServerError),
        (Cause.TOO_LONG, openai.BadRequestError),
    ],
)
def test_the_sdk_raises_its_own_error_for_a_failure(
    deployment: Deployment, client: OpenAI, cause: Cause, raised: type[openai.APIStatusError]
):
    deployment.model = Failing(StepError(cause, "bedrock:InvokeModel", "x"))
    with pytest.raises(raised) as caught:
        client.responses.create(model="small", input="laptop")
    assert is_id(caught.value.request_id, "req")
    assert caught.value.code is not None


def test_the_sdk_raises_its_own_errors_for_refusals(client: OpenAI):
    with pytest.raises(openai.BadRequestError) as bad:
        client.responses.create(model="small", input="laptop", temperature=2)
    assert bad.value.param == "temperature"
    with pytest.raises(openai.NotFoundError) as missing:
        client.responses.create(model="other", input="laptop")
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.PermissionDeniedError):
        client.with_options(api_key="tenantless").models.list()
    with pytest.raises(openai.APIStatusError) as large:
        client.responses.create(model="small", input="x" * 30_000)
    assert large.value.status_code == 413


def test_the_sdk_repeats_what_a_repeat_can_mend_and_nothing_else(deployment: Deployment, client: OpenAI):
    patient = client.with_options(max_retries=1)
    deployment.model = Failing(StepError(Cause.DENIED, "bedrock:InvokeModel", "x"))
    with pytest.raises(openai.InternalServerError):
        patient.responses.create(model="small", input="laptop")
    assert len(deployment.log.records) == 1


def test_every_response_has_the_common_headers(deployment: Deployment):
    for response in (deployment.ask("laptop"), deployment.send("GET", "/nope"), deployment.send("GET", "/v1/models")):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert is_id(response.headers["x-request-id"], "req")
        assert "total;dur=" in response.headers["server-timing"]
    assert deployment.log.records[0]["tenant"] == TENANT
