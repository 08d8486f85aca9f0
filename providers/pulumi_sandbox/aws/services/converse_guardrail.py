"""The guardrail of a Converse request: over what goes in, and over what the model says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_sandbox.models.guardrails import INTERVENED, Block, evaluate, is_blocked

from .bedrock_guardrails import find_guardrail, guardrail_arn
from .converse_conversation import GuardBlock, guard_blocks, with_texts
from .model_faults import meet_fault
from .permissions import require
from .rest_json import Call, InvalidRequestError


@dataclass
class ConverseGuardrail:
    """A guardrail at work in one request; collects the trace."""

    guardrail: Mapping[str, Any]
    traced: bool
    trace: dict[str, Any] = field(default_factory=dict[str, Any])
    _context: list[GuardBlock] = field(default_factory=list[GuardBlock])

    def check_input(self, body: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | None]:
        """Return the body as the model may see it, and the blocked message if it may not see it at all."""
        self._context = guard_blocks(body)
        outcome = evaluate(self.guardrail, "INPUT", [Block(each.text, each.qualifiers) for each in self._context])
        self._note("inputAssessment", outcome["assessments"][0], outcome)
        if is_blocked(outcome):
            return body, outcome["outputs"][0]["text"]
        if outcome["action"] == INTERVENED:
            guarded = [each for each in self._context if not each.qualifiers or "guard_content" in each.qualifiers]
            texts = {each.place: output["text"] for each, output in zip(guarded, outcome["outputs"], strict=True)}
            return with_texts(body, texts), None
        return body, None

    def check_output(self, answer: str) -> str | None:
        """Return what takes the place of the answer (the blocked message, the masked answer), or None to leave it."""
        context = [
            Block(each.text, each.qualifiers)
            for each in self._context
            if {"grounding_source", "query"} & set(each.qualifiers)
        ]
        # In the context of an answer, what was marked as guard_content too is no part of what is checked.
        given = [
            Block(block.text, tuple(name for name in block.qualifiers if name != "guard_content")) for block in context
        ]
        outcome = evaluate(self.guardrail, "OUTPUT", [Block(answer), *given])
        self._note("outputAssessments", [outcome["assessments"][0]], outcome)
        return outcome["outputs"][0]["text"] if outcome["action"] == INTERVENED else None

    def _note(self, member: str, assessment: Any, outcome: Mapping[str, Any]) -> None:
        if self.traced:
            self.trace[member] = {self.guardrail["guardrailId"]: assessment}
            if outcome["action"] == INTERVENED:
                self.trace["actionReason"] = outcome["actionReason"]


def require_key(call: Call, identifier: str) -> None:
    """Return if the caller may use the customer-managed key that the guardrail is encrypted with, or it has none."""
    try:
        guardrail = find_guardrail(identifier, "DRAFT", call.region, call.account)
    except LookupError:
        return
    if "kmsKeyArn" in guardrail:
        via = {"kms:ViaService": f"bedrock.{call.region}.amazonaws.com"}
        require(call, "kms:Decrypt", guardrail["kmsKeyArn"], via)


def guardrail_of(call: Call) -> ConverseGuardrail | None:
    """Return the guardrail that the request names, if any; raises if it is not there or not allowed."""
    config = call.parameters.get("guardrailConfig", {})
    identifier, version = config.get("guardrailIdentifier", ""), config.get("guardrailVersion", "")
    if not identifier and not version:
        return None
    if not identifier or not version:
        raise InvalidRequestError("Provide both guardrailIdentifier and guardrailVersion in guardrailConfig.")
    require(call, "bedrock:ApplyGuardrail", guardrail_arn(identifier, call.region, call.account))
    meet_fault(identifier.rpartition("/")[2])
    require_key(call, identifier)
    try:
        guardrail = find_guardrail(identifier, version, call.region, call.account)
    except LookupError as error:
        raise InvalidRequestError(
            "The guardrail identifier or version provided in the request does not exist."
        ) from error
    return ConverseGuardrail(guardrail, traced=config.get("trace", "disabled") != "disabled")
