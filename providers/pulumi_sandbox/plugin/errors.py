"""Failures in words: what was being done to which resource, what the cloud answered, and what would mend it."""

import traceback
from typing import Any


def explain(action: str, urn: str, error: BaseException) -> str:
    """Return a diagnostic for ``error``, raised while ``action`` ("creating", ...) was done to ``urn``.

    botocore's errors are told apart by their attributes, because importing it costs what few calls need.
    """
    response: Any = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        details = response["Error"]
        operation = getattr(error, "operation_name", "?")
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", "?")
        code, message = details.get("Code", "?"), details.get("Message", "no message")
        return f"{action} {urn}: {operation} was refused with {code} (HTTP {status}): {message}"
    kind = type(error).__name__
    if kind in ("EndpointConnectionError", "ConnectTimeoutError", "ConnectionClosedError", "ConnectionRefusedError"):
        return (
            f"{action} {urn}: the sandbox does not answer ({error}). "
            "Start it with `python -m pulumi_sandbox start` and run the command again"
        )
    if kind == "ParamValidationError" or isinstance(error, UserError):
        return f"{action} {urn}: {error}"
    frames = "".join(traceback.format_exception(error)[-3:])
    return f"{action} {urn}: {kind}: {error}\nThis is an error in the sandbox itself; its last steps were:\n{frames}"


class UserError(Exception):
    """A failure that the user can mend; its message says how."""
