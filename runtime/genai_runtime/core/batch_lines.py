"""Answers one line of a batch through the prompt pipeline, as if its request had come alone."""

import json
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.core.batch_input import LineRequest
from genai_runtime.core.batches import Batch
from genai_runtime.core.config import Config
from genai_runtime.core.errors import Cause, RefusalError, StepError, refusal
from genai_runtime.core.http_exchange import where
from genai_runtime.core.openai_api import chat_completions, responses
from genai_runtime.core.openai_api.errors import render_crash, render_failure, render_refusal
from genai_runtime.core.pipeline import answer_request, outcome_record
from genai_runtime.core.ports import Ports
from genai_runtime.core.request import Caller, Outcome, PromptRequest, Trace
from genai_runtime.core.run import Run
from genai_runtime.core.steps import Steps
from genai_runtime.ids import derived_id

WAITS_SECONDS: Final = (1.0, 2.0, 4.0, 8.0)
"""The longest wait before each further try of a line whose model is at its limit or down; a batch has the time."""


def answer_line(request: LineRequest, batch: Batch, config: Config, ports: Ports, deadline: float) -> dict[str, Any]:
    """Return the line of the output for a request, with the status and body that it would have had alone.

    Raises:
        StepError: the function's role lacks a permission, which an operator has to mend first.
    """
    trace = Trace(derived_id("req", batch.key.id, str(request.number)), batch.trace.trace_id)
    steps, record, start = Steps(ports.clock), dict[str, Any](), ports.clock.monotonic()
    try:
        prompt = _prompt(request, config)
        run = Run(config, ports, Caller(batch.key.tenant, batch.key.user), trace, steps, deadline, counted=False)
        outcome = _patiently(run, prompt)
        record |= outcome_record(outcome)
        status, body = 200, _render(request, batch, outcome, config, trace, int(ports.clock.now()))
    except RefusalError as error:
        refused = render_refusal(error, trace.request_id)
        status, body = refused.status, json.loads(refused.body)
    except StepError as error:
        record |= {"failed_step": steps.failed, "failure": str(error)}
        if error.cause is Cause.DENIED:
            raise
        failed = render_failure(error, steps.failed, trace.request_id)
        status, body = failed.status, json.loads(failed.body)
    except Exception as error:  # noqa: BLE001 - the last line of defence: one line must not fail the others
        record |= {"failed_step": steps.failed, "failure": where(error)}
        crashed = render_crash(trace.request_id)
        status, body = crashed.status, json.loads(crashed.body)
    ports.log.write(
        {
            "event": "batch_line",
            "level": "ERROR" if status >= 500 else "INFO",
            "request_id": trace.request_id,
            "trace_id": trace.trace_id,
            "tenant": batch.key.tenant,
            "batch_id": batch.key.id,
            "line": request.number,
            "status": status,
            "total_ms": round((ports.clock.monotonic() - start) * 1000, 2),
            "steps_ms": steps.taken_ms,
            **({"tolerated": steps.tolerated} if steps.tolerated else {}),
            **steps.measured,
            **record,
        }
    )
    return result_of(batch, request, {"status_code": status, "request_id": trace.request_id, "body": body}, None)


def result_of(
    batch: Batch, request: LineRequest, response: Mapping[str, Any] | None, error: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return a line of an output or an error file."""
    identity = derived_id("req", batch.key.id, str(request.number))
    return {"id": f"batch_{identity}", "custom_id": request.custom_id, "response": response, "error": error}


def _prompt(request: LineRequest, config: Config) -> PromptRequest:
    if request.body.get("stream"):
        raise refusal("unsupported_value", "stream must be false or left out: nobody listens to a batch.", "stream")
    if request.url == "/v1/responses":
        return responses.parse(request.body, config).prompt
    return chat_completions.parse(request.body, config).prompt


def _patiently(run: Run, prompt: PromptRequest) -> Outcome:
    clock = run.ports.clock
    for most in WAITS_SECONDS:
        try:
            return answer_request(run, prompt)
        except StepError as error:
            wait = clock.uniform(most / 2, most)
            left = run.deadline - clock.monotonic() - wait
            if error.cause not in {Cause.THROTTLED, Cause.UNAVAILABLE} or left < run.config.model_timeout_seconds:
                raise
            clock.sleep(wait)
    return answer_request(run, prompt)


def _render(
    request: LineRequest, batch: Batch, outcome: Outcome, config: Config, trace: Trace, created: int
) -> dict[str, Any]:
    line = str(request.number)
    identity = derived_id("resp", batch.key.id, line)
    if request.url == "/v1/responses":
        ids = responses.Ids(identity, derived_id("msg", batch.key.id, line), trace.request_id, created)
        return responses.render(outcome, responses.parse(request.body, config), ids)
    return chat_completions.render(outcome, identity, trace.request_id, created)
