"""The HTTP surface of the synchronous pattern: routes a request, answers it, and logs one record about it."""

import json
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from genai_runtime.core.config import TENANT, Config
from genai_runtime.core.errors import RefusalError, StepError, refusal
from genai_runtime.core.http import HttpRequest, HttpResponse
from genai_runtime.core.idempotency import fingerprint, idempotency_key, once
from genai_runtime.core.openai_api import chat_completions, models, responses
from genai_runtime.core.openai_api.body import parse_body
from genai_runtime.core.openai_api.errors import ErrorResponse, render_crash, render_failure, render_refusal
from genai_runtime.core.pipeline import Run, answer_request
from genai_runtime.core.ports import Ports
from genai_runtime.core.request import Caller, Outcome, PromptRequest, Trace
from genai_runtime.core.steps import Steps
from genai_runtime.core.trace import start_trace
from genai_runtime.ids import new_id


@dataclass
class _Exchange:
    """One request while it is answered."""

    request: HttpRequest
    config: Config
    ports: Ports
    trace: Trace
    steps: Steps
    deadline: float
    record: dict[str, Any] = field(default_factory=dict[str, Any])
    caller: Caller | None = None


def respond(request: HttpRequest, config: Config, ports: Ports, deadline: float) -> HttpResponse:
    """Return the response to a request, before `deadline` in monotonic seconds; never raises."""
    start = ports.clock.monotonic()
    exchange = _Exchange(
        request, config, ports, start_trace(request.headers.get("traceparent")), Steps(ports.clock), deadline
    )
    request_id = exchange.trace.request_id
    try:
        response = _route(exchange)
    except RefusalError as error:
        response = _error(exchange, render_refusal(error, request_id))
    except StepError as error:
        exchange.record |= {"failed_step": exchange.steps.failed, "failure": str(error)}
        response = _error(exchange, render_failure(error, exchange.steps.failed, request_id))
    except Exception as error:  # noqa: BLE001  # the last line of defence: the client gets our error shape
        exchange.record |= {"failed_step": exchange.steps.failed, "failure": _where(error)}
        response = _error(exchange, render_crash(request_id))
    elapsed = round((ports.clock.monotonic() - start) * 1000, 2)
    ports.log.write(_record(exchange, response, elapsed))
    timing = ", ".join(f"{name};dur={taken}" for name, taken in exchange.steps.taken_ms.items())
    common = {
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-request-id": request_id,
        "server-timing": f"{timing}, total;dur={elapsed}" if timing else f"total;dur={elapsed}",
    }
    return HttpResponse(response.status, {**response.headers, **common}, response.body)


def _route(exchange: _Exchange) -> HttpResponse:
    method, path = exchange.request.method.upper(), exchange.request.path.rstrip("/")
    route = _ONE_MODEL if path.startswith(_ONE_MODEL) else path
    if route not in _ROUTES:
        raise refusal("unknown_url", f"Unknown request URL: {method} {path[:200]}.")
    allowed, handle = _ROUTES[route]
    exchange.record["route"] = route
    if method != allowed:
        raise refusal("method_not_allowed", f"{path[:200]} takes {allowed}, not {method}.")
    exchange.caller = _caller(exchange.request.claims, exchange.config)
    return handle(exchange, exchange.caller)


def _caller(claims: Mapping[str, object], config: Config) -> Caller:
    user, tenant = claims.get("sub"), claims.get(config.tenant_claim)
    if not isinstance(user, str) or not user:
        raise refusal("invalid_token", "The token has no subject (claim 'sub'); sign in again.")
    if not isinstance(tenant, str) or not tenant:
        raise refusal("tenant_missing", f"The token names no tenant (claim {config.tenant_claim!r}).")
    if not TENANT.fullmatch(tenant) or tenant == config.shared_tenant:
        raise refusal(
            "tenant_missing", f"The tenant that the token names (claim {config.tenant_claim!r}) is not a valid one."
        )
    return Caller(tenant, user)


def _list_models(exchange: _Exchange, _: Caller) -> HttpResponse:
    return _json(models.list_models(exchange.config))


def _get_model(exchange: _Exchange, _: Caller) -> HttpResponse:
    name = unquote(exchange.request.path.removeprefix(_ONE_MODEL).rstrip("/"))
    return _json(models.get_model(name, exchange.config))


def _chat_completion(exchange: _Exchange, caller: Caller) -> HttpResponse:
    request = chat_completions.parse(_body(exchange), exchange.config)

    def work() -> HttpResponse:
        outcome = _answer(exchange, caller, request.prompt)
        identity = new_id("resp"), exchange.trace.request_id, int(exchange.ports.clock.now())
        if request.stream:
            stream = chat_completions.render_stream(outcome, *identity, include_usage=request.include_usage)
            return _events(stream)
        return _json(chat_completions.render(outcome, *identity))

    return _once(exchange, caller, work)


def _response(exchange: _Exchange, caller: Caller) -> HttpResponse:
    request = responses.parse(_body(exchange), exchange.config)

    def work() -> HttpResponse:
        outcome = _answer(exchange, caller, request.prompt)
        created = int(exchange.ports.clock.now())
        ids = responses.Ids(new_id("resp"), new_id("msg"), exchange.trace.request_id, created)
        if request.stream:
            return _events(responses.render_stream(outcome, request, ids))
        return _json(responses.render(outcome, request, ids))

    return _once(exchange, caller, work)


def _body(exchange: _Exchange) -> Mapping[str, Any]:
    return parse_body(exchange.request.body, exchange.config.limits.max_body_bytes)


def _answer(exchange: _Exchange, caller: Caller, prompt: PromptRequest) -> Outcome:
    wishes = {wish.strip().lower() for wish in exchange.request.headers.get("cache-control", "").split(",")}
    run = Run(
        config=exchange.config,
        ports=exchange.ports,
        caller=caller,
        trace=exchange.trace,
        steps=exchange.steps,
        deadline=exchange.deadline,
        read_cache=not wishes & {"no-cache", "no-store"},
        write_cache="no-store" not in wishes,
    )
    outcome = answer_request(run, prompt)
    exchange.record |= {
        "model": outcome.answer.model,
        "prompt_version": outcome.answer.prompt,
        "guardrail": outcome.answer.guardrail,
        "cache_hit": outcome.cached,
        "input_tokens": 0 if outcome.cached else outcome.answer.input_tokens,
        "output_tokens": 0 if outcome.cached else outcome.answer.output_tokens,
        "passages": len(outcome.answer.sources),
    }
    return outcome


def _once(exchange: _Exchange, caller: Caller, work: Callable[[], HttpResponse]) -> HttpResponse:
    key = idempotency_key(exchange.request.headers.get("idempotency-key"), caller)
    if key is None:
        return work()
    return once(
        key,
        fingerprint(exchange.request.path, exchange.request.body),
        exchange.trace.request_id,
        work,
        store=exchange.ports.idempotency,
        clock=exchange.ports.clock,
        steps=exchange.steps,
    )


def _json(value: Mapping[str, Any]) -> HttpResponse:
    return HttpResponse(200, {"content-type": "application/json"}, json.dumps(value, ensure_ascii=False))


def _events(events: Iterable[str]) -> HttpResponse:
    return HttpResponse(200, {"content-type": "text/event-stream; charset=utf-8"}, "".join(events))


def _error(exchange: _Exchange, error: ErrorResponse) -> HttpResponse:
    exchange.record["error_code"] = error.code
    return HttpResponse(error.status, {"content-type": "application/json", **error.headers}, error.body)


def _record(exchange: _Exchange, response: HttpResponse, elapsed_ms: float) -> dict[str, Any]:
    return {
        "event": "request",
        "level": "ERROR" if response.status >= 500 else "INFO",
        "request_id": exchange.trace.request_id,
        "trace_id": exchange.trace.trace_id,
        "tenant": exchange.caller.tenant if exchange.caller else None,
        "status": response.status,
        "total_ms": elapsed_ms,
        "steps_ms": exchange.steps.taken_ms,
        **({"tolerated": exchange.steps.tolerated} if exchange.steps.tolerated else {}),
        **exchange.record,
    }


def _where(error: Exception) -> str:
    """Return what was raised and where, without its message, which could quote a prompt."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-8:]))
    return f"{type(error).__name__} at {places}"


_ONE_MODEL: Final = "/v1/models/"
_ROUTES: Final[Mapping[str, tuple[str, Callable[[_Exchange, Caller], HttpResponse]]]] = {
    "/v1/chat/completions": ("POST", _chat_completion),
    "/v1/responses": ("POST", _response),
    "/v1/models": ("GET", _list_models),
    _ONE_MODEL: ("GET", _get_model),
}
