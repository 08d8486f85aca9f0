"""The adapters to models and knowledge bases; the stubber checks every call and answer against AWS's service model."""

from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.stub import ANY

from genai_runtime.aws.failures import calling
from genai_runtime.aws.model import BedrockModel
from genai_runtime.aws.retriever import KnowledgeBase
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.request import Finish, Message, Prompt, Sampling
from genai_runtime.ids import is_id
from tests.unit.runtime.aws_fixtures import stub
from tests.unit.runtime.memory import TENANT

pytestmark = pytest.mark.usefixtures("credentials")

PROMPT = Prompt(
    "System.",
    (Message("user", "one"), Message("user", "two"), Message("assistant", " "), Message("assistant", "three")),
    ("<passage>p</passage>", "Why?"),
)


LABELS = {"request_id": "req_1", "trace_id": "0af7", "tenant": TENANT}


def converse_answer(stop: str = "end_turn", content: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": content or [{"text": "Because."}]}},
        "stopReason": stop,
        "usage": {"inputTokens": 11, "outputTokens": 7, "totalTokens": 18},
        "metrics": {"latencyMs": 1},
    }


def generate(sampling: Sampling | None = None, prompt: Prompt = PROMPT) -> Any:
    return BedrockModel().generate("us.model-v1:0", prompt, sampling or Sampling(100), LABELS, 24.3)


def test_converse_gets_the_prompt_with_roles_in_turn_and_no_blank_text():
    bedrock = stub("bedrock-runtime", 25, 1)
    sent = {
        "modelId": "us.model-v1:0",
        "system": [{"text": "System."}],
        "messages": [
            {"role": "user", "content": [{"text": "one"}, {"text": "two"}]},
            {"role": "assistant", "content": [{"text": "three"}]},
            {"role": "user", "content": [{"text": "<passage>p</passage>"}, {"text": "Why?"}]},
        ],
        "inferenceConfig": {"maxTokens": 100, "temperature": 0, "topP": 0.5, "stopSequences": ["x"]},
        "requestMetadata": LABELS,
    }
    bedrock.add_response("converse", converse_answer(), sent)
    found = generate(Sampling(100, 0, 0.5, ("x",)))
    assert (found.text, found.finish, found.input_tokens, found.output_tokens) == ("Because.", Finish.STOP, 11, 7)
    bedrock.assert_no_pending_responses()


def test_converse_is_not_sent_what_was_not_given():
    bedrock = stub("bedrock-runtime", 25, 1)
    sent = {
        "modelId": "us.model-v1:0",
        "messages": [{"role": "user", "content": [{"text": "Why?"}]}],
        "inferenceConfig": {"maxTokens": 100},
        "requestMetadata": LABELS,
    }
    bedrock.add_response("converse", converse_answer(), sent)
    generate(prompt=Prompt("", (), ("Why?",)))
    bedrock.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", Finish.STOP),
        ("stop_sequence", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("model_context_window_exceeded", Finish.LENGTH),
        ("guardrail_intervened", Finish.FILTERED),
        ("content_filtered", Finish.FILTERED),
    ],
)
def test_every_way_to_stop_is_understood(stop: str, finish: Finish):
    bedrock = stub("bedrock-runtime", 25, 1)
    thought = {"reasoningContent": {"reasoningText": {"text": "hm"}}}
    bedrock.add_response("converse", converse_answer(stop, [thought, {"text": "Be"}, {"text": "cause."}]))
    found = generate()
    assert (found.text, found.finish) == ("Because.", finish)


def test_a_malformed_output_is_a_failure_of_the_model():
    bedrock = stub("bedrock-runtime", 25, 1)
    bedrock.add_response("converse", converse_answer("malformed_model_output"))
    with pytest.raises(StepError) as caught:
        generate()
    assert caught.value.cause is Cause.UNAVAILABLE


@pytest.mark.parametrize(
    ("code", "status", "message", "cause"),
    [
        ("AccessDeniedException", 403, "no identity-based policy allows it", Cause.DENIED),
        ("ThrottlingException", 429, "Too many requests", Cause.THROTTLED),
        ("ServiceQuotaExceededException", 400, "quota", Cause.THROTTLED),
        ("ModelNotReadyException", 429, "not ready", Cause.THROTTLED),
        ("ServiceUnavailableException", 503, "down", Cause.UNAVAILABLE),
        ("InternalServerException", 500, "oops", Cause.UNAVAILABLE),
        ("ModelTimeoutException", 408, "slow", Cause.UNAVAILABLE),
        ("ModelErrorException", 424, "broken", Cause.UNAVAILABLE),
        ("ValidationException", 400, "Input is too long for requested model.", Cause.TOO_LONG),
        ("ValidationException", 400, "The provided model identifier is invalid.", Cause.INVALID),
        ("ResourceNotFoundException", 404, "no such model", Cause.INVALID),
        ("UnrecognizedClientException", 403, "The security token is invalid.", Cause.INVALID),
    ],
)
def test_errors_of_aws_are_told_apart(code: str, status: int, message: str, cause: Cause):
    bedrock = stub("bedrock-runtime", 25, 1)
    bedrock.add_client_error("converse", code, message, status)
    with pytest.raises(StepError) as caught:
        generate()
    assert (caught.value.cause, caught.value.action) == (cause, "bedrock:InvokeModel")
    assert caught.value.detail == f"Converse: {code}"
    assert message not in str(caught.value)


def test_the_permission_that_aws_names_is_passed_on():
    bedrock = stub("bedrock-runtime", 25, 1)
    message = (
        "User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: kms:Decrypt on resource: "
        "arn:aws:kms:us-east-1:123456789012:key/1 because no identity-based policy allows the kms:Decrypt action"
    )
    bedrock.add_client_error("converse", "AccessDeniedException", message, 403)
    with pytest.raises(StepError) as caught:
        generate()
    assert caught.value.action == "kms:Decrypt"


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ReadTimeoutError(endpoint_url="http://x"), Cause.UNAVAILABLE),
        (ConnectTimeoutError(endpoint_url="http://x"), Cause.UNAVAILABLE),
        (EndpointConnectionError(endpoint_url="http://x"), Cause.UNAVAILABLE),
        (NoCredentialsError(), Cause.INVALID),
    ],
)
def test_failures_on_the_way_to_aws_are_told_apart(error: Exception, cause: Cause):
    with pytest.raises(StepError) as caught, calling("bedrock:Retrieve"):
        raise error
    assert caught.value.cause is cause
    assert caught.value.detail == type(error).__name__


def test_retrieval_asks_for_the_tenants_own_and_the_shared_documents_only():
    agent = stub("bedrock-agent-runtime")
    sent = {
        "knowledgeBaseId": "KBABCDEF01",
        "retrievalQuery": {"text": "why"},
        "retrievalConfiguration": {
            "vectorSearchConfiguration": {
                "numberOfResults": 3,
                "filter": {
                    "orAll": [
                        {"equals": {"key": "tenant_id", "value": TENANT}},
                        {"equals": {"key": "tenant_id", "value": "shared"}},
                    ]
                },
            }
        },
    }
    location = {"type": "S3", "s3Location": {"uri": "s3://bucket/t/policies/laptops.md"}}
    results = [
        {
            "content": {"text": "One.", "type": "TEXT"},
            "location": location,
            "score": 0.9,
            "metadata": {"tenant_id": TENANT, "document": "policies/laptops.md"},
        },
        {"content": {"text": "Two."}, "location": location, "metadata": {"tenant_id": "shared", "document_id": "d2"}},
        {"content": {"text": "Three."}},
    ]
    agent.add_response("retrieve", {"retrievalResults": results}, sent)
    one, two, three = KnowledgeBase("KBABCDEF01", 3).retrieve("why", (TENANT, "shared"))
    assert (one.tenant, one.document, one.text, one.score) == (TENANT, "policies/laptops.md", "One.", 0.9)
    assert is_id(one.document_id, "doc")
    assert (two.tenant, two.document_id, two.document, two.score) == ("shared", "d2", "laptops.md", 0.0)
    assert three.tenant == ""


def test_a_query_is_kept_to_what_retrieval_takes():
    agent = stub("bedrock-agent-runtime")
    agent.add_response(
        "retrieve",
        {"retrievalResults": []},
        {"knowledgeBaseId": "KBABCDEF01", "retrievalQuery": {"text": "x" * 20_000}, "retrievalConfiguration": ANY},
    )
    assert KnowledgeBase("KBABCDEF01", 3).retrieve("x" * 30_000, (TENANT, "shared")) == []
