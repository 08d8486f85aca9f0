"""What functions of patterns are told of the answers and conversations that are kept, and what they may do there."""

from typing import Any

import pulumi

from genai_tiers.aws.conversations import conversations_config
from genai_tiers.aws.encryption import USE_KEY
from genai_tiers.aws.iam_roles import Statement, allow
from genai_tiers.aws.jobs import payload_objects
from genai_tiers.refs import MiddlewareRefs
from genai_tiers.settings import Settings


def kept_config(settings: Settings, middleware: MiddlewareRefs) -> dict[str, Any] | None:
    """What functions read as `conversations` in GENAI_CONFIG; None where nothing is kept."""
    places = _places(settings, middleware)
    return conversations_config(*places, settings.conversations) if places else None


def go_on(settings: Settings, middleware: MiddlewareRefs, key: pulumi.Input[str]) -> list[Statement]:
    """What a role needs that answers after what was said before, and keeps its answers."""
    places = _places(settings, middleware)
    if places is None:
        return []
    actions = ("BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem")
    return [
        allow([f"dynamodb:{action}" for action in actions], [places[0]]),
        allow(["s3:GetObject", "s3:PutObject"], [payload_objects(places[1])]),
        allow(USE_KEY, [key]),
    ]


def look_up(settings: Settings, middleware: MiddlewareRefs) -> list[Statement]:
    """What a role needs that sees whether there is what a request goes on from."""
    places = _places(settings, middleware)
    return [allow(["dynamodb:GetItem"], [places[0]])] if places else []


def show(settings: Settings, middleware: MiddlewareRefs) -> list[Statement]:
    """What a role needs that shows answers."""
    places = _places(settings, middleware)
    if places is None:
        return []
    return [*look_up(settings, middleware), allow(["s3:GetObject"], [payload_objects(places[1])])]


def _places(settings: Settings, middleware: MiddlewareRefs) -> tuple[pulumi.Input[str], pulumi.Input[str]] | None:
    table, bucket = middleware.get("conversations_table"), middleware.get("conversations_bucket")
    if not settings.conversations.enabled or table is None or bucket is None:
        return None
    return table, bucket
