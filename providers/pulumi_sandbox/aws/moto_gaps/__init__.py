"""What moto 5.2.5 leaves out and the resource handlers need: one file a service, each gap with its reason.

``install()`` is called once, before moto builds its application, because some gaps are paths it must know.
"""

import functools

from pulumi_sandbox.aws.moto_gaps import apigatewayv2, cognito, lambda_functions


@functools.cache
def install() -> None:
    """Close every gap. Calling it again does nothing."""
    # Imported here because it needs moto, which the rest of the daemon loads late.
    from pulumi_sandbox.aws.services import s3vectors

    for service in (apigatewayv2, cognito, lambda_functions, s3vectors):
        service.install()
