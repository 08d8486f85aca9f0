"""The services of ours that take part of an AWS API over from moto, each a module.

A module declares ``SIGNING_NAME: str`` (the service in the credential scope), ``routes`` (Starlette routes) and
``actions(request) -> (iam_action, [resource_arns])``, or a list of such pairs, or of triples with a mapping of
condition keys, which is authorised before the route is called. ``request.state.caller`` holds ``role_arn``,
``region`` and ``account``.
"""

MODULES: tuple[str, ...] = (
    "pulumi_sandbox.aws.services.apigateway_connections",
    "pulumi_sandbox.aws.services.appsync",
    "pulumi_sandbox.aws.services.bedrock_tags",
    "pulumi_sandbox.aws.services.bedrock_guardrails",
    "pulumi_sandbox.aws.services.bedrock_models",
    "pulumi_sandbox.aws.services.bedrock_invocation_log",
    "pulumi_sandbox.aws.services.bedrock_batch_jobs",
    "pulumi_sandbox.aws.services.bedrock_runtime",
    "pulumi_sandbox.aws.services.bedrock_agent",
    "pulumi_sandbox.aws.services.bedrock_agent_sources",
    "pulumi_sandbox.aws.services.bedrock_agent_jobs",
    "pulumi_sandbox.aws.services.bedrock_agent_runtime",
    "pulumi_sandbox.aws.services.opensearch_serverless",
    "pulumi_sandbox.aws.services.lambda_streams",
)
