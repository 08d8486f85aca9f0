"""What S3 tells of an object that came or went: to queues, topics, functions and the event bus."""

import itertools
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

from pulumi_sandbox import iam
from pulumi_sandbox.aws.events import buses
from pulumi_sandbox.aws.events.deliveries import Delivery, accept
from pulumi_sandbox.aws.events.targets import Letter, Sender
from pulumi_sandbox.aws.functions.platform_lines import iso_time
from pulumi_sandbox.layout import ACCOUNT_ID

_SERVICE = "s3.amazonaws.com"
_PRINCIPAL = "AWS:SANDBOX"
_PERMISSIONS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}
# Event name without "s3:" -> what EventBridge calls the request.
_REASONS = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
}
_DELETIONS = {
    "ObjectRemoved:Delete": "Permanently Deleted",
    "ObjectRemoved:DeleteMarkerCreated": "Delete Marker Created",
}


class InvalidNotificationError(ValueError):
    """A notification configuration that S3 would refuse; ``str()`` is the message."""


def _notifications(configuration: Any) -> Iterator[Any]:
    return itertools.chain(configuration.queue, configuration.topic, configuration.cloud_function)


def notify(event_name: str, bucket: Any, key: Any) -> None:
    """Accept what an event of an object (``s3:ObjectCreated:Put``) leads to. Moto's state is held."""
    configuration = bucket.notification_configuration
    if configuration is None or key is None:
        return
    sequencer = f"{time.time_ns():016X}"
    for notification in _notifications(configuration):
        if notification.matches(event_name, key.name):
            body = {"Records": [_record(event_name, bucket, key, notification.id, sequencer)]}
            _send(notification.arn, body, bucket)
    if configuration.event_bridge is not None:
        buses.put_event(_bus_event(event_name, bucket, key, sequencer))


def send_test_event(bucket: Any) -> None:
    """Tell queues and topics of a new configuration that they are configured, as S3 does."""
    configuration = bucket.notification_configuration
    for arn in {item.arn for item in (*configuration.queue, *configuration.topic)}:
        event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": iso_time(time.time()), "Bucket": bucket.name}
        _send(arn, {**event, "RequestId": uuid.uuid4().hex[:16].upper(), "HostId": uuid.uuid4().hex}, bucket)


def _send(arn: str, body: dict[str, Any], bucket: Any) -> None:
    parameters = {"Subject": "Amazon S3 Notification"} if arn.split(":")[2] == "sns" else {}
    accept(Delivery(Letter(arn, json.dumps(body), parameters), Sender(_SERVICE, bucket.arn)))


def _record(event_name: str, bucket: Any, key: Any, identifier: str, sequencer: str) -> dict[str, Any]:
    described: dict[str, Any] = {"key": quote_plus(key.name, safe="/"), "sequencer": sequencer}
    if not event_name.startswith("s3:ObjectRemoved"):
        described |= {"size": key.size, "eTag": key.etag.strip('"')}
    if bucket.is_versioned:
        described["versionId"] = key.version_id
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region_name,
        "eventTime": iso_time(time.time()),
        "eventName": event_name.removeprefix("s3:"),
        "userIdentity": {"principalId": _PRINCIPAL},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": sequencer, "x-amz-id-2": sequencer},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": identifier,
            "bucket": {"name": bucket.name, "ownerIdentity": {"principalId": _PRINCIPAL}, "arn": bucket.arn},
            "object": described,
        },
    }


def _bus_event(event_name: str, bucket: Any, key: Any, sequencer: str) -> dict[str, Any]:
    from moto.s3 import notifications

    name = event_name.removeprefix("s3:")
    described: dict[str, Any] = {"key": key.name, "sequencer": sequencer}
    if name not in _DELETIONS:
        described |= {"size": key.size, "etag": key.etag.strip('"')}
    if bucket.is_versioned:
        described["version-id"] = key.version_id
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": described,
        "request-id": sequencer,
        "requester": ACCOUNT_ID,
        "source-ip-address": "127.0.0.1",
        "reason": _REASONS.get(name, name),
    }
    if name in _DELETIONS:
        detail["deletion-type"] = _DELETIONS[name]
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": notifications._detail_type(event_name),  # pyright: ignore[reportPrivateUsage]
        "source": "aws.s3",
        "account": bucket.account_id,
        "time": buses.event_time(time.time()),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": detail,
    }


def check_configuration(bucket: Any, configuration: Any) -> None:
    """Raise InvalidNotificationError for destinations that do not let S3 in, and for rules that overlap."""
    for notification in _notifications(configuration):
        service = notification.arn.split(":")[2]
        context = {"aws:SourceArn": bucket.arn, "aws:SourceAccount": ACCOUNT_ID}
        try:
            iam.authorize_service(_SERVICE, _PERMISSIONS[service], notification.arn, context, region=bucket.region_name)
        except iam.AccessDeniedError as error:
            raise InvalidNotificationError(
                f"Unable to validate the following destination configurations ({notification.arn}: {error})"
            ) from error
    for one, other in itertools.combinations(_notifications(configuration), 2):
        if _overlap(one, other):
            raise InvalidNotificationError(
                "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes "
                "are overlapping for the same event type."
            )


def _overlap(one: Any, other: Any) -> bool:
    events = any(
        first.removesuffix("*").startswith(second.removesuffix("*"))
        or second.removesuffix("*").startswith(first.removesuffix("*"))
        for first in one.events
        for second in other.events
    )
    (prefix, suffix), (other_prefix, other_suffix) = _filters(one), _filters(other)
    prefixes = prefix.startswith(other_prefix) or other_prefix.startswith(prefix)
    suffixes = suffix.endswith(other_suffix) or other_suffix.endswith(suffix)
    return events and prefixes and suffixes


def _filters(notification: Any) -> tuple[str, str]:
    rules = (notification.filters.get("S3Key") or {}).get("FilterRule", ())
    found = {rule["Name"].lower(): rule["Value"] for rule in rules}
    return found.get("prefix", ""), found.get("suffix", "")
