"""What was said before a request: found by the answer or the conversation that it names."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from genai_runtime.core.conversations.items import from_a_question
from genai_runtime.core.conversations.store import Conversation, ConversationStore, Item, StoredResponse, Turn
from genai_runtime.core.errors import RefusalError, refusal
from genai_runtime.core.openai_api.responses import ResponsesRequest
from genai_runtime.core.openai_api.state import State
from genai_runtime.core.request import Caller
from genai_runtime.ids import is_id


@dataclass(frozen=True)
class Past:
    """The items before a request, the oldest first, and the answers they are of, unless it names a conversation."""

    items: tuple[Item, ...] = ()
    ancestors: tuple[str, ...] = ()


def check_past(state: State, caller: Caller, store: ConversationStore, now: float) -> None:
    """See that what a request goes on from is there and the caller's, before work on it begins.

    Raises:
        RefusalError: it is not.
        StepError: the store did not answer.
    """
    if state.conversation:
        conversation_of(state.conversation, caller, store, now)
    name = state.previous_response_id
    if name and not (is_id(name, "resp") and store.user_of_response(caller.tenant, name, now) == caller.user):
        raise _no_previous(name)


def read_past(
    request: ResponsesRequest, own_turn: str, most: int, caller: Caller, store: ConversationStore, now: float
) -> Past:
    """Return what a request goes on from, of which at most the last `most` items, from a question on. `own_turn` is the
    request's own, which an attempt before this one may have kept.

    Raises:
        RefusalError: it is not there or not the caller's; or there are more items, and the request does not allow that
            the oldest are left out.
        StepError: the store did not answer.
    """
    state, items, ancestors = request.state, list[Item](), ()
    if state.conversation:
        conversation_of(state.conversation, caller, store, now)
        turns = store.turns(caller.tenant, state.conversation, now, newest_first=True)
        items = list(islice(_backwards(turns, own_turn), most + 1))
    elif state.previous_response_id:
        previous = find_response(state.previous_response_id, caller, store, now)
        if previous is None:
            raise _no_previous(state.previous_response_id)
        ancestors = (*previous.ancestors, previous.id)
        before = [*store.contexts(caller.tenant, previous.ancestors, now), previous]
        items = list(islice(_chain(before, caller.tenant, store, now), most + 1))
    if len(items) > most and not request.prompt.trim_history:
        raise refusal(
            "context_length_exceeded",
            f"The conversation has more than {most} items before this request, which is all that the limit leaves. Let"
            " truncation be 'auto', or begin a new conversation.",
            "truncation",
        )
    return Past(from_a_question(items[:most][::-1]), ancestors)


def conversation_of(conversation_id: str, caller: Caller, store: ConversationStore, now: float) -> Conversation:
    """Return the caller's conversation.

    Raises:
        RefusalError: the caller has no such conversation.
        StepError: the store did not answer.
    """
    found = store.conversation(caller.tenant, conversation_id, now) if is_id(conversation_id, "conv") else None
    # Another user's conversation is told apart from none by nobody.
    if found is None or found.user != caller.user:
        raise no_conversation(conversation_id)
    return found


def no_conversation(conversation_id: str) -> RefusalError:
    """Return the refusal of a request that names a conversation which is not there."""
    return refusal("conversation_not_found", f"There is no conversation {conversation_id[:40]!r}.", "conversation")


def response_of(response_id: str, caller: Caller, store: ConversationStore, now: float) -> StoredResponse:
    """Return the caller's answer of this id.

    Raises:
        RefusalError: the caller has no such answer.
        StepError: the store did not answer.
    """
    found = find_response(response_id, caller, store, now)
    if found is None:
        raise no_response(response_id)
    return found


def find_response(response_id: str, caller: Caller, store: ConversationStore, now: float) -> StoredResponse | None:
    """Return the caller's answer of this id, if there is one.

    Raises:
        StepError: the store did not answer.
    """
    found = store.response(caller.tenant, response_id, now) if is_id(response_id, "resp") else None
    return found if found and found.user == caller.user else None


def no_response(response_id: str) -> RefusalError:
    """Return the refusal of a request for a response that is not there."""
    return refusal("response_not_found", f"There is no response {response_id[:40]!r}.", "response_id")


def _no_previous(response_id: str) -> RefusalError:
    return refusal(
        "previous_response_not_found",
        f"There is no response {response_id[:40]!r} to go on from: it was never kept, is not finished, was deleted, or"
        " has expired.",
        "previous_response_id",
    )


def _chain(before: Sequence[StoredResponse], tenant: str, store: ConversationStore, now: float) -> Iterator[Item]:
    """Yield the items of answers that went on from each other, the newest first."""
    for stored in reversed(before):
        yield from reversed(stored.context)
    first = before[0]
    if first.conversation:
        turns = store.turns(tenant, first.conversation, now, newest_first=True, bound=first.turn)
        yield from _backwards(turns, first.turn)


def _backwards(turns: Iterable[Turn], without: str) -> Iterator[Item]:
    for turn in turns:
        if turn.id != without:
            yield from reversed(turn.items)
