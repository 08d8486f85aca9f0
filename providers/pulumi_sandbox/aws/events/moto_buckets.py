"""Moto's S3, made to notify later: it would invoke functions inside PutObject, and ask for no permission."""

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from pulumi_sandbox.aws.events import buckets
from pulumi_sandbox.aws.moto_gaps.wrapping import wrap

_completing: ContextVar[bool] = ContextVar("completing", default=False)


def _sent(_original: Callable[..., None], _account: str, event_name: str, bucket: Any, key: Any) -> None:
    from pulumi_sandbox.aws.repeatable import replaying

    name = str(getattr(event_name, "value", event_name))
    # What a journal repeats was told of when it happened; an upload in parts is not put as well.
    if not replaying() and not (_completing.get() and name == "s3:ObjectCreated:Put"):
        buckets.notify(name, bucket, key)


def _completed(original: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    token = _completing.set(True)
    try:
        return original(*arguments, **named)
    finally:
        _completing.reset(token)


def _tested(_original: Callable[..., None], account_id: str, bucket: Any) -> None:  # noqa: ARG001 - called by name
    buckets.send_test_event(bucket)


def _marked(original: Callable[..., Any], backend: Any, bucket_name: str, key_name: str) -> Any:
    from moto.s3 import notifications

    marker = original(backend, bucket_name, key_name)
    event = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
    notifications.send_event(backend.account_id, event, backend.get_bucket(bucket_name), marker)
    return marker


def _configured(original: Callable[..., None], bucket: Any, notification_config: dict[str, Any] | None) -> None:
    from moto.s3.exceptions import InvalidArgumentError
    from moto.s3.models import NotificationConfiguration

    if notification_config:
        wanted = NotificationConfiguration(
            topic=notification_config.get("TopicConfiguration"),
            queue=notification_config.get("QueueConfiguration"),
            cloud_function=notification_config.get("CloudFunctionConfiguration"),
        )
        try:
            buckets.check_configuration(bucket, wanted)
        except buckets.InvalidNotificationError as error:
            raise InvalidArgumentError(str(error), "NotificationConfiguration", bucket.name) from error
    original(bucket, notification_config)


def _told(_original: Callable[..., Any], response: Any) -> Any:
    from moto.core.responses import ActionResult, EmptyResult

    configuration = response.backend.get_bucket_notification_configuration(response.bucket_name)
    if not configuration:
        return response.serialized(EmptyResult())
    kinds = {"Topic": "topic", "Queue": "queue", "LambdaFunction": "cloud_function"}
    result: dict[str, Any] = {
        f"{kind}Configurations": [_described(item, f"{kind}Arn") for item in getattr(configuration, attribute)]
        for kind, attribute in kinds.items()
    }
    if configuration.event_bridge is not None:
        result["EventBridgeConfiguration"] = {}
    response.data["Action"] = "GetBucketNotificationConfiguration"
    return response.serialized(ActionResult(result))


def _described(notification: Any, arn_name: str) -> dict[str, Any]:
    described = {"Id": notification.id, arn_name: notification.arn, "Events": notification.events}
    if notification.filters:
        described["Filter"] = {"Key": {"FilterRules": notification.filters["S3Key"]["FilterRule"]}}
    return described


@functools.cache
def install() -> None:
    """Notify by ``deliveries``, check configurations, tell all of them. Calling it again does nothing."""
    from moto.s3 import notifications
    from moto.s3.models import FakeBucket, S3Backend
    from moto.s3.responses import S3Response

    wrap(notifications, "send_event", _sent)
    wrap(notifications, "send_test_event", _tested)
    wrap(S3Backend, "complete_multipart_upload", _completed)
    wrap(S3Backend, "_set_delete_marker", _marked)
    wrap(FakeBucket, "set_notification_configuration", _configured)
    wrap(S3Response, "get_bucket_notification", _told)
