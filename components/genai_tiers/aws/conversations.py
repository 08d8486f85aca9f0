"""Answers and conversations that are kept: their table, the bucket of what is too large for an item of it, and the
function that shows and deletes them."""

from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.conversation_settings import Conversations
from genai_tiers.documents import SHARED_TENANT
from genai_tiers.lineage import Children
from genai_tiers.refs import MiddlewareRefs, NetworkRefs
from genai_tiers.settings import Settings

from .buckets import PrivateBucket, private_bucket
from .encryption import USE_KEY
from .frontend import TENANT_CLAIM
from .functions import function
from .iam_roles import Statement, allow
from .jobs import jobs_config, payload_objects
from .patterns.http_routes import http_routes
from .tables import table, table_name

TIMEOUT_SECONDS = 15
"""A guardrail's verdict on new items, or the deletion of a long conversation, and what comes with it."""

ROUTES = {
    "create": "POST /v1/conversations",
    "read": "GET /v1/conversations/{proxy+}",
    "change": "POST /v1/conversations/{proxy+}",
    "delete": "DELETE /v1/conversations/{proxy+}",
    "read-response": "GET /v1/responses/{proxy+}",
    "delete-response": "DELETE /v1/responses/{proxy+}",
}
"""Role of the route -> what it answers. `{proxy+}` stands for all that follows, and gives way to a pattern's own route,
such as `GET /v1/responses/{id}` of pattern 4."""


def conversation_store(
    children: Children, key_arn: pulumi.Input[str], conversations: Conversations, *, retain_data: bool
) -> tuple[aws.dynamodb.Table, PrivateBucket]:
    """The table of answers and conversations, and the bucket of large texts, which go a day after their items."""
    kept = table(children, "conversations", ("pk", "sk"), key_arn, retain_data=retain_data, expires=True)
    texts = private_bucket(
        children, "conversation-texts", key_arn, retain_data=retain_data, expire_days=conversations.kept_days + 1
    )
    return kept, texts


def conversations_config(
    conversations_table: pulumi.Input[str], conversations_bucket: pulumi.Input[str], conversations: Conversations
) -> dict[str, Any]:
    """What functions read as `conversations` in GENAI_CONFIG, from the ARNs of the table and the bucket."""
    return {
        "table": table_name(conversations_table),
        "bucket": pulumi.Output.from_input(conversations_bucket).apply(lambda arn: arn.rpartition(":")[2]),
        "kept_seconds": conversations.kept_seconds,
    }


def conversation_api(
    children: Children,
    middleware: MiddlewareRefs,
    *,
    jobs_table: pulumi.Input[str] | None,
    payloads_bucket: pulumi.Input[str] | None,
    key: pulumi.Input[str],
    network: NetworkRefs | None,
    settings: Settings,
) -> None:
    """Routes of the HTTP API of a middleware for what is kept, and their function. With `jobs_table` and
    `payloads_bucket` it deletes answers that are jobs as well."""
    limits = settings.limits
    conversations_table = middleware.get("conversations_table", "")
    conversations_bucket = middleware.get("conversations_bucket", "")
    config = {
        "tenant_claim": TENANT_CLAIM,
        "shared_tenant": SHARED_TENANT,
        "limits": {
            "max_body_bytes": limits.max_body_bytes,
            "max_input_tokens": limits.max_input_tokens,
            "max_output_tokens": limits.max_output_tokens,
            "max_messages": limits.max_messages,
        },
        "guardrail": {
            "id": pulumi.Output.from_input(middleware["guardrail"]).apply(lambda arn: arn.rpartition("/")[2]),
            "version": middleware["guardrail_version"],
            # Items are texts, and nothing answers here.
            "grounding": False,
            "images": False,
        },
        "conversations": conversations_config(conversations_table, conversations_bucket, settings.conversations),
        "jobs": None,
        "origin_digests": middleware.get("origin_digests"),
    }
    statements: list[Statement] = [
        allow(
            [f"dynamodb:{action}" for action in ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query")],
            [conversations_table],
        ),
        allow(["dynamodb:UpdateItem"], [conversations_table]),
        allow(["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [payload_objects(conversations_bucket)]),
        allow(["bedrock:ApplyGuardrail"], [middleware["guardrail"]]),
        allow(USE_KEY, [key]),
    ]
    if jobs_table is not None and payloads_bucket is not None:
        config["jobs"] = jobs_config(jobs_table, payloads_bucket, settings.jobs_kept_seconds)
        statements += [
            allow(
                [f"dynamodb:{action}" for action in ("BatchWriteItem", "GetItem", "Query", "UpdateItem")],
                [jobs_table],
            ),
            allow(["s3:DeleteObject", "s3:GetObject"], [payload_objects(payloads_bucket)]),
        ]
    kept = function(
        children,
        "conversations",
        handler="genai_runtime.aws.kept_conversations.handler",
        config=config,
        statements=[statements],
        key=key,
        timeout_seconds=TIMEOUT_SECONDS,
        max_concurrency=limits.max_concurrency,
        log_retention_days=settings.log_retention_days,
        alarms=settings.alarms,
        network=network,
    )
    http_routes(children, "conversations-", ROUTES, kept, middleware, function_timeout_seconds=TIMEOUT_SECONDS)
