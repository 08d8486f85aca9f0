"""The events of a response while it is made: https://platform.openai.com/docs/api-reference/responses-streaming."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from genai_runtime.core.openai_api.responses import (
    Ids,
    ResponsesRequest,
    call_item,
    message_item,
    render,
    render_unfinished,
    text_part,
)
from genai_runtime.core.openai_api.sse import event, pieces
from genai_runtime.core.request import Outcome
from genai_runtime.core.tools import ToolCall

Event = dict[str, Any]

FINAL_TYPES: Final = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
"""After one of these no event of the response follows. `response.cancelled` is ours: OpenAI has no event for it."""


class ResponseEvents:
    """Numbers the events of one response in their order, from `first` on."""

    def __init__(self, request: ResponsesRequest, ids: Ids, first: int = 0) -> None:
        self._request = request
        self._ids = ids
        self._next = first
        self._has_text = False

    def created(self, status: str) -> Event:
        """Return the first event; the status is `queued` or `in_progress`."""
        return self._event("response.created", response=render_unfinished(self._request, self._ids, status))

    def in_progress(self) -> Event:
        """Return the event of the work's beginning."""
        return self._event("response.in_progress", response=render_unfinished(self._request, self._ids, "in_progress"))

    def begin_text(self) -> Iterator[Event]:
        """Yield the events before the first piece of text, once."""
        if not self._has_text:
            self._has_text = True
            item = message_item(self._ids, "in_progress", None)
            yield self._event("response.output_item.added", output_index=0, item=item)
            yield self._event("response.content_part.added", **self._part, part=text_part(""))

    def text(self, delta: str) -> Iterator[Event]:
        """Yield the events of a piece of the answer's text."""
        yield from self.begin_text()
        yield self._event("response.output_text.delta", **self._part, delta=delta, logprobs=[])

    def finished(self, outcome: Outcome) -> Iterator[Event]:
        """Yield the events of the end: those of the text, if any of it was told before, those of the calls that the
        client is asked for, and the whole response."""
        done = render(outcome, self._request, self._ids)
        if self._has_text:
            text = outcome.answer.text
            yield self._event("response.output_text.done", **self._part, text=text, logprobs=[])
            yield self._event("response.content_part.done", **self._part, part=text_part(text))
            yield self._event("response.output_item.done", output_index=0, item=done["output"][0])
        calls = outcome.answer.calls
        for number, call in enumerate(calls, len(done["output"]) - len(calls)):
            yield from self._call(call, number)
        yield self._event(f"response.{done['status']}", response=done)

    def failed(self, code: str, message: str) -> Event:
        """Return the last event of a response that failed."""
        error = {"code": code, "message": message}
        return self._event("response.failed", response=render_unfinished(self._request, self._ids, "failed", error))

    def cancelled(self) -> Event:
        """Return the last event of a response that the client cancelled."""
        return self._event("response.cancelled", response=render_unfinished(self._request, self._ids, "cancelled"))

    def _call(self, call: ToolCall, number: int) -> Iterator[Event]:
        place = {"item_id": f"fc_{call.id}", "output_index": number}
        item = call_item(call, "in_progress")
        yield self._event("response.output_item.added", output_index=number, item=item)
        yield self._event("response.function_call_arguments.delta", **place, delta=call.arguments)
        yield self._event("response.function_call_arguments.done", **place, name=call.name, arguments=call.arguments)
        done = call_item(call, "completed")
        yield self._event("response.output_item.done", output_index=number, item=done)

    @property
    def _part(self) -> Mapping[str, Any]:
        return {"item_id": self._ids.message, "output_index": 0, "content_index": 0}

    def _event(self, kind: str, **data: Any) -> Event:
        number, self._next = self._next, self._next + 1
        return {"type": kind, **data, "sequence_number": number}


def render_stream(outcome: Outcome, request: ResponsesRequest, ids: Ids) -> Iterator[str]:
    """Yield a response that is there as server-sent events with sequence numbers from 0."""
    events = ResponseEvents(request, ids)
    yield _sse(events.created("in_progress"))
    yield _sse(events.in_progress())
    if outcome.answer.text or not outcome.answer.calls:
        yield from map(_sse, events.begin_text())
    for piece in pieces(outcome.answer.text):
        yield from map(_sse, events.text(piece))
    yield from map(_sse, events.finished(outcome))


def _sse(data: Event) -> str:
    return event(data, data["type"])
