"""Moto's SNS, made to publish at once and deliver later: it would deliver inside Publish, and fail with the target."""

import functools
import json
from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws.events.topics import Message, publish
from pulumi_sandbox.aws.moto_gaps.wrapping import wrap


def _published(
    _original: Callable[..., str],
    topic: Any,
    message: str,
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    group_id: str | None = None,
    deduplication_id: str | None = None,
    message_structure: str | None = None,
) -> str:
    structured = message_structure == "json"
    if structured:
        _check_structure(message)
    published = Message(message, subject, message_attributes or {}, group_id, deduplication_id, structured)
    return publish(topic, published)


def _check_structure(message: str) -> None:
    from moto.sns.exceptions import InvalidParameterValue

    try:
        texts = json.loads(message)
    except ValueError as error:
        raise InvalidParameterValue(
            "Invalid parameter: Message Structure - JSON message body failed to parse"
        ) from error
    if not isinstance(texts, dict) or "default" not in texts:
        raise InvalidParameterValue("Invalid parameter: Message Structure - No default entry in JSON message body")


@functools.cache
def install() -> None:
    """Deliver by ``deliveries``. Calling it again does nothing."""
    from moto.sns.models import Topic

    wrap(Topic, "publish", _published)
