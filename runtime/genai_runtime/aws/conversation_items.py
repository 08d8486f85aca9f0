"""Answers and conversations as items of a DynamoDB table: hash key `pk`, range key `sk`, time to live `expires_at`.

An answer is the item `response` of its own hash key. A conversation is the item `conversation`; its turns are beside it
under `turn#` and their ids, which sort by time: answers that come at once each add one of their own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.aws.payloads import Payloads
from genai_runtime.core.conversations.store import Conversation, StoredResponse, Turn

TURN: Final = "turn#"


@dataclass(frozen=True)
class Place:
    """Where large texts of an answer or a conversation go."""

    tenant: str
    id: str

    @property
    def place(self) -> str:
        """Where objects lie, below the tenant's own prefix."""
        return f"{self.tenant}/{self.id}"


def response_key(tenant: str, response_id: str) -> dict[str, Any]:
    """Return the key of an answer."""
    return {"pk": {"S": f"response#{tenant}#{response_id}"}, "sk": {"S": "response"}}


def conversation_key(tenant: str, conversation_id: str) -> dict[str, Any]:
    """Return the key of a conversation."""
    return {"pk": {"S": f"conversation#{tenant}#{conversation_id}"}, "sk": {"S": "conversation"}}


def turn_key(tenant: str, conversation_id: str, turn_id: str) -> dict[str, Any]:
    """Return the key of a turn."""
    return {**conversation_key(tenant, conversation_id), "sk": {"S": f"{TURN}{turn_id}"}}


def dump_response(tenant: str, stored: StoredResponse, payloads: Payloads) -> dict[str, Any]:
    """Return an answer as an item; `context` is what an answer after it needs."""
    context = {
        "turn": stored.turn,
        "given": stored.given,
        "answer": stored.answer,
        "blocked": stored.blocked,
        "ancestors": stored.ancestors,
        "conversation": stored.conversation,
    }
    place = Place(tenant, stored.id)
    return {
        **response_key(tenant, stored.id),
        "tenant": {"S": tenant},
        "id": {"S": stored.id},
        "user": {"S": stored.user},
        "context": payloads.pack(place, "context", json.dumps(context, ensure_ascii=False)),
        "response": payloads.pack(place, "response", stored.response),
        "expires_at": {"N": str(stored.expires_at)},
    }


def load_response(item: Mapping[str, Any], payloads: Payloads) -> StoredResponse:
    """Return the answer that an item holds, without its `response` where that was not read."""
    context = json.loads(payloads.unpack(item["context"]))
    return StoredResponse(
        id=item["id"]["S"],
        user=item["user"]["S"],
        turn=context["turn"],
        given=tuple(context["given"]),
        answer=tuple(context["answer"]),
        blocked=context["blocked"],
        ancestors=tuple(context["ancestors"]),
        conversation=context["conversation"],
        response=payloads.unpack(item["response"]) if "response" in item else "",
        expires_at=int(item["expires_at"]["N"]),
    )


def dump_conversation(tenant: str, conversation: Conversation) -> dict[str, Any]:
    """Return a conversation as an item."""
    return {
        **conversation_key(tenant, conversation.id),
        "tenant": {"S": tenant},
        "id": {"S": conversation.id},
        "user": {"S": conversation.user},
        "created_at": {"N": str(conversation.created_at)},
        "expires_at": {"N": str(conversation.expires_at)},
        "metadata": {"S": json.dumps(dict(conversation.metadata), ensure_ascii=False)},
    }


def load_conversation(item: Mapping[str, Any]) -> Conversation:
    """Return the conversation that an item holds."""
    return Conversation(
        id=item["id"]["S"],
        user=item["user"]["S"],
        created_at=int(item["created_at"]["N"]),
        expires_at=int(item["expires_at"]["N"]),
        metadata=json.loads(item["metadata"]["S"]),
    )


def dump_turn(tenant: str, conversation_id: str, turn: Turn, expires_at: int, payloads: Payloads) -> dict[str, Any]:
    """Return a turn as an item."""
    items = json.dumps(turn.items, ensure_ascii=False)
    return {
        **turn_key(tenant, conversation_id, turn.id),
        "tenant": {"S": tenant},
        "items": payloads.pack(Place(tenant, conversation_id), turn.id, items),
        "expires_at": {"N": str(expires_at)},
    }


def load_turn(item: Mapping[str, Any], payloads: Payloads) -> Turn:
    """Return the turn that an item holds."""
    items = json.loads(payloads.unpack(item["items"]))
    return Turn(item["sk"]["S"].removeprefix(TURN), tuple(items))
