"""The guardrail of the prompt layer, and the version of it that is in use."""

import hashlib
import json

import pulumi
import pulumi_aws as aws

from genai_tiers.guardrail_settings import Guardrail
from genai_tiers.lineage import Children

Topic = aws.bedrock.GuardrailTopicPolicyConfigTopicsConfigArgsDict
Filter = aws.bedrock.GuardrailContentPolicyConfigFiltersConfigArgsDict
Grounding = aws.bedrock.GuardrailContextualGroundingPolicyConfigFiltersConfigArgsDict
PersonalData = aws.bedrock.GuardrailSensitiveInformationPolicyConfigPiiEntitiesConfigArgsDict
WordPolicy = aws.bedrock.GuardrailWordPolicyConfigArgsDict
Word = aws.bedrock.GuardrailWordPolicyConfigWordsConfigArgsDict

CONTENT_FILTERS = ("HATE", "INSULTS", "SEXUAL", "VIOLENCE", "MISCONDUCT")
"""They judge images too, as does the one of attacks, in us-east-1, us-west-2, eu-central-1 and ap-northeast-1. Source:
Amazon Bedrock user guide, "Block harmful images with content filters"."""

MASKED = ("EMAIL", "PHONE", "ADDRESS", "NAME", "IP_ADDRESS", "LICENSE_PLATE")
"""Personal data that an answer may need the gist of."""

BLOCKED = (
    "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "CREDIT_DEBIT_CARD_CVV", "CREDIT_DEBIT_CARD_NUMBER", "PASSWORD", "PIN",
    "US_BANK_ACCOUNT_NUMBER", "US_PASSPORT_NUMBER", "US_SOCIAL_SECURITY_NUMBER",
)  # fmt: skip
"""Data that nothing good comes of sending to a model."""


def guardrail(
    children: Children, settings: Guardrail, key: pulumi.Input[str]
) -> tuple[aws.bedrock.Guardrail, aws.bedrock.GuardrailVersion]:
    """A guardrail and a snapshot of it. A version is made anew when the policies change (their hash is in its
    description); the old one stays until requests that use it have ended."""
    topics = [
        Topic(name=topic.name, definition=topic.definition, examples=list(topic.examples), type="DENY")
        for topic in settings.denied_topics
    ]
    # Attacks only come in: Bedrock refuses any other output strength for their filter.
    strengths = {**dict.fromkeys(CONTENT_FILTERS, "HIGH"), "PROMPT_ATTACK": "NONE"}
    filters = [
        Filter(
            type=kind,
            input_strength="HIGH",
            output_strength=strength,
            input_modalities=["TEXT", "IMAGE"] if settings.images else ["TEXT"],
            output_modalities=["TEXT"],
        )
        for kind, strength in strengths.items()
    ]
    personal_data = [PersonalData(type=kind, action="ANONYMIZE") for kind in MASKED]
    personal_data += [PersonalData(type=kind, action="BLOCK") for kind in BLOCKED]
    words = [Word(text=word) for word in settings.blocked_words]
    grounding = [
        Grounding(type=kind, threshold=percent / 100)
        for kind, percent in (("GROUNDING", settings.grounding_percent), ("RELEVANCE", settings.relevance_percent))
        if percent
    ]
    rail = aws.bedrock.Guardrail(
        children.named("guardrail"),
        blocked_input_messaging=settings.blocked_message,
        blocked_outputs_messaging=settings.blocked_message,
        content_policy_config={"filters_configs": filters, "tier_configs": [{"tier_name": "CLASSIC"}]},
        topic_policy_config={"topics_configs": topics, "tier_configs": [{"tier_name": "CLASSIC"}]} if topics else None,
        word_policy_config=WordPolicy(managed_word_lists_configs=[{"type": "PROFANITY"}], words_configs=words)
        if words
        else WordPolicy(managed_word_lists_configs=[{"type": "PROFANITY"}]),
        sensitive_information_policy_config={"pii_entities_configs": personal_data},
        contextual_grounding_policy_config={"filters_configs": grounding} if grounding else None,
        kms_key_arn=key,
        opts=children.options("guardrail"),
    )
    policies = [topics, filters, personal_data, words, grounding, settings.blocked_message]
    fingerprint = hashlib.sha256(json.dumps(policies, sort_keys=True).encode()).hexdigest()
    version = aws.bedrock.GuardrailVersion(
        children.named("guardrail-version"),
        guardrail_arn=rail.guardrail_arn,
        description=f"policies {fingerprint[:16]}",
        skip_destroy=True,
        opts=children.options("guardrail-version"),
    )
    return rail, version
