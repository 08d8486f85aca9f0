"""Lambda refuses a function whose role it cannot assume; moto looks only at the role's existence, if at that."""

from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws.moto_gaps.wrapping import wrap


def _check(role: str | None) -> None:
    from moto.awslambda.exceptions import InvalidParameterValueException

    from pulumi_sandbox.iam import may_assume

    if role and not may_assume(role, "lambda.amazonaws.com"):
        raise InvalidParameterValueException("The role defined for the function cannot be assumed by Lambda.")


def _created(original: Callable[..., Any], backend: Any, spec: dict[str, Any]) -> Any:
    _check(spec.get("Role"))
    return original(backend, spec)


def _updated(original: Callable[..., Any], backend: Any, function_name: str, qualifier: str, body: Any) -> Any:
    _check(body.get("Role"))
    return original(backend, function_name, qualifier, body)


def install() -> None:
    """Check the role's trust policy when a function is made or gets another role."""
    from moto.awslambda.models import LambdaBackend

    wrap(LambdaBackend, "create_function", _created)
    wrap(LambdaBackend, "update_function_configuration", _updated)
