"""A program with every type of a GraphQL API and its firewall; ``round`` changes what can."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

ROUND = pulumi.Config().require_int("round")

provider = aws.Provider("aws", region="eu-central-1", default_tags=aws.ProviderDefaultTagsArgs(tags={"team": "web"}))
opts = pulumi.ResourceOptions(provider=provider)


def role(name: str, service: str) -> aws.iam.Role:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    return aws.iam.Role(name, assume_role_policy=document, opts=opts)


function = aws.lambda_.Function(
    "hello",
    role=role("hello", "lambda.amazonaws.com").arn,
    runtime="python3.13",
    handler="app.handler",
    code=pulumi.AssetArchive(
        {"app.py": pulumi.StringAsset(f"def handler(event, context): return 'round {ROUND}, ' + event['name']")}
    ),
    opts=opts,
)
caller = role("caller", "appsync.amazonaws.com")
allowed = aws.iam.RolePolicy(
    "caller",
    role=caller.name,
    policy=function.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn}],
            }
        )
    ),
    opts=opts,
)
pool = aws.cognito.UserPool("people", opts=opts)
client = aws.cognito.UserPoolClient(
    "people", user_pool_id=pool.id, explicit_auth_flows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"], opts=opts
)
api = aws.appsync.GraphQLApi(
    "hello",
    authentication_type="AMAZON_COGNITO_USER_POOLS",
    user_pool_config={"user_pool_id": pool.id, "default_action": "ALLOW", "app_id_client_regex": client.id},
    schema="type Query { hello(name: String!): String }",
    query_depth_limit=ROUND,
    opts=opts,
)
source = aws.appsync.DataSource(
    "hello",
    api_id=api.id,
    name="hello",
    type="AWS_LAMBDA",
    description=f"round {ROUND}",
    service_role_arn=caller.arn,
    lambda_config={"function_arn": function.arn},
    opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[allowed])),
)
aws.appsync.Resolver(
    "hello",
    api_id=api.id,
    type="Query",
    field="hello",
    data_source=source.name,
    runtime={"name": "APPSYNC_JS", "runtime_version": "1.0.0"},
    code=f"""
export function request(ctx) {{ return {{ operation: 'Invoke', payload: ctx.arguments }}; }}
export function response(ctx) {{ return ctx.result + '{"!" * ROUND}'; }}
""",
    opts=opts,
)
seen: Any = {"cloudwatch_metrics_enabled": True, "metric_name": "seen", "sampled_requests_enabled": False}
firewall = aws.wafv2.WebAcl(
    "hello",
    scope="REGIONAL",
    default_action={"allow": {}},
    rules=[
        {
            "name": "rate",
            "priority": 0,
            "action": {"block": {}},
            "statement": {"rate_based_statement": {"limit": 10, "aggregate_key_type": "IP"}},
            "visibility_config": seen,
        }
    ],
    visibility_config=seen,
    opts=opts,
)
aws.wafv2.WebAclAssociation("hello", resource_arn=api.arn, web_acl_arn=firewall.arn, opts=opts)

pulumi.export("url", api.uris["GRAPHQL"])
pulumi.export("pool", pool.id)
pulumi.export("client", client.id)
pulumi.export("firewall", firewall.arn)
