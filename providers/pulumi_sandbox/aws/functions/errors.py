"""Why an event was not handed to a function, as the Lambda API says it."""


class InvokeError(Exception):
    """A refusal by the Lambda API itself. ``code`` is the API's exception name, ``status`` its HTTP status."""

    code = "ServiceException"
    status = 500

    def body(self) -> dict[str, str]:
        """Return the JSON body of the response."""
        return {"Type": "User", "Message": str(self)}


class FunctionNotFoundError(InvokeError):
    """No such function, version or alias."""

    code = "ResourceNotFoundException"
    status = 404


class InvalidRequestError(InvokeError):
    """The request makes no sense, e.g. its payload is not JSON."""

    code = "InvalidRequestContentException"
    status = 400


class RequestTooLargeError(InvokeError):
    """The payload is over the limit."""

    code = "RequestTooLargeException"
    status = 413


class UnsupportedRuntimeError(InvokeError):
    """The sandbox cannot run this function."""

    code = "InvalidRuntimeException"
    status = 502


class BadArchiveError(InvokeError):
    """The archive cannot be unpacked."""

    code = "InvalidZipFileException"
    status = 502


class RoleNotAssumableError(InvokeError):
    """Lambda may not use the function's role."""

    code = "AccessDeniedException"
    status = 403


class ThrottledError(InvokeError):
    """The function, or the account, runs as many events as it may. ``reason`` is the API's."""

    code = "TooManyRequestsException"
    status = 429

    def __init__(self, reason: str) -> None:
        super().__init__("Rate Exceeded.")
        self.reason = reason

    def body(self) -> dict[str, str]:
        """Return the JSON body of the response."""
        return {"Reason": self.reason, "Type": "User", "message": str(self)}
