"""Handlers of AWS resource types, one service a file; see :mod:`pulumi_sandbox.plugin.handler`.

``MODULES`` says which files hold the types of each module of the SDK, so that only what is needed is imported.
"""

import functools
import importlib

from pulumi_sandbox.plugin.handler import Handler

MODULES: dict[str, tuple[str, ...]] = {
    "apigatewayv2": ("apigatewayv2", "apigatewayv2_routes"),
    "bedrock": ("bedrock_guardrails", "bedrock_knowledge"),
    "cloudwatch": ("cloudwatch", "logs"),
    "cognito": ("cognito",),
    "dynamodb": ("dynamodb", "dynamodb_items"),
    "iam": ("iam",),
    "kms": ("kms",),
    "lambda": ("lambda_functions",),
    "s3": ("s3_buckets", "s3_bucket_settings", "s3_objects", "s3_vectors"),
    "sns": ("sns",),
    "sqs": ("sqs",),
}


@functools.cache
def handler(token: str) -> Handler | None:
    """Return the handler of a resource token such as ``aws:sqs/queue:Queue``; None when there is none."""
    sdk_module = token.split(":")[1].partition("/")[0]
    for name in MODULES.get(sdk_module, ()):
        handlers: dict[str, Handler] = importlib.import_module(f"{__name__}.{name}").HANDLERS
        if token in handlers:
            return handlers[token]
    return None
