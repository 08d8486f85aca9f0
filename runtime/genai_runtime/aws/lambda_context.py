"""What Lambda says about an invocation."""

from typing import Final, Protocol

MARGIN_SECONDS: Final = 0.25
"""What a function needs to hand over its result before its time is up."""


class LambdaContext(Protocol):
    """The second argument of every handler."""

    aws_request_id: str
    """The same for every attempt that Lambda makes at an asynchronous invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the invocation is cut off."""
        ...


def seconds_left(context: LambdaContext) -> float:
    """Return the seconds that the work may take."""
    return context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS
