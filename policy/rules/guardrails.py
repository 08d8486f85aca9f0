"""Guardrails."""

from collections.abc import Iterator
from typing import Any

from joins import of_type
from known import Unknown, blocks, value_at
from rule import Finding, Level, Resource, Rule, Severity

GUARDRAIL = "aws:bedrock/guardrail:Guardrail"


TEMPLATE = "gcp:modelarmor/template:Template"


FLOOR = "gcp:modelarmor/floorsetting:Floorsetting"


KNOWLEDGE_BASE = "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase"


def _prompt_attack(resource: Resource) -> Iterator[Finding]:
    if resource.type == TEMPLATE:
        settings = value_at(resource.properties, "filterConfig.piAndJailbreakFilterSettings")
        enforced = value_at(settings, "filterEnforcement")
        if isinstance(enforced, Unknown):
            yield enforced
        elif enforced != "ENABLED":
            yield "piAndJailbreakFilterSettings.filterEnforcement is not ENABLED"
        elif value_at(settings, "confidenceLevel") == "HIGH":
            yield "confidenceLevel is HIGH, which lets all but the clearest attacks pass"
        return
    attack = _filter_of(resource, "PROMPT_ATTACK")
    if isinstance(attack, Unknown):
        yield attack
    elif attack is None:
        yield "contentPolicyConfig has no filter of the type PROMPT_ATTACK"
    elif value_at(attack, "inputStrength") != "HIGH" and not isinstance(value_at(attack, "inputStrength"), Unknown):
        yield f"the filter PROMPT_ATTACK has inputStrength {value_at(attack, 'inputStrength')}"
    elif value_at(attack, "inputEnabled") is False:
        yield "the filter PROMPT_ATTACK has inputEnabled false"


def _filter_of(resource: Resource, kind: str) -> Any:
    for entry in blocks(resource.properties, "contentPolicyConfig.filtersConfigs"):
        if isinstance(entry, Unknown) or value_at(entry, "type") == kind:
            return entry
    return None


def _pii(resource: Resource) -> Iterator[Finding]:
    if resource.type == TEMPLATE:
        basic = value_at(resource.properties, "filterConfig.sdpSettings.basicConfig.filterEnforcement")
        advanced = value_at(resource.properties, "filterConfig.sdpSettings.advancedConfig")
        if isinstance(basic, Unknown) or isinstance(advanced, Unknown):
            yield Unknown("filterConfig.sdpSettings")
        elif basic != "ENABLED" and advanced is None:
            yield "filterConfig.sdpSettings is not enabled"
        return
    entities = blocks(resource.properties, "sensitiveInformationPolicyConfig.piiEntitiesConfigs")
    patterns = blocks(resource.properties, "sensitiveInformationPolicyConfig.regexesConfigs")
    if not entities and not patterns:
        yield "sensitiveInformationPolicyConfig names no personal data"
    for entity in entities:
        for name in ("action", "inputAction", "outputAction"):
            if value_at(entity, name) == "NONE":
                yield f"{value_at(entity, 'type')} has the {name} NONE"


HARMS = ("HATE", "INSULTS", "SEXUAL", "VIOLENCE", "MISCONDUCT")


GCP_HARMS = ("HATE_SPEECH", "HARASSMENT", "SEXUALLY_EXPLICIT", "DANGEROUS")


def _harms(resource: Resource) -> Iterator[Finding]:
    if resource.type == TEMPLATE:
        kinds = {
            value_at(entry, "filterType")
            for entry in blocks(resource.properties, "filterConfig.raiSettings.raiFilters")
        }
        missing = [kind for kind in GCP_HARMS if kind not in kinds]
        if missing and not any(isinstance(kind, Unknown) for kind in kinds):
            yield f"raiFilters have no {', '.join(missing)}"
        return
    for kind in HARMS:
        entry = _filter_of(resource, kind)
        if isinstance(entry, Unknown):
            yield entry
        elif entry is None:
            yield f"no filter of the type {kind}"
        elif any(value_at(entry, name) in ("NONE", "LOW") for name in ("inputStrength", "outputStrength")):
            yield f"the filter {kind} is weaker than MEDIUM"


def _grounding(resource: Resource) -> Iterator[Finding]:
    if not of_type(resource, KNOWLEDGE_BASE):
        return
    kinds = [
        value_at(entry, "type")
        for entry in blocks(resource.properties, "contextualGroundingPolicyConfig.filtersConfigs")
    ]
    if "GROUNDING" not in kinds and not any(isinstance(kind, Unknown) for kind in kinds):
        yield "answers come from a knowledge base, and contextualGroundingPolicyConfig has no GROUNDING"


def _enforcing(resource: Resource) -> Iterator[Finding]:
    if resource.type == TEMPLATE:
        if value_at(resource.properties, "templateMetadata.enforcementType") == "INSPECT_ONLY":
            yield "templateMetadata.enforcementType is INSPECT_ONLY"
        if value_at(resource.properties, "templateMetadata.ignorePartialInvocationFailures"):
            yield "ignorePartialInvocationFailures lets pass what no filter has judged"
    elif resource.type == FLOOR:
        if value_at(resource.properties, "aiPlatformFloorSetting.inspectOnly"):
            yield "aiPlatformFloorSetting.inspectOnly is true"
    else:
        for entry in blocks(resource.properties, "contentPolicyConfig.filtersConfigs"):
            for name in ("inputAction", "outputAction"):
                if value_at(entry, name) == "NONE":
                    yield f"the filter {value_at(entry, 'type')} has the {name} NONE: it sees and does not block"


RULES = (
    Rule(
        id="guardrail-prompt-attack",
        title="Guardrails stop prompt attacks",
        why="An attack in a prompt or a document makes the model work for the attacker.",
        mend="Add a filter PROMPT_ATTACK of input strength HIGH, or pi_and_jailbreak_filter_settings on Google Cloud.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM01",),
        types=(GUARDRAIL, TEMPLATE),
        check=_prompt_attack,
    ),
    Rule(
        id="guardrail-pii",
        title="Guardrails mask or block personal data",
        why="A model repeats what it was shown, to whoever asks.",
        mend="Name the kinds of personal data, to anonymise or block; on Google Cloud enable sdp_settings.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM02",),
        types=(GUARDRAIL, TEMPLATE),
        check=_pii,
    ),
    Rule(
        id="guardrail-harm-filters",
        title="Guardrails stop harmful content",
        why="What the system says is said in your name.",
        mend="Add filters of MEDIUM strength or more for every kind of harm.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM05",),
        types=(GUARDRAIL, TEMPLATE),
        check=_harms,
        level=Level.ADVISORY,
    ),
    Rule(
        id="guardrail-grounding",
        title="Answers from documents are checked against them",
        why="A model fills gaps with inventions that read like facts.",
        mend="Add a contextual grounding policy with GROUNDING.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM09",),
        types=(GUARDRAIL,),
        check=_grounding,
        over_stack=True,
        level=Level.ADVISORY,
    ),
    Rule(
        id="guardrail-enforcing",
        title="Guardrails block what they find",
        why="A guardrail that only looks on is no control.",
        mend="Set the actions to BLOCK; on Google Cloud enforcement_type to INSPECT_AND_BLOCK.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM01",),
        types=(GUARDRAIL, TEMPLATE, FLOOR),
        check=_enforcing,
        level=Level.PRODUCTION,
    ),
)
