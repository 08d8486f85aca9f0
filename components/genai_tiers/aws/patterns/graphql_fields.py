"""The fields of the GraphQL API that a pattern's function resolves."""

from pathlib import Path

import pulumi
import pulumi_aws as aws

from genai_tiers.aws.graphql_api import SERVICE
from genai_tiers.aws.iam_roles import allow, service_role
from genai_tiers.lineage import Children

CODE = Path(__file__).parents[1] / "graphql_resolver.js"

FIELDS = {"ask": "Mutation", "models": "Query"}
"""Field -> the type that has it."""


def graphql_fields(children: Children, function: aws.lambda_.Function, api: pulumi.Input[str]) -> None:
    """Has a function resolve the fields of an API, which may call this function and no other."""
    account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=children.parent)).account_id
    statements = function.arn.apply(lambda arn: [allow(["lambda:InvokeFunction"], [arn])])
    caller, policy = service_role(children, "graphql-invoke", SERVICE, statements, account)
    source = aws.appsync.DataSource(
        children.named("graphql-source"),
        api_id=api,
        # Names of an API's own, in which AppSync takes no hyphens.
        name="answers",
        type="AWS_LAMBDA",
        service_role_arn=caller.arn,
        lambda_config={"function_arn": function.arn},
        opts=children.options("graphql-source", depends_on=[policy]),
    )
    code = CODE.read_text()
    for field, kind in FIELDS.items():
        aws.appsync.Resolver(
            children.named(f"graphql-{field}"),
            api_id=api,
            type=kind,
            field=field,
            data_source=source.name,
            runtime={"name": "APPSYNC_JS", "runtime_version": "1.0.0"},
            code=code,
            opts=children.options(f"graphql-{field}"),
        )
