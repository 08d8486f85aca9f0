"""The GraphQL gateway: AppSync with the schema of the stack, the same tokens as the HTTP API, and a firewall where
there is one before the page.

At rest it costs nothing (AppSync is paid by the request), but for the firewall.
"""

import re
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children
from genai_tiers.settings import Settings

from .firewall import firewall
from .iam_roles import allow, service_role

SCHEMA = Path(__file__).parents[1] / "schema.graphql"

SERVICE = "appsync.amazonaws.com"

RESOLVER_COUNT_LIMIT = 1
"""One question a request: two in one would take longer than AppSync's 30 s allow, and be one to a rate limit."""

QUERY_DEPTH_LIMIT = 5
"""No field of the schema is deeper than four; AppSync does not say whether it counts the operation itself."""


def graphql_api(
    children: Children,
    issuer: pulumi.Input[str],
    audience: pulumi.Input[str],
    key: pulumi.Input[str],
    settings: Settings,
) -> tuple[aws.appsync.GraphQLApi, pulumi.Output[str]]:
    """A GraphQL API that takes the issuer's tokens for the audience, and its URL; patterns resolve its fields. It logs
    errors, without questions, answers or headers."""
    statements, resolve_statements = pulumi.deferred_output()
    # Not limited to this account: AppSync says of data sources' roles alone that it tells whom it acts for.
    writer, _ = service_role(children, "graphql-log", SERVICE, statements)
    api = aws.appsync.GraphQLApi(
        children.named("graphql"),
        # A provider of one's own is an OpenID Connect provider as well as Cognito is.
        authentication_type="OPENID_CONNECT",
        openid_connect_config={"issuer": issuer, "client_id": pulumi.Output.from_input(audience).apply(_exactly)},
        schema=SCHEMA.read_text(),
        introspection_config="DISABLED",
        query_depth_limit=QUERY_DEPTH_LIMIT,
        resolver_count_limit=RESOLVER_COUNT_LIMIT,
        log_config={
            "cloudwatch_logs_role_arn": writer.arn,
            "field_log_level": "ERROR",
            "exclude_verbose_content": True,
        },
        xray_enabled=True,
        opts=children.options("graphql"),
    )
    # AppSync writes to the group of this name and no other; made here, it is encrypted and its logs expire.
    logs = aws.cloudwatch.LogGroup(
        children.named("graphql-logs"),
        name=pulumi.Output.concat("/aws/appsync/apis/", api.id),
        retention_in_days=settings.log_retention_days,
        kms_key_id=key,
        opts=children.options("graphql-logs"),
    )
    resolve_statements(logs.arn.apply(_writing))
    if settings.web_app.firewall:
        acl = firewall(children, "graphql-firewall", "REGIONAL", settings.web_app.requests_per_five_minutes)
        aws.wafv2.WebAclAssociation(
            children.named("graphql-firewall-association"),
            resource_arn=api.arn,
            web_acl_arn=acl.arn,
            opts=children.options("graphql-firewall-association"),
        )
    return api, api.uris["GRAPHQL"]


def _exactly(audience: str) -> str:
    """AppSync takes a regular expression here."""
    return f"^{re.escape(audience)}$"


def _writing(log_group: str) -> list[Any]:
    return [allow(["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log_group}:*"])]
