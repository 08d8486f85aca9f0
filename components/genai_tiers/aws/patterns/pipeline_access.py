"""What every function that runs the prompt pipeline is told, and what it may do."""

from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.aws.agent import agent_config, agent_statements
from genai_tiers.aws.frontend import TENANT_CLAIM
from genai_tiers.aws.iam_roles import Statement, allow
from genai_tiers.aws.models import EMBEDDING_MODEL, invoke_statements, resolve_models
from genai_tiers.aws.prompts import PROMPT_NAME
from genai_tiers.aws.semantic_cache import DIMENSIONS, embedding_model_arn, find_questions
from genai_tiers.aws.tables import table_name
from genai_tiers.documents import SHARED_TENANT
from genai_tiers.refs import BackendRefs, MiddlewareRefs
from genai_tiers.settings import Settings


def pipeline_config(
    settings: Settings,
    middleware: MiddlewareRefs,
    backend: BackendRefs,
    invoke: pulumi.InvokeOptions,
    *,
    model_timeout_seconds: int,
) -> dict[str, Any]:
    """What the runtime reads as GENAI_CONFIG; what only some patterns have is null."""
    limits = settings.limits
    region = aws.get_region_output(opts=invoke).region
    knowledge_base = backend.get("knowledge_base")
    return {
        "tenant_claim": TENANT_CLAIM,
        "shared_tenant": SHARED_TENANT,
        "models": region.apply(lambda name: [vars(model) for model in resolve_models(settings.models, name)]),
        "limits": {
            "max_body_bytes": limits.max_body_bytes,
            "max_input_tokens": limits.max_input_tokens,
            "max_output_tokens": limits.max_output_tokens,
            "max_messages": limits.max_messages,
        },
        "tenant_limits": limits.tenant.for_runtime,
        "prompt": {"name": PROMPT_NAME, "version": middleware["prompt_version"]},
        "tables": {
            "prompts": table_name(middleware["prompts_table"]),
            "cache": table_name(middleware["cache_table"]),
            "usage": table_name(backend["usage_table"]),
        },
        "cache_ttl_seconds": settings.cache.ttl_seconds,
        "semantic_cache": {
            "index": middleware.get("cache_index", ""),
            "embedding_model_id": EMBEDDING_MODEL,
            "dimensions": DIMENSIONS,
            "similarity_percent": settings.cache.similarity_percent,
        }
        if settings.cache.semantic
        else None,
        "guardrail": {
            "id": _last_part(middleware["guardrail"]),
            "version": middleware["guardrail_version"],
            "grounding": middleware.get("guardrail_grounding", False),
            "images": middleware.get("guardrail_images", False),
        },
        "knowledge_base": knowledge_base and {"id": _last_part(knowledge_base), "results": settings.knowledge.results},
        "model_timeout_seconds": model_timeout_seconds,
        "jobs": None,
        "websocket_url": None,
        "worker": None,
        "fan_out": None,
        "origin_digests": middleware.get("origin_digests"),
        "agent": agent_config(settings),
        "chain": None,
        "conversations": None,
    }


def pipeline_statements(
    settings: Settings,
    middleware: MiddlewareRefs,
    backend: BackendRefs,
    invoke: pulumi.InvokeOptions,
    *,
    model_action: str = "bedrock:InvokeModel",
    idempotency_keys: bool = False,
) -> list[pulumi.Input[list[Statement]]]:
    """What the pipeline's steps do, on this stack's own resources, and nothing else. `model_action` is the call of the
    models; with `idempotency_keys` it also keeps those, beside the cached answers."""
    place = pulumi.Output.all(
        aws.get_partition_output(opts=invoke).partition,
        aws.get_region_output(opts=invoke).region,
        aws.get_caller_identity_output(opts=invoke).account_id,
    )
    model_ids = place.apply(lambda parts: [model.model_id for model in resolve_models(settings.models, parts[1])])
    steps = [
        allow(["bedrock:ApplyGuardrail"], [middleware["guardrail"]]),
        allow(["dynamodb:GetItem"], [middleware["prompts_table"]]),
        allow(["dynamodb:GetItem", "dynamodb:PutItem"], [middleware["cache_table"]]),
        allow(["dynamodb:GetItem", "dynamodb:UpdateItem"], [backend["usage_table"]]),
        allow(["kms:Decrypt"], [backend["key"]]),
        *agent_statements(settings),
    ]
    if idempotency_keys:
        steps.append(allow(["dynamodb:DeleteItem"], [middleware["cache_table"]]))
    if settings.cache.semantic:
        embedding_model = place.apply(lambda parts: embedding_model_arn(parts[0], parts[1]))
        steps += find_questions(middleware.get("cache_index", ""), embedding_model, backend["key"])
    if knowledge_base := backend.get("knowledge_base"):
        steps.append(allow(["bedrock:Retrieve"], [knowledge_base]))
    invocations = pulumi.Output.all(model_ids, place).apply(
        lambda both: invoke_statements(both[0], both[1][0], both[1][1], both[1][2], model_action)
    )
    return [steps, invocations]


def _last_part(arn: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.from_input(arn).apply(lambda text: text.rpartition("/")[2])
