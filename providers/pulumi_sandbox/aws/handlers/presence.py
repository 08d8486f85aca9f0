"""Ask for, and remove, what may be gone: each service has its own error code for "there is no such thing"."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

_MISSING = frozenset(
    {
        "404",
        "AWS.SimpleQueueService.NonExistentQueue",
        "DistributionNotFound",
        "EntityDoesNotExist",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchCORSConfiguration",
        "NoSuchDistribution",
        "NoSuchEntity",
        "NoSuchEntityException",
        "NoSuchFunctionExists",
        "NoSuchKey",
        "NoSuchLifecycleConfiguration",
        "NoSuchOriginAccessControl",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchResponseHeadersPolicy",
        "NoSuchTagSet",
        "ObjectLockConfigurationNotFoundError",
        "NotFound",
        "NotFoundException",
        "OwnershipControlsNotFoundError",
        "ParameterNotFound",
        "QueueDoesNotExist",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "ServerSideEncryptionConfigurationNotFoundError",
        "StateMachineDoesNotExist",
        "UserNotFoundException",
        "WAFNonexistentItemException",
    }
)


def is_missing(error: ClientError) -> bool:
    """Tell whether an API's error says that the thing asked about does not exist."""
    return error.response.get("Error", {}).get("Code", "") in _MISSING


def found(call: Callable[..., Any], **arguments: Any) -> dict[str, Any] | None:
    """Return the answer of ``call``, or None when there is no such thing. Other errors pass."""
    try:
        return call(**arguments)
    except ClientError as error:
        if is_missing(error):
            return None
        raise


def remove(call: Callable[..., Any], **arguments: Any) -> None:
    """Make ``call``, which removes a thing; a thing that is gone already is success."""
    found(call, **arguments)
