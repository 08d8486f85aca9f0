"""Pattern 1, synchronous request/response: the answer comes back on the same connection.

client -> HTTP API (token, throttle) -> function (the prompt pipeline) -> Bedrock.
"""

from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.args import (
    BackendArgs,
    BackendRefs,
    FrontendArgs,
    MiddlewareArgs,
    MiddlewareRefs,
    RequestResponseArgs,
)
from genai_tiers.aws.backend import AwsBackend
from genai_tiers.aws.frontend import TENANT_CLAIM, AwsFrontend
from genai_tiers.aws.functions import function
from genai_tiers.aws.iam_roles import Statement, allow
from genai_tiers.aws.middleware import AwsMiddleware
from genai_tiers.aws.models import check_models, invoke_statements, resolve_models
from genai_tiers.aws.prompts import PROMPT_NAME
from genai_tiers.aws.tables import table_name
from genai_tiers.documents import SHARED_TENANT
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.settings import Settings, part_of, read_settings

ROUTES = {
    "chat-completions": "POST /v1/chat/completions",
    "responses": "POST /v1/responses",
    "models": "GET /v1/models",
    "model": "GET /v1/models/{model}",
}
"""Role of the route -> what it answers."""


class AwsRequestResponse(pulumi.ComponentResource):
    """Creates a function with its role and log group, and routes to it for chat completions, responses and the
    model list.
    Tiers that are not given are created, so that it works alone.

    `base_url` is what an OpenAI-compatible client takes.
    """

    base_url: pulumi.Output[str]
    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: RequestResponseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        title = f"AwsRequestResponse {name!r}"
        settings = read_settings(title, args, RequestResponseArgs)
        check_models(title, settings)
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children = Children(self, name)
        backend = args.get("backend") or _own_backend(children, args)
        middleware = args.get("middleware") or _own_middleware(children, args, backend)
        worker = function(
            children,
            "function",
            handler="genai_runtime.aws.request_response.handler",
            config=_config(settings, middleware, backend, pulumi.InvokeOptions(parent=self)),
            statements=_statements(settings, middleware, backend, pulumi.InvokeOptions(parent=self)),
            key=backend["key"],
            timeout_seconds=settings.limits.function_timeout_seconds,
            max_concurrency=settings.limits.max_concurrency,
            log_retention_days=settings.log_retention_days,
        )
        _routes(children, worker, middleware, settings)
        self.base_url = pulumi.Output.concat(middleware["api_url"], "/v1")
        self.function_name = worker.name
        self.register_outputs({"base_url": self.base_url, "function_name": self.function_name})


def _own_backend(children: Children, args: RequestResponseArgs) -> BackendRefs:
    backend = AwsBackend(children.named("backend"), part_of(args, BackendArgs), children.options("backend"))
    return backend.refs


def _own_middleware(children: Children, args: RequestResponseArgs, backend: BackendRefs) -> MiddlewareRefs:
    frontend = AwsFrontend(children.named("frontend"), part_of(args, FrontendArgs), children.options("frontend"))
    own: MiddlewareArgs = {**part_of(args, MiddlewareArgs), "frontend": frontend.refs, "key": backend["key"]}
    return AwsMiddleware(children.named("middleware"), own, children.options("middleware")).refs


def _config(
    settings: Settings, middleware: MiddlewareRefs, backend: BackendRefs, invoke: pulumi.InvokeOptions
) -> dict[str, Any]:
    """What the runtime reads as GENAI_CONFIG."""
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
        "prompt": {"name": PROMPT_NAME, "version": middleware["prompt_version"]},
        "tables": {
            "prompts": table_name(middleware["prompts_table"]),
            "cache": table_name(middleware["cache_table"]),
            "usage": table_name(backend["usage_table"]),
        },
        "cache_ttl_seconds": settings.cache_ttl_seconds,
        "guardrail": {
            "id": _last_part(middleware["guardrail"]),
            "version": middleware["guardrail_version"],
        },
        "knowledge_base": knowledge_base and {"id": _last_part(knowledge_base), "results": settings.knowledge.results},
        "model_timeout_seconds": limits.answer_timeout_seconds,
        "jobs": None,
        "websocket_url": None,
        "worker": None,
    }


def _statements(
    settings: Settings, middleware: MiddlewareRefs, backend: BackendRefs, invoke: pulumi.InvokeOptions
) -> list[pulumi.Input[list[Statement]]]:
    """What the function may do: exactly the pipeline's steps, on this stack's own resources."""
    place = pulumi.Output.all(
        aws.get_partition_output(opts=invoke).partition,
        aws.get_region_output(opts=invoke).region,
        aws.get_caller_identity_output(opts=invoke).account_id,
    )
    model_ids = place.apply(lambda parts: [model.model_id for model in resolve_models(settings.models, parts[1])])
    steps = [
        allow(["bedrock:ApplyGuardrail"], [middleware["guardrail"]]),
        allow(["dynamodb:GetItem"], [middleware["prompts_table"]]),
        allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"], [middleware["cache_table"]]),
        allow(["dynamodb:UpdateItem"], [backend["usage_table"]]),
        allow(["kms:Decrypt"], [backend["key"]]),
    ]
    if knowledge_base := backend.get("knowledge_base"):
        steps.append(allow(["bedrock:Retrieve"], [knowledge_base]))
    invocations = pulumi.Output.all(model_ids, place).apply(
        lambda both: invoke_statements(both[0], both[1][0], both[1][1], both[1][2])
    )
    return [steps, invocations]


def _routes(children: Children, worker: aws.lambda_.Function, middleware: MiddlewareRefs, settings: Settings) -> None:
    integration = aws.apigatewayv2.Integration(
        children.named("integration"),
        api_id=middleware["api"],
        integration_type="AWS_PROXY",
        integration_uri=worker.invoke_arn,
        payload_format_version="2.0",
        timeout_milliseconds=settings.limits.gateway_timeout_seconds * 1_000,
        opts=children.options("integration"),
    )
    place = pulumi.InvokeOptions(parent=children.parent)
    aws.lambda_.Permission(
        children.named("permission"),
        action="lambda:InvokeFunction",
        function=worker.name,
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.format(
            "arn:{0}:execute-api:{1}:{2}:{3}/*/*",
            aws.get_partition_output(opts=place).partition,
            aws.get_region_output(opts=place).region,
            aws.get_caller_identity_output(opts=place).account_id,
            middleware["api"],
        ),
        opts=children.options("permission"),
    )
    for role, route in ROUTES.items():
        aws.apigatewayv2.Route(
            children.named(f"route-{role}"),
            api_id=middleware["api"],
            route_key=route,
            authorization_type="JWT",
            authorizer_id=middleware["authorizer"],
            target=integration.id.apply(lambda identifier: f"integrations/{identifier}"),
            opts=children.options(f"route-{role}"),
        )


def _last_part(arn: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.from_input(arn).apply(lambda text: text.rpartition("/")[2])
