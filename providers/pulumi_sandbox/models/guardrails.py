"""Evaluates a guardrail over texts, deterministically, with the outcome in the shape of Bedrock's
ApplyGuardrail.

A guardrail is a mapping in the shape of Bedrock's GetGuardrail (`topicPolicy`, `contentPolicy`,
`wordPolicy`, `sensitiveInformationPolicy`, `contextualGroundingPolicy`, `blockedInputMessaging`,
`blockedOutputsMessaging`). The heuristics are described where they are: guardrail_topics, _content, _words,
_pii and _grounding.
"""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .guardrail_content import confidence_of, is_caught
from .guardrail_grounding import grounding, relevance
from .guardrail_lexicon import profanity
from .guardrail_pii import Span, find_entities, find_expression, mask
from .guardrail_topics import speaks_of
from .guardrail_words import found_words

Source = Literal["INPUT", "OUTPUT"]
INTERVENED = "GUARDRAIL_INTERVENED"
_CHARACTERS_PER_UNIT = 1000


@dataclass(frozen=True)
class Block:
    """A text to evaluate; `qualifiers` say what it is: grounding_source, query, guard_content (none: guard_content)."""

    text: str
    qualifiers: tuple[str, ...] = ()


@dataclass
class _Findings:
    assessment: dict[str, Any] = field(default_factory=dict[str, Any])
    blocked: bool = False
    masks: dict[int, list[tuple[Span, str]]] = field(default_factory=dict[int, list[tuple[Span, str]]])

    def add(self, policy: str, kind: str, entry: dict[str, Any]) -> None:
        self.assessment.setdefault(policy, {name: [] for name in _LISTS[policy]})[kind].append(entry)
        self.blocked = self.blocked or entry["action"] == "BLOCKED"


_LISTS = {
    "topicPolicy": ("topics",),
    "contentPolicy": ("filters",),
    "wordPolicy": ("customWords", "managedWordLists"),
    "sensitiveInformationPolicy": ("piiEntities", "regexes"),
    "contextualGroundingPolicy": ("filters",),
}


def evaluate(
    guardrail: Mapping[str, Any],
    source: Source,
    blocks: Sequence[Block],
    *,
    images: Sequence[str] = (),
    full: bool = False,
) -> dict[str, Any]:
    """Return `action`, `actionReason`, `outputs`, `assessments`, `usage` and `guardrailCoverage`.

    `images` is what each image says of itself; content filters that take images judge that.

    `outputs` is the blocked message, or the masked texts, or nothing if the guardrail does not intervene.
    `full` also lists what was looked for and not found.
    """
    started = time.monotonic()
    guarded = [block for block in blocks if not block.qualifiers or "guard_content" in block.qualifiers]
    texts = [block.text for block in guarded]
    findings = _Findings()
    _topics(guardrail, source, texts, findings, full=full)
    _content(guardrail, source, texts, images, findings, full=full)
    _words(guardrail, source, texts, findings)
    _sensitive(guardrail, source, texts, findings)
    if source == "OUTPUT":
        _grounding(guardrail, blocks, texts, findings, full=full)
    usage = _usage(guardrail, source, blocks, texts)
    coverage = {"textCharacters": {"guarded": sum(map(len, texts)), "total": sum(len(block.text) for block in blocks)}}
    if images:
        judged = len(images) if _takes_images(guardrail, source) else 0
        coverage["images"] = {"guarded": judged, "total": len(images)}
        usage["contentPolicyImageUnits"] = judged
    metrics = {
        "guardrailProcessingLatency": round((time.monotonic() - started) * 1000),
        "usage": usage,
        "guardrailCoverage": coverage,
    }
    outputs = _outputs(guardrail, source, texts, findings)
    masked = bool(findings.masks) and not findings.blocked
    return {
        "action": INTERVENED if outputs else "NONE",
        "actionReason": "Guardrail blocked." if findings.blocked else "Guardrail masked." if masked else "No action.",
        "outputs": [{"text": text} for text in outputs],
        "assessments": [{**findings.assessment, "invocationMetrics": metrics}],
        "usage": usage,
        "guardrailCoverage": coverage,
    }


def is_blocked(outcome: Mapping[str, Any]) -> bool:
    """Return whether the outcome blocks, as against masking or leaving alone."""
    return outcome["actionReason"] == "Guardrail blocked."


def _outputs(guardrail: Mapping[str, Any], source: Source, texts: list[str], findings: _Findings) -> list[str]:
    if findings.blocked:
        return [guardrail["blockedInputMessaging" if source == "INPUT" else "blockedOutputsMessaging"]]
    if findings.masks:
        return [mask(text, findings.masks.get(index, [])) for index, text in enumerate(texts)]
    return []


def _enabled(configured: Iterable[Mapping[str, Any]], source: Source) -> Iterable[Mapping[str, Any]]:
    switch = "inputEnabled" if source == "INPUT" else "outputEnabled"
    return (entry for entry in configured if entry.get(switch, True))


def _action(entry: Mapping[str, Any], source: Source) -> str:
    chosen = entry.get("inputAction" if source == "INPUT" else "outputAction") or entry.get("action", "BLOCK")
    return {"BLOCK": "BLOCKED", "ANONYMIZE": "ANONYMIZED", "NONE": "NONE"}[chosen]


def _policy(guardrail: Mapping[str, Any], policy: str, kind: str) -> Sequence[Mapping[str, Any]]:
    return (guardrail.get(policy) or {}).get(kind) or ()


def _topics(guardrail: Mapping[str, Any], source: Source, texts: list[str], findings: _Findings, *, full: bool) -> None:
    for topic in _enabled(_policy(guardrail, "topicPolicy", "topics"), source):
        detected = any(speaks_of(topic, text) for text in texts)
        if detected or full:
            action = _action(topic, source) if detected else "NONE"
            entry = {"name": topic["name"], "type": "DENY", "action": action, "detected": detected}
            findings.add("topicPolicy", "topics", entry)


def _modalities(entry: Mapping[str, Any], source: Source) -> Sequence[str]:
    return entry.get("inputModalities" if source == "INPUT" else "outputModalities", ("TEXT",))


def _takes_images(guardrail: Mapping[str, Any], source: Source) -> bool:
    return any("IMAGE" in _modalities(entry, source) for entry in _policy(guardrail, "contentPolicy", "filters"))


def _content(
    guardrail: Mapping[str, Any],
    source: Source,
    texts: list[str],
    images: Sequence[str],
    findings: _Findings,
    *,
    full: bool,
) -> None:
    for entry in _enabled(_policy(guardrail, "contentPolicy", "filters"), source):
        strength = entry["inputStrength" if source == "INPUT" else "outputStrength"]
        if strength == "NONE" or (source == "OUTPUT" and entry["type"] == "PROMPT_ATTACK"):
            continue
        modalities = _modalities(entry, source)
        judged = [*(texts if "TEXT" in modalities else ()), *(images if "IMAGE" in modalities else ())]
        confidence = max(
            (confidence_of(entry["type"], text) for text in judged),
            key=("NONE", "LOW", "MEDIUM", "HIGH").index,
            default="NONE",
        )
        detected = is_caught(confidence, strength)
        if detected or full:
            action = _action(entry, source) if detected else "NONE"
            found = {"type": entry["type"], "confidence": confidence, "filterStrength": strength}
            findings.add("contentPolicy", "filters", {**found, "action": action, "detected": detected})


def _words(guardrail: Mapping[str, Any], source: Source, texts: list[str], findings: _Findings) -> None:
    for entry in _enabled(_policy(guardrail, "wordPolicy", "words"), source):
        for match in dict.fromkeys(match for text in texts for match in found_words([entry["text"]], text)):
            found = {"match": match, "action": _action(entry, source), "detected": True}
            findings.add("wordPolicy", "customWords", found)
    for entry in _enabled(_policy(guardrail, "wordPolicy", "managedWordLists"), source):
        for match in dict.fromkeys(match for text in texts for match in found_words(profanity(), text)):
            found = {"match": match, "type": entry["type"], "action": _action(entry, source), "detected": True}
            findings.add("wordPolicy", "managedWordLists", found)


def _sensitive(guardrail: Mapping[str, Any], source: Source, texts: list[str], findings: _Findings) -> None:
    policy = "sensitiveInformationPolicy"
    for entry in _enabled(_policy(guardrail, policy, "piiEntities"), source):
        for index, text in enumerate(texts):
            for span in find_entities(entry["type"], text):
                found = {"match": text[slice(*span)], "type": entry["type"], "action": _action(entry, source)}
                findings.add(policy, "piiEntities", {**found, "detected": True})
                _note_mask(findings, index, span, entry["type"], found["action"])
    for entry in _enabled(_policy(guardrail, policy, "regexes"), source):
        for index, text in enumerate(texts):
            for span in find_expression(entry["pattern"], text):
                found = {"name": entry["name"], "match": text[slice(*span)], "regex": entry["pattern"]}
                action = _action(entry, source)
                findings.add(policy, "regexes", {**found, "action": action, "detected": True})
                _note_mask(findings, index, span, entry["name"], action)


def _note_mask(findings: _Findings, index: int, span: Span, name: str, action: str) -> None:
    if action == "ANONYMIZED":
        findings.masks.setdefault(index, []).append((span, name))


def _grounding(
    guardrail: Mapping[str, Any], blocks: Sequence[Block], texts: list[str], findings: _Findings, *, full: bool
) -> None:
    source = "\n\n".join(block.text for block in blocks if "grounding_source" in block.qualifiers)
    query = "\n".join(block.text for block in blocks if "query" in block.qualifiers)
    answer = "\n\n".join(texts)
    if not source or not query or not answer:
        return
    for entry in _policy(guardrail, "contextualGroundingPolicy", "filters"):
        if not entry.get("enabled", True):
            continue
        score = grounding(answer, source) if entry["type"] == "GROUNDING" else relevance(answer, query)
        detected = score < entry["threshold"]
        if detected or full:
            action = _action(entry, "OUTPUT") if detected else "NONE"
            found = {"type": entry["type"], "threshold": entry["threshold"], "score": round(score, 4)}
            findings.add("contextualGroundingPolicy", "filters", {**found, "action": action, "detected": detected})


def _usage(guardrail: Mapping[str, Any], source: Source, blocks: Sequence[Block], texts: list[str]) -> dict[str, int]:
    units = _units(sum(map(len, texts)))
    sensitive = guardrail.get("sensitiveInformationPolicy") or {}
    qualified = {qualifier for block in blocks for qualifier in block.qualifiers}
    grounded = source == "OUTPUT" and {"grounding_source", "query"} <= qualified
    return {
        "topicPolicyUnits": units if guardrail.get("topicPolicy") else 0,
        "contentPolicyUnits": units if guardrail.get("contentPolicy") else 0,
        "wordPolicyUnits": units if guardrail.get("wordPolicy") else 0,
        "sensitiveInformationPolicyUnits": units if sensitive.get("piiEntities") else 0,
        "sensitiveInformationPolicyFreeUnits": units if sensitive.get("regexes") else 0,
        "contextualGroundingPolicyUnits": _units(sum(len(block.text) for block in blocks))
        if grounded and guardrail.get("contextualGroundingPolicy")
        else 0,
    }


def _units(characters: int) -> int:
    return math.ceil(characters / _CHARACTERS_PER_UNIT)
