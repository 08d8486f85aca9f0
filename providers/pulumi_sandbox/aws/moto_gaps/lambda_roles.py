"""Lambda refuses a function whose role it cannot assume, or cannot connect to a network with; moto looks only at the
role's existence, if at that."""

from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws.moto_gaps.wrapping import wrap

# What Lambda needs to connect a function (AWS Lambda developer guide, "Required IAM permissions" of VPCs).
_INTERFACES = ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface")


def _check(role: str | None) -> None:
    from moto.awslambda.exceptions import InvalidParameterValueException

    from pulumi_sandbox.iam import may_assume

    if role and not may_assume(role, "lambda.amazonaws.com"):
        raise InvalidParameterValueException("The role defined for the function cannot be assumed by Lambda.")


def _check_network(role: str, config: dict[str, Any] | None) -> None:
    from moto.awslambda.exceptions import InvalidParameterValueException

    from pulumi_sandbox.iam import AccessDeniedError, authorize

    for operation in _INTERFACES if (config or {}).get("SubnetIds") else ():
        try:
            authorize(role, f"ec2:{operation}", "*", session_name="awslambda")
        except AccessDeniedError as error:
            raise InvalidParameterValueException(
                f"The provided execution role does not have permissions to call {operation} on EC2"
            ) from error


def _created(original: Callable[..., Any], backend: Any, spec: dict[str, Any]) -> Any:
    _check(spec.get("Role"))
    _check_network(spec["Role"], spec.get("VpcConfig"))
    return original(backend, spec)


def _updated(original: Callable[..., Any], backend: Any, function_name: str, qualifier: str, body: Any) -> Any:
    _check(body.get("Role"))
    if body.get("VpcConfig"):
        _check_network(body.get("Role") or backend.get_function(function_name).role, body["VpcConfig"])
    return original(backend, function_name, qualifier, body)


def install() -> None:
    """Check the role's trust policy when a function is made or gets another role."""
    from moto.awslambda.models import LambdaBackend

    wrap(LambdaBackend, "create_function", _created)
    wrap(LambdaBackend, "update_function_configuration", _updated)
