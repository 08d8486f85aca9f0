"""Answers and conversations as they are kept, and where: each belongs to one user of one tenant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from genai_runtime.ids import HIGHEST_NUMBER, numbered_id

ANSWER_NUMBER: Final = HIGHEST_NUMBER
"""The number of an answer among the items of its request: the last one."""
MOST_ANCESTORS: Final = 100
"""How many answers before it one goes on from; DynamoDB gives as many items in one call (BatchGetItem)."""


Item = Mapping[str, Any]
"""A message, a call of a tool or its result, as the guardrail let it pass and OpenAI's API shows it."""


@dataclass(frozen=True)
class Turn:
    """The items that one request brought, its answer last. `id` sorts turns by when they were asked for."""

    id: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class StoredResponse:
    """An answer and what it was asked with. Times are in seconds since the epoch.

    `ancestors` are the answers that it went on from, the oldest first, or `conversation` is where it stands. Of one
    that was `blocked`, nothing is context for others.
    """

    id: str
    user: str
    turn: str
    given: tuple[Item, ...]
    answer: tuple[Item, ...]
    blocked: bool
    ancestors: tuple[str, ...]
    conversation: str
    response: str
    """The response as the client got it, JSON."""
    expires_at: int

    @property
    def context(self) -> tuple[Item, ...]:
        """What an answer after it is given of it."""
        return () if self.blocked else (*self.given, *self.answer)


@dataclass(frozen=True)
class Conversation:
    """A conversation without its turns. Times are in seconds since the epoch."""

    id: str
    user: str
    created_at: int
    expires_at: int
    metadata: Mapping[str, str]


class ConversationStore(Protocol):
    """Keeps answers and conversations until they expire; what has expired is never returned.

    Keys begin with the tenant, so no key of another tenant can name what is a tenant's. Whose it is of its users, the
    caller compares.
    """

    def put_response(self, tenant: str, stored: StoredResponse) -> None:
        """Keep an answer, and in one step with it its turn, where it stands in a conversation and was not blocked."""
        ...

    def user_of_response(self, tenant: str, response_id: str, now: float) -> str | None:
        """Return whose an answer is, or None when there is none."""
        ...

    def response(self, tenant: str, response_id: str, now: float) -> StoredResponse | None:
        """Return an answer."""
        ...

    def contexts(self, tenant: str, response_ids: Sequence[str], now: float) -> Sequence[StoredResponse]:
        """Return those of the answers that are there, in the order of `response_ids`, without their `response`."""
        ...

    def delete_response(self, tenant: str, response_id: str) -> None:
        """Delete an answer; it stays in its conversation."""
        ...

    def put_conversation(self, tenant: str, conversation: Conversation) -> None:
        """Keep a new conversation."""
        ...

    def conversation(self, tenant: str, conversation_id: str, now: float) -> Conversation | None:
        """Return a conversation."""
        ...

    def prolong(self, tenant: str, conversation_id: str, expires_at: int) -> bool:
        """Keep a conversation until `expires_at`; return False when it is not there any longer."""
        ...

    def describe(self, tenant: str, conversation_id: str, metadata: Mapping[str, str]) -> bool:
        """Change the metadata; return False when the conversation is not there any longer."""
        ...

    def delete_conversation(self, tenant: str, conversation_id: str) -> None:
        """Delete a conversation and its turns; the answers in it stay."""
        ...

    def put_turn(self, tenant: str, conversation_id: str, turn: Turn, expires_at: int) -> None:
        """Add a turn to a conversation, or change it."""
        ...

    def turn(self, tenant: str, conversation_id: str, turn_id: str, now: float) -> Turn | None:
        """Return a turn."""
        ...

    def turns(
        self, tenant: str, conversation_id: str, now: float, *, newest_first: bool, bound: str = ""
    ) -> Iterator[Turn]:
        """Yield the turns in their order, from the one with the id `bound` on when it is given."""
        ...

    def remove_item(self, tenant: str, conversation_id: str, turn_id: str, item_id: str, now: float) -> bool:
        """Take an item out of a turn, whoever takes another one out at the same time; return False when it is not
        there."""
        ...


def turn_id(of: str) -> str:
    """Return the id of the turn that a request's id, or an item's, belongs to."""
    return numbered_id("msg", of, 0)


def answer_id(request_id: str) -> str:
    """Return the id of the answer's item."""
    return numbered_id("msg", request_id, ANSWER_NUMBER)
