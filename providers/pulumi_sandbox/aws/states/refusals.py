"""Refusals of the Step Functions API, by the codes of its model."""

from moto.core.exceptions import AWSError

from pulumi_sandbox.aws.states.language.checks import Mistake


class RefusedError(AWSError):
    """An error answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, exception_type=code)


def no_execution(arn: str) -> RefusedError:
    """Return the refusal of an execution that does not exist."""
    return RefusedError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


def wrong_type(arn: str) -> RefusedError:
    """Return the refusal of what the machine's type does not do."""
    message = f"This operation is not supported by this type of state machine: '{arn}'"
    return RefusedError("StateMachineTypeNotSupported", message)


def invalid_definition(found: list[Mistake]) -> RefusedError:
    """Return the refusal of a definition."""
    told = ", ".join(str(mistake) for mistake in found)
    return RefusedError("InvalidDefinition", f"Invalid State Machine Definition: '{told}'")
