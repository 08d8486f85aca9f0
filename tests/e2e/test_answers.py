import subprocess
from typing import Any

import openai
import pytest
from deployment import GLOBEX, Deployment

pytestmark = pytest.mark.xdist_group("e2e")
LAPTOP = "How soon must a lost laptop be reported?"


def test_an_answer_comes_from_a_document_and_names_it(stack: Deployment) -> None:
    answer = stack.ask(LAPTOP)
    assert "within one hour" in answer["choices"][0]["message"]["content"]
    source = answer["sources"][0]
    assert source["document"] == "security-handbook.md"
    assert "lost laptop" in source["passage"]
    assert answer["usage"]["total_tokens"] > 0
    assert answer["request_id"].startswith("req_")


def test_curl_with_a_token_gets_an_answer(stack: Deployment) -> None:
    url = f"{stack.outputs['api_url']}/v1/chat/completions"
    body = '{"messages": [{"role": "user", "content": "What is the daily allowance for meals?"}]}'
    command = ["curl", "-sS", url, "-H", f"Authorization: Bearer {stack.token()}", "-d", body]
    answer = subprocess.run([*command, "-w", "\n%{http_code}"], capture_output=True, text=True, check=True).stdout
    assert answer.endswith("\n200")
    assert "32 euros" in answer


def test_the_openai_sdk_gets_chat_completions(stack: Deployment) -> None:
    completion = stack.openai().chat.completions.create(
        model="nova-lite", messages=[{"role": "user", "content": "When must the loss of a laptop be reported?"}]
    )
    assert "within one hour" in (completion.choices[0].message.content or "")
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage
    assert completion.usage.completion_tokens > 0


def test_the_openai_sdk_gets_responses(stack: Deployment) -> None:
    response = stack.openai().responses.create(model="nova-lite", input=LAPTOP)
    assert "within one hour" in response.output_text
    assert response.status == "completed"
    assert response.id.startswith("resp_")


def test_the_openai_sdk_lists_the_models_that_are_allowed(stack: Deployment) -> None:
    client = stack.openai()
    assert [model.id for model in client.models.list()] == ["nova-lite", "nova-micro", "researched-answer"]
    assert client.models.retrieve("nova-micro").id == "nova-micro"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-9")


def test_a_stream_over_http_is_a_correct_stream_at_once(stack: Deployment) -> None:
    client = stack.openai()
    chunks = client.chat.completions.create(
        model="nova-lite", messages=[{"role": "user", "content": LAPTOP}], stream=True
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "within one hour" in text
    events = list(client.responses.create(model="nova-lite", input=LAPTOP, stream=True))
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_the_second_identical_question_comes_from_the_cache_and_says_so(stack: Deployment) -> None:
    question = "By when are receipts handed in?"
    first, second = stack.ask(question), stack.ask(question)
    assert (first["cache"]["hit"], second["cache"]["hit"]) == (False, True)
    assert first["choices"][0]["message"] == second["choices"][0]["message"]
    assert second["sources"] == first["sources"]


def test_a_repeated_idempotency_key_gets_the_stored_answer(stack: Deployment) -> None:
    client = stack.openai()

    def ask(question: str) -> Any:
        return client.responses.create(
            model="nova-lite", input=question, extra_headers={"Idempotency-Key": "once-only"}
        )

    first = ask("Who accompanies visitors?")
    assert ask("Who accompanies visitors?").id == first.id
    with pytest.raises(openai.APIStatusError) as other:
        ask("What about updates?")
    assert other.value.status_code in (409, 422)


def test_usage_is_recorded_per_tenant_day_and_model(stack: Deployment) -> None:
    stack.ask(LAPTOP, GLOBEX)
    table = next(name for name in stack.aws("dynamodb").list_tables()["TableNames"] if "usage" in name)
    items = stack.aws("dynamodb").scan(TableName=table)["Items"]
    assert GLOBEX in {item["tenant"]["S"] for item in items}
    assert any(item["tenant"]["S"] == GLOBEX and item["period"]["S"].endswith("#nova-lite") for item in items)
