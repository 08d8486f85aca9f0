"""Which metrics of AWS's services are measured here: namespace -> names."""

from collections.abc import Mapping

FUNCTIONS = "AWS/Lambda"
QUEUES = "AWS/SQS"
SERVICE_METRICS: Mapping[str, frozenset[str]] = {
    FUNCTIONS: frozenset({"Invocations", "Errors", "Throttles", "Duration"}),
    QUEUES: frozenset({"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}),
}
