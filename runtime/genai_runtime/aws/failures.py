"""Turns what botocore raises into failures that the pipeline understands."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from botocore import exceptions
from urllib3.exceptions import HTTPError

from genai_runtime.core.errors import Cause, StepError

_THROTTLED: Final = {
    "LimitExceededException",
    "ModelNotReadyException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceQuotaExceededException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_UNAVAILABLE: Final = {"ModelErrorException", "ModelTimeoutException", "RequestTimeout", "RequestTimeoutException"}
_ACTION: Final = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)")
_TOO_LONG: Final = re.compile(
    r"too long|too many input tokens|input tokens? exceed|context (?:length|window)", re.IGNORECASE
)


@contextmanager
def calling(action: str) -> Generator[None]:
    """Run a call that needs the permission `action`; raise `StepError` when the service or the way to it fails."""
    try:
        yield
    except exceptions.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "Unknown"))
        # In the middle of a stream the same faults are named with a small first letter.
        code = code[:1].upper() + code[1:]
        message = str(error.response.get("Error", {}).get("Message", ""))
        # AWS names the permission that lacks, which may be another service's, such as kms:Decrypt.
        named = _ACTION.search(message)
        detail = f"{error.operation_name}: {code}"
        raise StepError(_cause(error, code, message), named[1] if named else action, detail) from error
    except (exceptions.ConnectionError, exceptions.HTTPClientError, HTTPError) as error:
        # An event stream is read past botocore, so its connection's faults come as urllib3's own.
        raise StepError(Cause.UNAVAILABLE, action, type(error).__name__) from error
    except exceptions.BotoCoreError as error:
        raise StepError(Cause.INVALID, action, type(error).__name__) from error


def _cause(error: exceptions.ClientError, code: str, message: str) -> Cause:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if "AccessDenied" in code or code == "UnauthorizedOperation":
        return Cause.DENIED
    if code in _THROTTLED or status == 429:
        return Cause.THROTTLED
    if code in _UNAVAILABLE or status >= 500:
        return Cause.UNAVAILABLE
    if code == "ValidationException" and _TOO_LONG.search(message):
        return Cause.TOO_LONG
    return Cause.INVALID
