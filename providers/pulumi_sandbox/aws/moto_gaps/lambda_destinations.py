"""Lambda refuses a destination that the function's role may not use; moto does not look at the role."""

from collections.abc import Callable, Mapping
from typing import Any

from pulumi_sandbox.aws.moto_gaps.wrapping import wrap

_ACTIONS = {
    "events": "PutEvents",
    "lambda": "InvokeFunction",
    "s3": "PutObject",
    "sns": "Publish",
    "sqs": "SendMessage",
}


def _put(original: Callable[..., Any], backend: Any, function_name: str, config: Mapping[str, Any]) -> Any:
    role = backend.get_function(function_name).role
    for kind in ("OnSuccess", "OnFailure"):
        destination = ((config.get("DestinationConfig") or {}).get(kind) or {}).get("Destination")
        if destination:
            _check(role, destination)
    return original(backend, function_name, config)


def _check(role: str, destination: str) -> None:
    from moto.awslambda.exceptions import InvalidParameterValueException

    from pulumi_sandbox.iam import may

    service = destination.split(":")[2]
    action = _ACTIONS.get(service)
    on = f"{destination}/*" if service == "s3" else destination
    if action and not may(role, f"{service}:{action}", on):
        raise InvalidParameterValueException(
            f"The function's execution role does not have permissions to call {action} on {destination}"
        )


def install() -> None:
    """Check the role's policies when destinations are set."""
    from moto.awslambda.models import LambdaBackend

    wrap(LambdaBackend, "put_function_event_invoke_config", _put)
