"""What a fault that a test set (`/_sandbox/faults`) does to a Bedrock call."""

import time
from collections.abc import Mapping

from pulumi_sandbox.models.faults import Fault, take_fault

from .rest_json import ServiceError

_REFUSALS: Mapping[str, tuple[str, str]] = {
    "throttle": ("ThrottlingException", "Too many requests, please wait before trying again."),
    "unavailable": ("ServiceUnavailableException", "Bedrock is unable to process your request."),
    "error": ("InternalServerException", "The system encountered an unexpected error during processing. Try again."),
}


def breaks_off(*targets: str) -> bool:
    """As `meet_fault`, for a call that does not stream; returns whether it breaks off."""
    fault = meet_fault(*targets)
    return fault is not None and fault.kind == "fail_mid_stream"


def meet_fault(*targets: str) -> Fault | None:
    """Wait or refuse as the next fault for these names says; returns the one that is about the answer, else None."""
    fault = take_fault(*targets)
    if fault is None:
        return None
    if fault.kind == "slow_stream":
        return fault
    time.sleep(fault.delay_seconds)
    if fault.kind in _REFUSALS:
        raise ServiceError(*_REFUSALS[fault.kind])
    return fault if fault.kind in {"fail_mid_stream", "say"} else None
