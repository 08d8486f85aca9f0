"""What moto 5.2.5 leaves out or gets wrong and the sandbox needs: one file a service, each gap with its reason.

``install()`` is called once, before moto builds its application, because some gaps are paths it must know.
"""

import functools

from pulumi_sandbox.aws.moto_gaps import (
    apigatewayv2,
    apigatewayv2_websockets,
    changes_in_process,
    cloudwatch,
    cognito,
    cognito_sign_in,
    core,
    dynamodb_streams,
    iam,
    lambda_destinations,
    lambda_functions,
    lambda_roles,
    s3,
    sqs,
    sqs_move_tasks,
)


@functools.cache
def install() -> None:
    """Close every gap. Calling it again does nothing."""
    # Imported here because it needs moto, which the rest of the daemon loads late.
    from pulumi_sandbox.aws.services import s3vectors

    for service in (
        core,
        changes_in_process,
        cloudwatch,
        apigatewayv2,
        apigatewayv2_websockets,
        cognito,
        cognito_sign_in,
        dynamodb_streams,
        iam,
        lambda_destinations,
        lambda_functions,
        lambda_roles,
        s3,
        s3vectors,
        sqs,
        sqs_move_tasks,
    ):
        service.install()
