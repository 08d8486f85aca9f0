"""Answers a request after what was said before it, and keeps the answer."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from genai_runtime.core.conversations.items import items_of, own_part
from genai_runtime.core.conversations.past import Past, no_conversation, read_past
from genai_runtime.core.conversations.store import MOST_ANCESTORS, ConversationStore, Item, StoredResponse, turn_id
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.openai_api import responses
from genai_runtime.core.openai_api.responses import Ids, ResponsesRequest
from genai_runtime.core.pipeline import answer_request
from genai_runtime.core.request import Finish, Outcome
from genai_runtime.core.run import Run


def answer_turn(run: Run, values: Mapping[str, Any], request: ResponsesRequest, ids: Ids) -> Outcome:
    """Return the answer to a request, which is read from the body `values`, with what was said before it; kept, unless
    the client or the deployment does not want that. An answer that could not be kept is returned all the same when the
    request does not need the store.

    Raises:
        RefusalError: the client must change the request.
        StepError: a step failed that the answer needs.
    """
    store, past = run.ports.conversations, Past()
    if store is None:
        return answer_request(run, request.prompt)
    own = responses.own_items(values)
    if request.state.goes_on:
        most = run.config.limits.max_messages - len(own)
        with run.steps.step("conversation"):
            past = read_past(request, turn_id(ids.request), most, run.caller, store, run.ports.clock.now())
        request = responses.parse(values, run.config, background=True, before=past.items)
    outcome = answer_request(run, request.prompt)
    if not request.state.store:
        return outcome
    kept = replace(outcome, stored=True)
    try:
        with run.steps.step("conversation"):
            passed = _passed(request, kept)
            given = () if _is_refused(kept) else items_of(passed.prompt, *own_part(past.items, own), ids.request)
            _keep(run, store, passed, ids, given, past.ancestors, kept)
    except StepError as error:
        if request.state.needed or error.cause is Cause.DENIED:
            raise
        run.steps.tolerated["conversation"] = str(error)
        return outcome
    return kept


def _is_refused(outcome: Outcome) -> bool:
    """Whether the guardrail blocked what the client wrote, so that nobody masked it."""
    return (outcome.answer.guardrail, outcome.answer.guardrail_stage) == ("blocked", "input")


def _passed(request: ResponsesRequest, outcome: Outcome) -> ResponsesRequest:
    """The request as the guardrail let it pass, and without what did not fit, which was not judged."""
    if _is_refused(outcome):
        return replace(request, prompt=replace(request.prompt, tools=()), own_instructions=None)
    asked = outcome.asked or request.prompt
    return replace(request, prompt=asked, own_instructions=request.own_instructions and asked.instructions)


def _keep(
    run: Run,
    store: ConversationStore,
    request: ResponsesRequest,
    ids: Ids,
    given: tuple[Item, ...],
    ancestors: tuple[str, ...],
    outcome: Outcome,
) -> None:
    ref, caller, state = run.config.conversations, run.caller, request.state
    expires_at = int(run.ports.clock.now()) + (ref.kept_seconds if ref else 0)
    if state.conversation and not store.prolong(caller.tenant, state.conversation, expires_at):
        raise no_conversation(state.conversation)
    response = responses.render(outcome, request, ids)
    stored = StoredResponse(
        id=ids.response,
        user=caller.user,
        turn=turn_id(ids.request),
        given=given,
        answer=tuple(response["output"]),
        blocked=outcome.answer.finish is Finish.FILTERED,
        ancestors=ancestors[-MOST_ANCESTORS:],
        conversation=state.conversation,
        response=json.dumps(response, ensure_ascii=False),
        expires_at=expires_at,
    )
    store.put_response(caller.tenant, stored)
