"""LLM safety."""

import json

from .case import Case, Made, each

GUARDRAIL = "aws:bedrock/guardrail:Guardrail"
TEMPLATE = "gcp:modelarmor/template:Template"
FLOOR = "gcp:modelarmor/floorsetting:Floorsetting"
AGENT = "aws:bedrock/agentAgent:AgentAgent"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
PIN = [{"guardrailIdentifier": "g", "guardrailVersion": "3"}]


def content(kind: str, **more: object) -> dict[str, object]:
    return {
        "contentPolicyConfig": {
            "filtersConfigs": [{"type": kind, "inputStrength": "HIGH", "outputStrength": "NONE", **more}]
        }
    }


HARMLESS = {
    "contentPolicyConfig": {
        "filtersConfigs": [
            {"type": kind, "inputStrength": "MEDIUM", "outputStrength": "HIGH"}
            for kind in ("HATE", "INSULTS", "SEXUAL", "VIOLENCE", "MISCONDUCT")
        ]
    }
}
PERSONAL = {"sensitiveInformationPolicyConfig": {"piiEntitiesConfigs": [{"type": "EMAIL", "action": "ANONYMIZE"}]}}
INVOKING = {
    "policy": json.dumps(
        {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "bedrock:InvokeModel",
                    "Resource": "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0",
                }
            ]
        }
    )
}
EMBEDDING = {"policy": INVOKING["policy"].replace("amazon.nova-lite-v1:0", "amazon.titan-embed-text-v2:0")}
GUARDED = {
    "policy": INVOKING["policy"].replace('"bedrock:InvokeModel"', '["bedrock:InvokeModel", "bedrock:ApplyGuardrail"]')
}

CASES = (
    each("agent-guardrail-attached", AGENT, broken=[{"agentName": "a"}], kept=[{"guardrailConfigurations": PIN}]),
    each(
        "guardrail-version-pinned",
        AGENT,
        broken=[{"guardrailConfigurations": [{"guardrailIdentifier": "g", "guardrailVersion": "DRAFT"}]}],
        kept=[{"guardrailConfigurations": PIN}],
    ),
    Case("model-callers-guarded", {"caller": Made(ROLE_POLICY, INVOKING)}, frozenset({"stack"}), alone=True),
    Case("model-callers-guarded", {"caller": Made(ROLE_POLICY, EMBEDDING)}, frozenset(), alone=True),
    Case("model-callers-guarded", {"caller": Made(ROLE_POLICY, GUARDED)}, frozenset(), alone=True),
    Case(
        "model-callers-guarded",
        {
            "caller": Made(
                "gcp:projects/iAMMember:IAMMember", {"role": "roles/aiplatform.user", "member": "serviceAccount:a"}
            )
        },
        frozenset({"stack"}),
        alone=True,
    ),
    Case(
        "model-callers-guarded",
        {
            "caller": Made(
                "gcp:projects/iAMMember:IAMMember", {"role": "roles/aiplatform.user", "member": "serviceAccount:a"}
            ),
            "template": Made(TEMPLATE, {"filterConfig": {}}),
        },
        frozenset(),
        alone=True,
    ),
    each(
        "guardrail-prompt-attack",
        GUARDRAIL,
        broken=[
            {},
            HARMLESS,
            content("PROMPT_ATTACK", inputStrength="LOW"),
            content("PROMPT_ATTACK", inputEnabled=False),
        ],
        kept=[content("PROMPT_ATTACK")],
    ),
    each(
        "guardrail-prompt-attack",
        TEMPLATE,
        broken=[
            {"filterConfig": {}},
            {"filterConfig": {"piAndJailbreakFilterSettings": {"filterEnforcement": "DISABLED"}}},
            {
                "filterConfig": {
                    "piAndJailbreakFilterSettings": {"filterEnforcement": "ENABLED", "confidenceLevel": "HIGH"}
                }
            },
        ],
        kept=[
            {
                "filterConfig": {
                    "piAndJailbreakFilterSettings": {"filterEnforcement": "ENABLED", "confidenceLevel": "LOW_AND_ABOVE"}
                }
            }
        ],
    ),
    each(
        "guardrail-pii",
        GUARDRAIL,
        broken=[
            {},
            {"sensitiveInformationPolicyConfig": {"piiEntitiesConfigs": [{"type": "EMAIL", "action": "NONE"}]}},
        ],
        kept=[
            PERSONAL,
            {
                "sensitiveInformationPolicyConfig": {
                    "regexesConfigs": [{"name": "a", "pattern": "b", "action": "BLOCK"}]
                }
            },
        ],
    ),
    each(
        "guardrail-pii",
        TEMPLATE,
        broken=[{"filterConfig": {}}],
        kept=[
            {"filterConfig": {"sdpSettings": {"basicConfig": {"filterEnforcement": "ENABLED"}}}},
            {"filterConfig": {"sdpSettings": {"advancedConfig": {"inspectTemplate": "a"}}}},
        ],
    ),
    each("guardrail-harm-filters", GUARDRAIL, broken=[{}, content("HATE")], kept=[HARMLESS]),
    each(
        "guardrail-harm-filters",
        TEMPLATE,
        broken=[{"filterConfig": {}}],
        kept=[
            {
                "filterConfig": {
                    "raiSettings": {
                        "raiFilters": [
                            {"filterType": kind}
                            for kind in ("HATE_SPEECH", "HARASSMENT", "SEXUALLY_EXPLICIT", "DANGEROUS")
                        ]
                    }
                }
            }
        ],
    ),
    Case(
        "guardrail-grounding",
        {
            "base": Made("aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase"),
            "loose": Made(GUARDRAIL),
            "grounded": Made(
                GUARDRAIL,
                {"contextualGroundingPolicyConfig": {"filtersConfigs": [{"type": "GROUNDING", "threshold": 0.7}]}},
            ),
        },
        frozenset({"loose"}),
        alone=True,
    ),
    Case("guardrail-grounding", {"loose": Made(GUARDRAIL)}, frozenset(), alone=True),
    each(
        "guardrail-enforcing",
        GUARDRAIL,
        broken=[content("HATE", inputAction="NONE")],
        kept=[content("HATE", inputAction="BLOCK"), {}],
    ),
    each(
        "guardrail-enforcing",
        TEMPLATE,
        broken=[{"filterConfig": {}, "templateMetadata": {"enforcementType": "INSPECT_ONLY"}}],
        kept=[{"filterConfig": {}}, {"filterConfig": {}, "templateMetadata": {"enforcementType": "INSPECT_AND_BLOCK"}}],
    ),
    each(
        "guardrail-enforcing",
        FLOOR,
        broken=[{"aiPlatformFloorSetting": {"inspectOnly": True}}],
        kept=[{"aiPlatformFloorSetting": {"inspectAndBlock": True}}],
    ),
    each(
        "model-allow-list",
        AGENT,
        broken=[{"foundationModel": "anthropic.claude-opus-4"}],
        kept=[{"foundationModel": "amazon.nova-lite-v1:0"}],
        settings={"models": ["amazon.nova-*", "gemini-2.5-*"]},
    ),
    each(
        "model-allow-list",
        "aws:lambda/function:Function",
        broken=[{"environment": {"variables": {"MODEL_ID": "meta.llama3"}}}],
        kept=[
            {"environment": {"variables": {"MODEL_ID": "amazon.nova-pro-v1:0"}}},
            {"environment": {"variables": {"MODE": "x"}}},
            {},
        ],
    ),
    each(
        "model-allow-list",
        "gcp:cloudrunv2/service:Service",
        broken=[{"template": {"containers": [{"envs": [{"name": "GEMINI_MODEL", "value": "gemini-1.5-pro"}]}]}}],
        kept=[{"template": {"containers": {"envs": {"name": "GEMINI_MODEL", "value": "gemini-2.5-flash"}}}}],
    ),
    Case("model-invocation-logging", {"guardrail": Made(GUARDRAIL)}, frozenset({"stack"}), alone=True),
    Case(
        "model-invocation-logging",
        {
            "guardrail": Made(GUARDRAIL),
            "logging": Made("aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration"),
        },
        frozenset(),
        alone=True,
    ),
    each(
        "model-invocation-logging",
        "gcp:vertex/aiEndpoint:AiEndpoint",
        broken=[{"displayName": "a"}],
        kept=[{"predictRequestResponseLoggingConfig": {"enabled": True, "samplingRate": 1}}],
    ),
    each(
        "agent-runtime-authorised",
        "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime",
        broken=[{"networkConfiguration": {"networkMode": "PUBLIC"}}],
        kept=[{"networkConfiguration": {"networkMode": "VPC"}}],
    ),
    each(
        "agent-runtime-authorised",
        "aws:bedrock/agentcoreGateway:AgentcoreGateway",
        broken=[{"authorizerType": "NONE"}],
        kept=[{"authorizerType": "CUSTOM_JWT"}],
    ),
    each(
        "agent-runtime-authorised",
        "gcp:vertex/aiReasoningEngine:AiReasoningEngine",
        broken=[{"spec": {}}],
        kept=[{"spec": {"serviceAccount": "a@b.iam.gserviceaccount.com"}}],
    ),
)
