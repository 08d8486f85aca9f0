"""What fails is kept, tried again, and told."""

import re
from collections.abc import Iterator
from typing import Any

from joins import made_from, names, of_type, users
from known import Unknown, blocks, value_at
from resource_types import EVENT_SOURCE_MAPPING, FUNCTION, QUEUE
from rule import Finding, Level, Resource, Rule, Severity

REDRIVE_POLICY = "aws:sqs/redrivePolicy:RedrivePolicy"


REDRIVE_ALLOW_POLICY = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"


SUBSCRIPTION = "gcp:pubsub/subscription:Subscription"


INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"


ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


DEAD_LETTER_PROPERTIES = ("redrivePolicy", "deadLetterConfig", "destinationConfig")
"""Properties that name where what failed goes."""


DEFAULT_VISIBILITY_SECONDS = 30


DEFAULT_TIMEOUT_SECONDS = 3


TIMES = 6
"""A queue hides a message for six times as long as its function may take, as AWS advises for SQS sources."""


def _dead_letters(resource: Resource) -> Iterator[Finding]:
    if resource.type == SUBSCRIPTION:
        dead_topics = {
            urn for other in of_type(resource, SUBSCRIPTION) for urn in other.references.get("deadLetterPolicy", ())
        }
        own = set(resource.references.get("topic", ()))
        if resource.properties.get("deadLetterPolicy") is None and not own & dead_topics:
            yield "deadLetterPolicy is not set: a message that fails is tried again and again"
        return
    policy = resource.properties.get("redrivePolicy")
    if any(users(resource, REDRIVE_POLICY, "queueUrl")) or is_dead_letter_queue(resource):
        return
    if isinstance(policy, Unknown) and not resource.references.get("redrivePolicy"):
        # A provider may fill it in by itself, so that only the update tells whether there is one.
        yield policy
    elif not policy:
        yield "redrivePolicy is not set: a message that fails is tried again until it expires"


NAMES_OF_FAILURE = re.compile(r"dlq|dead-?_?letter|failed|failures|undelivered", re.IGNORECASE)


def is_dead_letter_queue(queue: Resource) -> bool:
    """Whether a queue is where another resource's failures go, or is called so: code may send them there too."""
    if NAMES_OF_FAILURE.search(queue.name):
        return True
    allowing = queue.properties.get("redriveAllowPolicy")
    stated = bool(queue.references.get("redriveAllowPolicy")) if isinstance(allowing, Unknown) else bool(allowing)
    if stated or any(users(queue, REDRIVE_ALLOW_POLICY, "queueUrl")):
        return True
    arn = queue.properties.get("arn")
    for other in queue.stack:
        if other.urn == queue.urn:
            continue
        for name in DEAD_LETTER_PROPERTIES:
            value = other.properties.get(name)
            if value is not None and (
                queue.urn in other.references.get(name, ()) or (isinstance(arn, str) and arn in str(value))
            ):
                return True
        target = value_at(other.properties, "target.deadLetterConfig.arn")
        if target is not None and (target == arn or queue.urn in other.references.get("target", ())):
            return True
    return False


def _async_dead_letters(resource: Resource) -> Iterator[Finding]:
    if resource.type == EVENT_SOURCE_MAPPING:
        sources = [each.type for each in made_from(resource, "eventSourceArn")]
        arn = str(resource.properties.get("eventSourceArn"))
        stream = any("table" in kind or "kinesis" in kind for kind in sources) or ":stream/" in arn or "/stream/" in arn
        if stream and value_at(resource.properties, "destinationConfig.onFailure") is None:
            yield "destinationConfig.onFailure is not set: what fails of the stream is lost when it expires"
        return
    if resource.type == "aws:scheduler/schedule:Schedule":
        if value_at(resource.properties, "target.deadLetterConfig") is None:
            yield "target.deadLetterConfig is not set: a call that fails is lost"
        return
    caller = _asynchronous_caller(resource)
    handled = resource.properties.get("deadLetterConfig") is not None or any(
        value_at(config.properties, "destinationConfig.onFailure") is not None
        for config in users(resource, INVOKE_CONFIG, "functionName")
    )
    if caller and not handled:
        yield f"{caller.name!r} invokes the function without waiting, and what fails goes nowhere"


ASYNCHRONOUS = {
    "aws:cloudwatch/eventTarget:EventTarget": "arn",
    "aws:s3/bucketNotification:BucketNotification": "lambdaFunctions",
    "aws:sns/topicSubscription:TopicSubscription": "endpoint",
}
"""Types that invoke a function without waiting -> their property that names it."""


def _asynchronous_caller(function: Resource) -> Resource | None:
    for other in function.stack:
        name = ASYNCHRONOUS.get(other.type)
        if name and (function.urn in other.references.get(name, ()) or names(function, other.properties.get(name))):
            return other
    return None


def _fitting_timeouts(resource: Resource) -> Iterator[Finding]:
    if resource.type == SUBSCRIPTION:
        yield from _push_deadline(resource)
        return
    queues = [each for each in made_from(resource, "eventSourceArn") if each.type == QUEUE]
    if not queues:
        return
    functions = [each for each in made_from(resource, "functionName") if each.type == FUNCTION]
    window = resource.properties.get("maximumBatchingWindowInSeconds") or 0
    for queue in queues:
        for function in functions:
            hidden = _or(queue.properties.get("visibilityTimeoutSeconds"), DEFAULT_VISIBILITY_SECONDS)
            longest = _or(function.properties.get("timeout"), DEFAULT_TIMEOUT_SECONDS)
            unknown = next((value for value in (hidden, longest, window) if isinstance(value, Unknown)), None)
            if unknown:
                yield unknown
            elif hidden < TIMES * longest + window:
                yield (
                    f"the queue {queue.name!r} hides messages for {hidden:g} seconds and the function may take "
                    f"{longest:g}: at least {TIMES * longest + window:g} are needed"
                )
    kinds = blocks(resource.properties, "functionResponseTypes")
    told = "ReportBatchItemFailures" in kinds or any(isinstance(kind, Unknown) for kind in kinds)
    if not told and resource.properties.get("batchSize") != 1:
        yield "functionResponseTypes lack ReportBatchItemFailures: one bad message repeats its whole batch"


def _or(value: Any, default: int) -> Any:
    return default if value is None else value


DEFAULT_ACK_SECONDS = 10


DEFAULT_RUN_SECONDS = 300


LONGEST_ACK_SECONDS = 600


def _push_deadline(subscription: Resource) -> Iterator[Finding]:
    deadline = _or(subscription.properties.get("ackDeadlineSeconds"), DEFAULT_ACK_SECONDS)
    for urn in subscription.references.get("pushConfig", ()):
        for service in subscription.stack:
            if service.urn != urn or service.type != "gcp:cloudrunv2/service:Service":
                continue
            timeout = value_at(service.properties, "template.timeout")
            if isinstance(deadline, Unknown) or isinstance(timeout, Unknown):
                yield Unknown("ackDeadlineSeconds")
                continue
            seconds = float(str(timeout).rstrip("s")) if timeout else DEFAULT_RUN_SECONDS
            if deadline < min(seconds, LONGEST_ACK_SECONDS):
                yield (
                    f"ackDeadlineSeconds is {deadline:g} and {service.name!r} may take {seconds:g}: the message is "
                    "delivered again while it is worked on"
                )


def _alarmed(resource: Resource) -> Iterator[Finding]:
    if not is_dead_letter_queue(resource):
        return
    name = str(resource.properties.get("name"))
    for alarm in of_type(resource, ALARM):
        metrics = [alarm.properties.get("dimensions"), *blocks(alarm.properties, "metricQueries")]
        in_references = any(resource.urn in urns for urns in alarm.references.values())
        if in_references or any(name in str(metric) for metric in metrics if metric):
            return
    yield "messages that failed for good wait in the queue, and no alarm tells"


RULES = (
    Rule(
        id="queue-has-dlq",
        title="Every queue has a dead-letter queue",
        why="A message that always fails is worked on, and paid, until it expires; then it is lost.",
        mend="Set a redrive policy; on Google Cloud a dead_letter_policy.",
        severity=Severity.HIGH,
        frameworks=(),
        types=(QUEUE, SUBSCRIPTION),
        check=_dead_letters,
        over_stack=True,
    ),
    Rule(
        id="async-function-has-dlq",
        title="What a function fails at is kept when nobody waits for it",
        why="An event whose function fails three times is gone, without a trace.",
        mend="Set a destination for failures, or a dead-letter queue.",
        severity=Severity.HIGH,
        frameworks=(),
        types=(FUNCTION, EVENT_SOURCE_MAPPING, "aws:scheduler/schedule:Schedule"),
        check=_async_dead_letters,
        over_stack=True,
    ),
    Rule(
        id="dead-letters-alarmed",
        title="An alarm watches every dead-letter queue",
        why="What waits there failed for good, and nobody looks there by themselves.",
        mend="Add a MetricAlarm on ApproximateNumberOfMessagesVisible of the queue.",
        severity=Severity.MEDIUM,
        frameworks=(),
        types=(QUEUE,),
        check=_alarmed,
        over_stack=True,
        level=Level.PRODUCTION,
    ),
    Rule(
        id="visibility-ge-6x-timeout",
        title="A queue hides a message for longer than its function may take",
        why="Otherwise the message is given to a second function while the first works on it: paid twice, done twice.",
        mend="Hide messages for six times the function's time-out and the batching window; report item failures.",
        severity=Severity.HIGH,
        frameworks=(),
        types=(EVENT_SOURCE_MAPPING, SUBSCRIPTION),
        check=_fitting_timeouts,
        over_stack=True,
    ),
)
