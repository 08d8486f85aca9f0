"""Names of services in AWS SDK integrations."""

import functools

import botocore.session

# Names in AWS SDK integrations (those of the SDK for Java 2) that are not botocore's without hyphens.
_SDK_NAMES = {
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "cognitoidentity": "cognito-identity",
    "cognitoidentityprovider": "cognito-idp",
    "elasticloadbalancingv2": "elbv2",
    "eventbridge": "events",
    "opensearch": "opensearch",
    "sfn": "stepfunctions",
}


@functools.cache
def _by_plain_name() -> dict[str, str]:
    return {name.replace("-", ""): name for name in botocore.session.get_session().get_available_services()}


def botocore_name(sdk_name: str) -> str:
    """Return botocore's name of the service that an AWS SDK integration names. Raises LookupError."""
    plain = sdk_name.lower()
    return _SDK_NAMES.get(plain) or _by_plain_name()[plain]
