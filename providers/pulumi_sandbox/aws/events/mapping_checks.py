"""What Lambda refuses in an event source mapping, with its words where they are known."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.events import source_access
from pulumi_sandbox.aws.events.filters import check_pattern, read_patterns
from pulumi_sandbox.aws.moto_backends import backend_of
from pulumi_sandbox.iam import AccessDeniedError

# Member -> its range (Lambda API reference, CreateEventSourceMapping).
_RANGES: Mapping[str, tuple[int, int]] = {
    "BatchSize": (1, 10_000),
    "MaximumBatchingWindowInSeconds": (0, 300),
    "MaximumRecordAgeInSeconds": (-1, 604_800),
    "MaximumRetryAttempts": (-1, 10_000),
    "ParallelizationFactor": (1, 10),
    "TumblingWindowInSeconds": (0, 900),
}
_STREAMS_ONLY = (
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
)
_MAX_FIFO_BATCH = 10
_MAX_FILTERS = 5


class InvalidMappingError(ValueError):
    """A mapping that Lambda would refuse; ``str()`` is the message."""


def check_mapping(spec: Mapping[str, Any], function: Any) -> None:
    """Check a mapping's members, as the API names them, before it is made or changed. Raises InvalidMappingError.

    ``function`` is moto's function; moto's state is held.
    """
    source_arn: str = spec["EventSourceArn"]
    service = source_arn.split(":")[2]
    for name, (least, most) in _RANGES.items():
        value = spec.get(name)
        if value is not None and not least <= value <= most:
            raise InvalidMappingError(f"{name} {value} is out of range: it must be between {least} and {most}.")
    _check_filters(spec)
    if service == "sqs":
        _check_queue(spec, source_arn, function)
    elif service == "dynamodb" and not spec.get("StartingPosition"):
        raise InvalidMappingError("StartingPosition is required for streams: TRIM_HORIZON or LATEST.")
    _check_role(function, source_arn, service)


def _check_filters(spec: Mapping[str, Any]) -> None:
    patterns = read_patterns(spec.get("FilterCriteria"))
    if len(patterns) > _MAX_FILTERS:
        raise InvalidMappingError(f"{len(patterns)} filters are more than the {_MAX_FILTERS} that a mapping may have.")
    for pattern in patterns:
        try:
            check_pattern(pattern)
        except ValueError as error:
            raise InvalidMappingError(f"Invalid filter pattern definition. {error}") from error


def _check_queue(spec: Mapping[str, Any], arn: str, function: Any) -> None:
    _, _, _, region, account, name = arn.split(":", 5)
    queue = backend_of("sqs", account, region).queues.get(name)
    if queue is None:
        raise InvalidMappingError(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist for this wsdl version."
        )
    given = [member for member in _STREAMS_ONLY if spec.get(member) is not None]
    if given:
        raise InvalidMappingError(
            f"{', '.join(given)}: not for queues; a queue's own redrive policy says when to stop."
        )
    batch, window = spec.get("BatchSize") or 10, spec.get("MaximumBatchingWindowInSeconds") or 0
    if queue.fifo_queue and (batch > _MAX_FIFO_BATCH or window):
        raise InvalidMappingError(
            f"A FIFO queue has batches of at most {_MAX_FIFO_BATCH} messages and no batching window; "
            f"BatchSize is {batch}, MaximumBatchingWindowInSeconds is {window}."
        )
    if batch > 10 and window < 1:
        raise InvalidMappingError(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
    concurrency = (spec.get("ScalingConfig") or {}).get("MaximumConcurrency")
    if concurrency is not None and not 2 <= concurrency <= 1000:
        raise InvalidMappingError(f"MaximumConcurrency {concurrency} is out of range: it must be between 2 and 1000.")
    visibility, timeout = int(queue.visibility_timeout), int(function.timeout)
    if visibility < timeout:
        raise InvalidMappingError(
            f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds"
        )


def _check_role(function: Any, source_arn: str, service: str) -> None:
    for action in source_access.ACTIONS.get(service, ()):
        try:
            source_access.authorize_read(function.function_arn, source_arn, action)
        except AccessDeniedError as error:
            if service == "sqs":
                name = action.split(":")[1]
                raise InvalidMappingError(
                    f"The provided execution role does not have permissions to call {name} on SQS"
                ) from error
            raise InvalidMappingError(
                f"Cannot access stream {source_arn}. Please ensure the role can perform the GetRecords, "
                "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
            ) from error
