"""The HTTP surface of what is kept: conversations with their items, and answers with their input."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from genai_runtime.core.config import KeptConversationsConfig
from genai_runtime.core.conversations.items import items_of
from genai_runtime.core.conversations.past import (
    conversation_of,
    find_response,
    no_conversation,
    no_response,
    response_of,
)
from genai_runtime.core.conversations.rendering import (
    item_page,
    render_conversation,
    wants_newest_first,
)
from genai_runtime.core.conversations.store import Conversation as KeptConversation
from genai_runtime.core.conversations.store import ConversationStore, Item, Turn, turn_id
from genai_runtime.core.errors import refusal
from genai_runtime.core.http import HttpResponse
from genai_runtime.core.http_exchange import Exchange, Routes, json_response, text_response
from genai_runtime.core.input_check import judge_input
from genai_runtime.core.jobs import FINAL, JobKey, JobRemoval, JobStore
from genai_runtime.core.openai_api.body import Fields, parse_body
from genai_runtime.core.openai_api.conversation import RESPONSES, Conversation, read_messages
from genai_runtime.core.openai_api.responses import read_metadata
from genai_runtime.core.ports import Clock, Guardrail
from genai_runtime.core.request import Caller, PromptRequest, Sampling
from genai_runtime.ids import is_id, new_id

MOST_ITEMS: Final = 20
"""How many items a request may add, as OpenAI has it."""


@dataclass(frozen=True)
class Kept:
    """What is kept, for its owner to see and delete. `jobs` and `removal` are None where there are no jobs."""

    config: KeptConversationsConfig
    store: ConversationStore
    guardrail: Guardrail | None
    jobs: JobStore | None
    removal: JobRemoval | None
    clock: Clock

    @property
    def routes(self) -> Routes:
        """What answers for conversations, and for answers that are kept."""
        return {
            "/v1/conversations": {"POST": self._create},
            "/v1/conversations/*": {"GET": self._show, "POST": self._describe, "DELETE": self._delete},
            "/v1/conversations/*/items": {"GET": self._list_items, "POST": self._add_items},
            "/v1/conversations/*/items/*": {"GET": self._show_item, "DELETE": self._delete_item},
            "/v1/responses/*": {"GET": self._show_response, "DELETE": self._delete_response},
            "/v1/responses/*/input_items": {"GET": self._list_input},
        }

    def _create(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        body = self._body(exchange)
        body.only({"items", "metadata"}, {})
        said = _read_items(body) if body.values.get("items") is not None else Conversation()
        metadata = read_metadata(body)
        body.done()
        now = int(self.clock.now())
        conversation = KeptConversation(new_id("conv"), caller.user, now, self._expires_at, metadata)
        items = self._judged(exchange, said)
        with exchange.steps.step("conversation"):
            self.store.put_conversation(caller.tenant, conversation)
            if items:
                self._put(exchange, caller, conversation.id, items)
        return json_response(render_conversation(conversation))

    def _show(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        return json_response(render_conversation(self._conversation(exchange, caller)))

    def _describe(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        body = self._body(exchange)
        body.only({"metadata"}, {})
        metadata = read_metadata(body)
        body.done()
        conversation = self._conversation(exchange, caller)
        with exchange.steps.step("conversation"):
            if not self.store.describe(caller.tenant, conversation.id, metadata):
                raise no_conversation(conversation.id)
        return json_response(render_conversation(replace(conversation, metadata=metadata)))

    def _delete(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        conversation = self._conversation(exchange, caller)
        with exchange.steps.step("conversation"):
            self.store.delete_conversation(caller.tenant, conversation.id)
        return json_response({"id": conversation.id, "object": "conversation.deleted", "deleted": True})

    def _list_items(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        conversation, query = self._conversation(exchange, caller), exchange.request.query
        newest_first, after = wants_newest_first(query), query.get("after", "")
        # Calls of tools have ids that do not say where they are.
        bound = turn_id(after) if is_id(after, "msg") else ""
        with exchange.steps.step("conversation"):
            turns = self.store.turns(
                caller.tenant, conversation.id, self.clock.now(), newest_first=newest_first, bound=bound
            )
            return json_response(item_page(_items(turns, newest_first=newest_first), query))

    def _add_items(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        body = self._body(exchange)
        body.only({"items"}, {})
        said = _read_items(body)
        body.done()
        conversation = self._conversation(exchange, caller)
        items = self._judged(exchange, said)
        with exchange.steps.step("conversation"):
            if not self.store.prolong(caller.tenant, conversation.id, self._expires_at):
                raise no_conversation(conversation.id)
            self._put(exchange, caller, conversation.id, items)
        return json_response(item_page(items, {"limit": str(MOST_ITEMS)}))

    def _show_item(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        conversation, item_id = self._conversation(exchange, caller), _segment(exchange, 5)
        with exchange.steps.step("conversation"):
            turn = self._turn_of(caller, conversation.id, item_id)
        return json_response(next(item for item in turn.items if item["id"] == item_id))

    def _delete_item(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        conversation, item_id = self._conversation(exchange, caller), _segment(exchange, 5)
        with exchange.steps.step("conversation"):
            turn = self._turn_of(caller, conversation.id, item_id)
            if not self.store.remove_item(caller.tenant, conversation.id, turn.id, item_id, self.clock.now()):
                raise _no_item(item_id)
        return json_response(render_conversation(conversation))

    def _show_response(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        with exchange.steps.step("conversation"):
            found = response_of(_segment(exchange, 3), caller, self.store, self.clock.now())
        return text_response(found.response)

    def _list_input(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        query = exchange.request.query
        newest_first = wants_newest_first(query)
        with exchange.steps.step("conversation"):
            found = response_of(_segment(exchange, 3), caller, self.store, self.clock.now())
        items = tuple(reversed(found.given)) if newest_first else found.given
        return json_response(item_page(items, query))

    def _delete_response(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        """Delete an answer wherever it is kept; one that is being made has to be cancelled first."""
        response_id = _segment(exchange, 3)
        with exchange.steps.step("conversation"):
            kept = find_response(response_id, caller, self.store, self.clock.now())
        was_job = self._forget_job(exchange, caller, response_id)
        if kept is None and not was_job:
            raise no_response(response_id)
        if kept is not None:
            with exchange.steps.step("conversation"):
                self.store.delete_response(caller.tenant, response_id)
        return json_response({"id": response_id, "object": "response", "deleted": True})

    def _forget_job(self, exchange: Exchange, caller: Caller, response_id: str) -> bool:
        if self.jobs is None or self.removal is None or not is_id(response_id, "resp"):
            return False
        key = JobKey(caller.tenant, response_id)
        with exchange.steps.step("job"):
            job = self.jobs.get(key)
            if job is None or job.user != caller.user:
                return False
            if job.status not in FINAL:
                raise refusal(
                    "response_in_progress", f"The response is {job.status.value}; cancel it first.", "response_id"
                )
            self.removal.forget(key)
        return True

    def _body(self, exchange: Exchange) -> Fields:
        # Every member may be left out, and then clients send no body at all.
        return Fields(parse_body(exchange.request.body.strip() or b"{}", self.config.limits.max_body_bytes))

    def _conversation(self, exchange: Exchange, caller: Caller) -> KeptConversation:
        with exchange.steps.step("conversation"):
            found = conversation_of(_segment(exchange, 3), caller, self.store, self.clock.now())
        exchange.record["conversation_id"] = found.id
        return found

    def _turn_of(self, caller: Caller, conversation_id: str, item_id: str) -> Turn:
        """The turn that an item is in."""
        now = self.clock.now()
        if is_id(item_id, "msg"):
            known = self.store.turn(caller.tenant, conversation_id, turn_id(item_id), now)
            turns = iter([known] if known else [])
        else:
            turns = self.store.turns(caller.tenant, conversation_id, now, newest_first=True)
        found = next((turn for turn in turns if any(item["id"] == item_id for item in turn.items)), None)
        if found is None:
            raise _no_item(item_id)
        return found

    def _judged(self, exchange: Exchange, said: Conversation) -> tuple[Item, ...]:
        """The items that a request brings, as the guardrail lets them pass."""
        brought = PromptRequest("", said.messages, "", Sampling(1), "items", turns=said.turns, standing=said.standing)
        passed, verdict = judge_input(brought, self.guardrail, exchange.steps)
        if verdict.action == "blocked":
            raise refusal("content_filter", verdict.texts[0], "items")
        return items_of(passed, said.roles, MOST_ITEMS, exchange.trace.request_id)

    def _put(self, exchange: Exchange, caller: Caller, conversation_id: str, items: tuple[Item, ...]) -> None:
        turn = Turn(turn_id(exchange.trace.request_id), items)
        self.store.put_turn(caller.tenant, conversation_id, turn, self._expires_at)

    @property
    def _expires_at(self) -> int:
        return int(self.clock.now()) + self.config.conversations.kept_seconds


def _read_items(body: Fields) -> Conversation:
    items = body.objects("items") or ()
    if not items and not body.mistakes:
        body.note("items", "is missing or empty; send the items to add", "missing_parameter")
    if len(items) > MOST_ITEMS:
        body.note("items", f"has {len(items)} items; the limit is {MOST_ITEMS} in one request")
        return Conversation()
    return read_messages(body, "items", items, RESPONSES, whole=False)


def _items(turns: Iterator[Turn], *, newest_first: bool) -> Iterator[Item]:
    for turn in turns:
        yield from reversed(turn.items) if newest_first else turn.items


def _segment(exchange: Exchange, number: int) -> str:
    return exchange.request.path.split("/")[number]


def _no_item(item_id: str) -> Exception:
    return refusal("item_not_found", f"There is no item {item_id[:40]!r} in this conversation.", "item_id")
