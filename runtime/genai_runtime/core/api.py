"""The HTTP surface of the synchronous pattern."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from genai_runtime.core.background import Background
from genai_runtime.core.chains.answer import ChainRunner, answer_by_chain
from genai_runtime.core.config import ChainRef, Config
from genai_runtime.core.conversations.store import answer_id
from genai_runtime.core.conversations.turns import answer_turn
from genai_runtime.core.errors import refusal
from genai_runtime.core.http import HttpRequest, HttpResponse
from genai_runtime.core.http_exchange import Exchange, Routes, answer, json_response
from genai_runtime.core.idempotency import fingerprint, idempotency_key, once
from genai_runtime.core.openai_api import chat_completions, models, responses
from genai_runtime.core.openai_api.body import parse_body
from genai_runtime.core.openai_api.response_events import render_stream
from genai_runtime.core.pipeline import answer_request, outcome_record
from genai_runtime.core.ports import Ports
from genai_runtime.core.request import Caller, Outcome, PromptRequest
from genai_runtime.core.run import Run
from genai_runtime.ids import new_id


def respond(
    request: HttpRequest,
    config: Config,
    ports: Ports,
    deadline: float,
    background: Background | None = None,
    chain: ChainRunner | None = None,
) -> HttpResponse:
    """Return the response to a request, before `deadline` in monotonic seconds; never raises.

    Where the deployment has a queue, `background` takes the requests that need not be waited for; where it has a chain,
    `chain` runs that.
    """
    routes = _Surface(config, ports, background, chain).routes
    return answer(request, routes, config, ports.clock, ports.log, deadline)


@dataclass(frozen=True)
class _Surface:
    config: Config
    ports: Ports
    background: Background | None
    chain: ChainRunner | None

    @property
    def routes(self) -> Routes:
        return {
            "/v1/chat/completions": {"POST": self._chat_completion},
            "/v1/responses": {"POST": self._response},
            "/v1/models": {"GET": self._list_models},
            "/v1/models/*": {"GET": self._get_model},
        }

    def _list_models(self, _: Exchange, __: Caller) -> HttpResponse:
        return json_response(models.list_models(self.config))

    def _get_model(self, exchange: Exchange, _: Caller) -> HttpResponse:
        name = unquote(exchange.request.path.rstrip("/").rpartition("/")[2])
        return json_response(models.get_model(name, self.config))

    def _chat_completion(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        request = chat_completions.parse(self._body(exchange), self.config)

        def work() -> HttpResponse:
            outcome = self._answer(exchange, caller, lambda run: self._stateless(run, request.prompt))
            identity = new_id("resp"), exchange.trace.request_id, int(self.ports.clock.now())
            if request.stream:
                stream = chat_completions.render_stream(outcome, *identity, include_usage=request.include_usage)
                return _events(stream)
            return json_response(chat_completions.render(outcome, *identity))

        return self._once(exchange, caller, work)

    def _response(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        if self.background is not None and self.background.read(exchange).background:
            return self.background.create(exchange, caller)
        values = self._body(exchange)
        request = responses.parse(values, self.config)

        def work() -> HttpResponse:
            created, request_id = int(self.ports.clock.now()), exchange.trace.request_id
            ids = responses.Ids(new_id("resp"), answer_id(request_id), request_id, created)
            outcome = self._answer(exchange, caller, lambda run: self._turn(run, values, request, ids))
            if request.stream:
                return _events(render_stream(outcome, request, ids))
            return json_response(responses.render(outcome, request, ids))

        return self._once(exchange, caller, work)

    def _body(self, exchange: Exchange) -> Mapping[str, Any]:
        return parse_body(exchange.request.body, self.config.limits.max_body_bytes)

    def _answer(self, exchange: Exchange, caller: Caller, make: Callable[[Run], Outcome]) -> Outcome:
        wishes = {wish.strip().lower() for wish in exchange.request.headers.get("cache-control", "").split(",")}
        run = Run(
            config=self.config,
            ports=self.ports,
            caller=caller,
            trace=exchange.trace,
            steps=exchange.steps,
            deadline=exchange.deadline,
            read_cache=not wishes & {"no-cache", "no-store"},
            write_cache="no-store" not in wishes,
        )
        outcome = make(run)
        exchange.record |= outcome_record(outcome)
        if outcome.chain:
            # The records of its steps have the tokens, by the models that read and wrote them.
            exchange.record |= {"input_tokens": 0, "output_tokens": 0}
        return outcome

    def _chain_of(self, prompt: PromptRequest) -> ChainRef | None:
        """The chain that the client has named as its model, if it has."""
        chain = self.config.chain
        return chain if chain is not None and prompt.model == chain.name else None

    def _stateless(self, run: Run, prompt: PromptRequest) -> Outcome:
        chain = self._chain_of(prompt)
        if chain is not None and self.chain is not None:
            return answer_by_chain(run, prompt, chain, self.chain)
        return answer_request(run, prompt)

    def _turn(
        self, run: Run, values: Mapping[str, Any], request: responses.ResponsesRequest, ids: responses.Ids
    ) -> Outcome:
        chain = self._chain_of(request.prompt)
        if chain is None:
            return answer_turn(run, values, request, ids)
        # What a step's guardrail masked is known to the step alone, so that nothing is fit to be kept.
        if request.state.needed:
            raise refusal(
                "unsupported_parameter",
                f"The chain {chain.name!r} keeps no answers: leave previous_response_id, conversation and store out.",
                "store",
            )
        return self._stateless(run, request.prompt)

    def _once(self, exchange: Exchange, caller: Caller, work: Callable[[], HttpResponse]) -> HttpResponse:
        key = idempotency_key(exchange.request.headers.get("idempotency-key"), caller)
        if key is None:
            return work()
        return once(
            key,
            fingerprint(exchange.request.path, exchange.request.body),
            exchange.trace.request_id,
            work,
            store=self.ports.idempotency,
            clock=self.ports.clock,
            steps=exchange.steps,
        )


def _events(events: Iterable[str]) -> HttpResponse:
    return HttpResponse(200, {"content-type": "text/event-stream; charset=utf-8"}, "".join(events))
