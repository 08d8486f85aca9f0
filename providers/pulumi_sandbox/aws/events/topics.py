"""What SNS sends to the subscriptions of a topic: which messages, in which envelope, with what where it fails."""

import base64
import hashlib
import json
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pulumi_sandbox.aws.events.deliveries import Delivery, accept
from pulumi_sandbox.aws.events.targets import Letter, Sender

_SERVICE = "sns.amazonaws.com"
_NOT_SIGNED = base64.b64encode(b"not signed by the sandbox").decode()
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """One published message. ``attributes`` are as in the envelope: name -> ``{"Type": ..., "Value": ...}``."""

    text: str
    subject: str | None
    attributes: Mapping[str, Any]
    group_id: str | None
    deduplication_id: str | None
    is_structured: bool
    """Whether ``text`` is a JSON object of texts by protocol."""


def publish(topic: Any, message: Message) -> str:
    """Accept a delivery for each subscription that wants the message; returns its id. Moto's state is held."""
    message_id = str(uuid.uuid4())
    for subscription in topic.sns_backend._get_topic_subscriptions(topic):
        matcher = subscription._filter_policy_matcher
        if matcher is not None and not matcher.matches(dict(message.attributes), message.text):
            continue
        letter = _letter(topic, subscription, message, message_id)
        if letter is not None:
            dead_letters = json.loads(subscription.attributes.get("RedrivePolicy") or "{}").get("deadLetterTargetArn")
            accept(Delivery(letter, Sender(_SERVICE, topic.arn), dead_letters or ""))
    return message_id


def _letter(topic: Any, subscription: Any, message: Message, message_id: str) -> Letter | None:
    text = message.text
    if message.is_structured:
        texts = json.loads(message.text)
        text = texts.get(subscription.protocol) or texts["default"]
    notification = _notification(topic, subscription, message, text, message_id)
    if subscription.protocol == "lambda":
        return Letter(subscription.endpoint, json.dumps(_lambda_event(subscription, notification)))
    if subscription.protocol != "sqs":
        _log.info("the sandbox does not deliver to %s subscriptions: %s", subscription.protocol, subscription.endpoint)
        return None
    parameters: dict[str, Any] = {}
    if message.group_id and subscription.endpoint.endswith(".fifo"):
        content = hashlib.sha256(message.text.encode()).hexdigest()
        parameters = {
            "MessageGroupId": message.group_id,
            "MessageDeduplicationId": message.deduplication_id or content,
        }
    if str(subscription.attributes.get("RawMessageDelivery")).lower() != "true":
        return Letter(subscription.endpoint, json.dumps(notification, indent=2), parameters)
    attributes = {name: _queue_attribute(value) for name, value in message.attributes.items()}
    return Letter(subscription.endpoint, text, {**parameters, "MessageAttributes": attributes})


def _queue_attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    kind: str = value["Type"]
    if kind.startswith("Binary"):
        return {"DataType": kind, "BinaryValue": value["Value"]}
    # A list is a string in SQS.
    return {"DataType": "String" if kind == "String.Array" else kind, "StringValue": str(value["Value"])}


def _notification(topic: Any, subscription: Any, message: Message, text: str, message_id: str) -> dict[str, Any]:
    region: str = topic.arn.split(":")[3]
    place = f"https://sns.{region}.amazonaws.com/"
    now = datetime.now(UTC)
    notification: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": topic.arn,
        "Subject": message.subject,
        "Message": text,
        "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z",
        "SignatureVersion": "1",
        "Signature": _NOT_SIGNED,
        "SigningCertURL": f"{place}SimpleNotificationService-sandbox.pem",
        "UnsubscribeURL": f"{place}?Action=Unsubscribe&SubscriptionArn={subscription.arn}",
        "MessageAttributes": dict(message.attributes) or None,
    }
    return {name: value for name, value in notification.items() if value is not None}


def _lambda_event(subscription: Any, notification: Mapping[str, Any]) -> dict[str, Any]:
    # Lambda spells two members its own way, and always has a subject and attributes.
    spelt = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    content = {spelt.get(name, name): value for name, value in notification.items()}
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": {"Subject": None, "MessageAttributes": {}, **content},
    }
    return {"Records": [record]}
