"""Reads what a request says of answers before it and after it: https://platform.openai.com/docs/guides/conversation-state."""

from dataclasses import dataclass
from typing import Final

from genai_runtime.core.config import Config
from genai_runtime.core.openai_api.body import Fields

NAMES: Final = ("conversation", "previous_response_id")
LONGEST_ID: Final = 128


@dataclass(frozen=True)
class State:
    """What a request goes on from, if anything, and whether its answer is kept.

    `needed` says that the client rests on what is kept: it names what it goes on from, or asks for the answer to be
    kept. Otherwise an answer that could not be kept is as good.
    """

    store: bool = False
    needed: bool = False
    previous_response_id: str = ""
    conversation: str = ""

    @property
    def goes_on(self) -> bool:
        """Whether something was said before."""
        return bool(self.previous_response_id or self.conversation)


STATELESS: Final = State()
"""Goes on from nothing, and is not kept."""


def read_state(body: Fields, config: Config, *, background: bool) -> State:
    """Return the state; a deployment that keeps no conversations has refused `NAMES` before."""
    store: bool | None = body.get("store", (bool,), "true or false")
    if background and store is False:
        body.note("store", "must be true with background: the answer is kept until it is fetched", "unsupported_value")
    if config.conversations is None:
        return STATELESS
    previous = body.text("previous_response_id", longest=LONGEST_ID) or ""
    conversation = _conversation(body)
    if previous and conversation:
        body.note("previous_response_id", "cannot go with conversation; send one of them", "unsupported_value")
    return State(
        store=store is not False,
        needed=store is True or bool(previous or conversation),
        previous_response_id=previous,
        conversation=conversation,
    )


def _conversation(body: Fields) -> str:
    given = body.get("conversation", (str, dict), "the id of a conversation, or an object with its id")
    if isinstance(given, dict):
        named = body.object("conversation")
        named.only({"id"}, {})
        if named.values.get("id") is None:
            named.note("id", "is missing; send the id of the conversation", "missing_parameter")
        return named.text("id", longest=LONGEST_ID) or ""
    return body.text("conversation", longest=LONGEST_ID) or "" if given is not None else ""
