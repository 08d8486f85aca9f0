"""The adapter to guardrails; the stubber checks every call and answer against AWS's service model."""

from typing import Any

import pytest

from genai_runtime.aws.guardrail import BedrockGuardrail
from genai_runtime.core.request import Media
from tests.unit.runtime.aws_fixtures import stub

pytestmark = pytest.mark.usefixtures("credentials")

UNITS = dict.fromkeys(
    (
        "topicPolicyUnits",
        "contentPolicyUnits",
        "wordPolicyUnits",
        "sensitiveInformationPolicyUnits",
        "sensitiveInformationPolicyFreeUnits",
        "contextualGroundingPolicyUnits",
    ),
    1,
)


def judgement(action: str, texts: list[str], assessment: dict[str, Any]) -> dict[str, Any]:
    return {
        "usage": UNITS,
        "action": action,
        "outputs": [{"text": text} for text in texts],
        "assessments": [assessment],
    }


def sent_texts(source: str, *texts: str) -> dict[str, Any]:
    return {
        "guardrailIdentifier": "gr1",
        "guardrailVersion": "1",
        "source": source,
        "content": [{"text": {"text": text}} for text in texts],
    }


BLOCKED = judgement(
    "GUARDRAIL_INTERVENED",
    ["Not here."],
    {"topicPolicy": {"topics": [{"name": "salaries", "type": "DENY", "action": "BLOCKED"}]}},
)


PII = {
    "sensitiveInformationPolicy": {
        "piiEntities": [{"match": "a@b.c", "type": "EMAIL", "action": "ANONYMIZED"}],
        "regexes": [],
    }
}


NONE = judgement("NONE", [], {})


def test_an_input_that_passes_is_returned_as_it_is():
    stub("bedrock-runtime").add_response("apply_guardrail", NONE, sent_texts("INPUT", "a", "b"))
    verdict = BedrockGuardrail("gr1", "1").check_input(["a", "b"])
    assert (verdict.action, verdict.texts) == ("none", ("a", "b"))


def test_a_blocked_input_brings_the_message_and_the_policy():
    stub("bedrock-runtime").add_response("apply_guardrail", BLOCKED)
    verdict = BedrockGuardrail("gr1", "1").check_input(["a", "b"])
    assert (verdict.action, verdict.texts, verdict.policies) == ("blocked", ("Not here.",), ("topic",))


def test_masked_texts_come_back_in_their_places():
    masked = judgement("GUARDRAIL_INTERVENED", ["{EMAIL}", "b"], PII)
    stub("bedrock-runtime").add_response("apply_guardrail", masked)
    verdict = BedrockGuardrail("gr1", "1").check_input(["a@b.c", "b"])
    assert (verdict.action, verdict.texts) == ("masked", ("{EMAIL}", "b"))
    assert verdict.policies == ("sensitive_information",)


def test_masked_texts_in_one_piece_are_asked_for_one_by_one():
    bedrock = stub("bedrock-runtime")
    bedrock.add_response("apply_guardrail", judgement("GUARDRAIL_INTERVENED", ["{EMAIL} b"], PII))
    bedrock.add_response(
        "apply_guardrail", judgement("GUARDRAIL_INTERVENED", ["{EMAIL}"], PII), sent_texts("INPUT", "a@b.c")
    )
    bedrock.add_response("apply_guardrail", NONE, sent_texts("INPUT", "b"))
    assert BedrockGuardrail("gr1", "1").check_input(["a@b.c", "b"]).texts == ("{EMAIL}", "b")
    bedrock.assert_no_pending_responses()


def test_masking_and_blocking_at_once_blocks():
    both = judgement("GUARDRAIL_INTERVENED", ["Not here."], {**BLOCKED["assessments"][0], **PII})
    stub("bedrock-runtime").add_response("apply_guardrail", both)
    assert BedrockGuardrail("gr1", "1").check_input(["a@b.c"]).action == "blocked"


@pytest.mark.parametrize("outputs", [[], ["Not here."]])
def test_an_intervention_without_a_known_reason_blocks(outputs: list[str]):
    stub("bedrock-runtime").add_response("apply_guardrail", judgement("GUARDRAIL_INTERVENED", outputs, {}))
    verdict = BedrockGuardrail("gr1", "1").check_output("answer", "why", [])
    assert verdict.action == "blocked"
    assert len(verdict.texts) == 1


def test_an_answer_is_judged_against_its_passages():
    content = [
        {"text": {"text": "p1", "qualifiers": ["grounding_source"]}},
        {"text": {"text": "p2", "qualifiers": ["grounding_source"]}},
        {"text": {"text": "why", "qualifiers": ["query"]}},
        {"text": {"text": "answer", "qualifiers": ["guard_content"]}},
    ]
    stub("bedrock-runtime").add_response("apply_guardrail", NONE, {**sent_texts("OUTPUT"), "content": content})
    assert BedrockGuardrail("gr1", "1").check_output("answer", "why", ["p1", "p2"]).texts == ("answer",)


def test_what_the_grounding_check_takes_is_kept_to_its_limits():
    bedrock = stub("bedrock-runtime")
    content = [
        {"text": {"text": "p" * 60_000, "qualifiers": ["grounding_source"]}},
        {"text": {"text": "q" * 40_000, "qualifiers": ["grounding_source"]}},
        {"text": {"text": "w" * 1_000, "qualifiers": ["query"]}},
        {"text": {"text": "a", "qualifiers": ["guard_content"]}},
    ]
    bedrock.add_response("apply_guardrail", NONE, {**sent_texts("OUTPUT"), "content": content})
    BedrockGuardrail("gr1", "1").check_output("a", "w" * 1_200, ["p" * 60_000, "q" * 60_000, "r"])
    bedrock.assert_no_pending_responses()


def test_a_long_answer_is_judged_whole_and_then_grounded_in_pieces():
    answer = "a" * 5_000 + "b" * 5_000 + "c"
    bedrock = stub("bedrock-runtime")
    bedrock.add_response("apply_guardrail", NONE, sent_texts("OUTPUT", answer))
    bedrock.add_response("apply_guardrail", NONE)
    ungrounded = {"filters": [{"type": "GROUNDING", "threshold": 0.7, "score": 0.1, "action": "BLOCKED"}]}
    bedrock.add_response(
        "apply_guardrail",
        judgement("GUARDRAIL_INTERVENED", ["Not grounded."], {"contextualGroundingPolicy": ungrounded}),
    )
    verdict = BedrockGuardrail("gr1", "1").check_output(answer, "why", ["p"])
    assert (verdict.action, verdict.policies) == ("blocked", ("contextual_grounding",))
    bedrock.assert_no_pending_responses()


def test_images_are_judged_with_the_texts():
    sent = sent_texts("INPUT", "a")
    sent["content"].append({"image": {"format": "png", "source": {"bytes": b"pixels"}}})
    stub("bedrock-runtime").add_response("apply_guardrail", BLOCKED, sent)
    assert BedrockGuardrail("gr1", "1").check_input(["a"], [Media("image", "png", "cGl4ZWxz")]).action == "blocked"
