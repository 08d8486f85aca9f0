"""The guardrail: Bedrock's ApplyGuardrail, on texts of their own, apart from the model call."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.request import Media, Verdict

# What the contextual grounding check takes, in characters:
# https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-contextual-grounding-check.html
_SOURCE_LIMIT: Final = 100_000
_QUERY_LIMIT: Final = 1_000
_ANSWER_LIMIT: Final = 5_000

_POLICIES: Final = {
    "topicPolicy": "topic",
    "contentPolicy": "content",
    "wordPolicy": "word",
    "sensitiveInformationPolicy": "sensitive_information",
    "contextualGroundingPolicy": "contextual_grounding",
    "automatedReasoningPolicy": "automated_reasoning",
}
_BLOCKED_MESSAGE: Final = "The guardrail of this deployment blocked the request."


@dataclass(frozen=True)
class BedrockGuardrail:
    """One version of a guardrail."""

    id: str
    version: str

    def check_input(self, texts: Sequence[str], images: Sequence[Media] = ()) -> Verdict:
        """Judge what the client wrote, and images of it; the verdict has as many texts as were given, unless it
        blocks."""
        content = [*map(_block, texts), *map(_image, images)]
        verdict = self._apply("INPUT", content, texts)
        if verdict.action != "masked" or len(verdict.texts) == len(texts):
            return verdict
        # The masked texts came in one piece: ask text by text, to know which is which.
        single = [self._apply("INPUT", [_block(text)], [text]) for text in texts]
        blocked = next((one for one in single if one.action == "blocked"), None)
        return blocked or Verdict("masked", tuple(one.texts[0] for one in single), verdict.policies)

    def check_output(self, answer: str, question: str, passages: Sequence[str]) -> Verdict:
        """Judge an answer, and whether the passages bear it out; the verdict has one text."""
        sources = [_block(text, "grounding_source") for text in _within(passages, _SOURCE_LIMIT)]
        if not sources:
            return self._apply("OUTPUT", [_block(answer)], [answer])
        context = [*sources, _block(question[:_QUERY_LIMIT], "query")]
        if len(answer) <= _ANSWER_LIMIT:
            return self._apply("OUTPUT", [*context, _block(answer, "guard_content")], [answer])
        # Too long for the grounding check: judge it whole without, then piece by piece with its sources.
        whole = self._apply("OUTPUT", [_block(answer)], [answer])
        if whole.action == "blocked":
            return whole
        for start in range(0, len(answer), _ANSWER_LIMIT):
            piece = answer[start : start + _ANSWER_LIMIT]
            verdict = self._apply("OUTPUT", [*context, _block(piece, "guard_content")], [piece])
            if verdict.action == "blocked":
                return verdict
        return whole

    def _apply(self, source: str, content: list[dict[str, Any]], judged: Sequence[str]) -> Verdict:
        with calling("bedrock:ApplyGuardrail"):
            found = client("bedrock-runtime").apply_guardrail(
                guardrailIdentifier=self.id, guardrailVersion=self.version, source=source, content=content
            )
        if found["action"] != "GUARDRAIL_INTERVENED":
            return Verdict("none", tuple(judged))
        findings = list(_findings(found["assessments"]))
        texts = tuple(output["text"] for output in found["outputs"])
        actions = {action for _, action in findings}
        policies = tuple(dict.fromkeys(policy for policy, _ in findings))
        # An intervention that names no masking is taken for a block: the safe side.
        if actions == {"ANONYMIZED"} and texts:
            return Verdict("masked", texts, policies)
        return Verdict("blocked", texts[:1] or (_BLOCKED_MESSAGE,), policies)


def _block(text: str, *qualifiers: str) -> dict[str, Any]:
    return {"text": {"text": text, **({"qualifiers": list(qualifiers)} if qualifiers else {})}}


def _image(media: Media) -> dict[str, Any]:
    return {"image": {"format": media.format, "source": {"bytes": base64.b64decode(media.data)}}}


def _within(texts: Sequence[str], limit: int) -> Iterator[str]:
    for text in texts:
        if limit <= 0:
            return
        yield text[:limit]
        limit -= len(text)


def _findings(assessments: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield policy and action of every finding that led to one."""
    for assessment in assessments:
        for key, name in _POLICIES.items():
            for found in assessment.get(key, {}).values():
                for finding in found if isinstance(found, list) else ():
                    if finding.get("action") in {"BLOCKED", "ANONYMIZED"}:
                        yield name, finding["action"]
