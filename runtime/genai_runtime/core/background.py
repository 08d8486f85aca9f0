"""Responses in the background over HTTP: https://platform.openai.com/docs/guides/background."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from genai_runtime.core.config import Config
from genai_runtime.core.conversations.past import check_past, no_response, response_of
from genai_runtime.core.conversations.store import ConversationStore
from genai_runtime.core.errors import StepError, refusal
from genai_runtime.core.fan_outs.plan import request_of
from genai_runtime.core.http import HttpResponse
from genai_runtime.core.http_exchange import Exchange, Routes, json_response, text_response
from genai_runtime.core.idempotency import fingerprint
from genai_runtime.core.job_events import ids_of
from genai_runtime.core.jobs import FINAL, Dispatcher, Job, JobKey, JobStore, Kind, Status
from genai_runtime.core.openai_api import responses
from genai_runtime.core.openai_api.body import parse_body
from genai_runtime.core.ports import Clock
from genai_runtime.core.request import Caller
from genai_runtime.core.worker import JobPorts, Unconnected, give_up
from genai_runtime.ids import derived_id, is_id, new_id

POLL_SECONDS: Final = 1
"""How soon a client does well to ask again: a model rarely answers sooner."""
LONGEST_KEY: Final = 255
DELIVERY_SECONDS: Final = 60.0
"""How long after a lease the queue may take to deliver again."""


@dataclass(frozen=True)
class Background:
    """The part of the HTTP surface that makes responses in the background. `stored` are answers that are no jobs, and
    those whose jobs are gone."""

    config: Config
    jobs: JobStore
    dispatcher: Dispatcher
    clock: Clock
    stored: ConversationStore | None = None

    @property
    def routes(self) -> Routes:
        """What answers for a response that is being made, or was made."""
        return {
            "/v1/responses/*": {"GET": self.get},
            "/v1/responses/*/cancel": {"POST": self.cancel},
        }

    def create(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        """Keep the request as a job and hand it to the queue. The same `Idempotency-Key` again gets the same job.

        Raises:
            RefusalError: the body has mistakes, names what is not there, or asks to wait for the answer.
            StepError: the job could not be kept or handed over.
        """
        request = self.read(exchange)
        if not request.background:
            raise refusal(
                "unsupported_value",
                "background must be true: this deployment makes responses in the background only.",
                "background",
            )
        if self.stored is not None:
            with exchange.steps.step("conversation"):
                check_past(request.state, caller, self.stored, self.clock.now())
        job = new_job(exchange, caller, self.config, self.clock, "background", exchange.request.body.decode())
        with exchange.steps.step("job"):
            kept = self.jobs.create(job)
        check_repeat(exchange, kept, job)
        if kept.status is Status.QUEUED:
            self._hand_over(exchange, kept, request)
        return self.shown(kept)

    def read(self, exchange: Exchange) -> responses.ResponsesRequest:
        """Return the request that the body holds.

        Raises:
            RefusalError: the body has mistakes.
        """
        body = parse_body(exchange.request.body, self.config.limits.max_body_bytes)
        return responses.parse(body, self.config, background=True)

    def _hand_over(self, exchange: Exchange, job: Job, request: responses.ResponsesRequest) -> None:
        try:
            with exchange.steps.step("dispatch"):
                self.dispatcher.dispatch(job.key)
        except StepError:
            error = {"code": "service_unavailable", "message": "The work was not handed over."}
            failed = responses.render_unfinished(request, ids_of(job), "failed", error)
            self.jobs.finish(job.key, None, Status.FAILED, json.dumps(failed, ensure_ascii=False))
            raise

    def get(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        """Answer with the response whose id ends the path, as far as it is."""
        response_id = exchange.request.path.rstrip("/").split("/")[-1]
        job = self._look(exchange, caller, response_id)
        return self.shown(job) if job else self._kept(exchange, caller, response_id)

    def cancel(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        """Cancel the response whose id is the last but one of the path."""
        job = self.find(exchange, caller, exchange.request.path.rstrip("/").split("/")[-2])
        if job.status not in FINAL:
            cancelled = responses.render_unfinished(request_of(job, self.config), ids_of(job), "cancelled")
            with exchange.steps.step("job"):
                self.jobs.finish(job.key, None, Status.CANCELLED, json.dumps(cancelled, ensure_ascii=False))
                job = self.jobs.get(job.key) or job
        if job.status is not Status.CANCELLED:
            raise refusal("response_final", f"The response is {job.status.value} already and cannot be cancelled.")
        return self.shown(job)

    def _is_lost(self, job: Job) -> bool:
        """Whether the worker died at the last attempt, after which nobody is left to say so."""
        most = self.config.worker.most_receives if self.config.worker else 0
        over = job.lease_until + DELIVERY_SECONDS < self.clock.now()
        return job.status is Status.IN_PROGRESS and over and 0 < most <= job.attempts

    def find(self, exchange: Exchange, caller: Caller, response_id: str) -> Job:
        """Return the caller's job of this id; one that nobody works on any longer is given up.

        Raises:
            RefusalError: the caller has no such job.
        """
        job = self._look(exchange, caller, response_id)
        if job is None:
            raise no_response(response_id)
        return job

    def _look(self, exchange: Exchange, caller: Caller, response_id: str) -> Job | None:
        job = None
        if is_id(response_id, "resp"):
            with exchange.steps.step("job"):
                job = self.jobs.get(JobKey(caller.tenant, response_id))
        # Another user's job is told apart from none by nobody.
        if job is None or job.user != caller.user:
            return None
        exchange.record["response_id"] = job.key.id
        if self._is_lost(job):
            with exchange.steps.step("job"):
                give_up(job.key, JobPorts(self.jobs, Unconnected()), self.config, self.clock)
                job = self.jobs.get(job.key) or job
        return job

    def _kept(self, exchange: Exchange, caller: Caller, response_id: str) -> HttpResponse:
        if self.stored is None:
            raise no_response(response_id)
        with exchange.steps.step("conversation"):
            found = response_of(response_id, caller, self.stored, self.clock.now())
        exchange.record["response_id"] = response_id
        return text_response(found.response)

    def shown(self, job: Job, more: Mapping[str, Any] | None = None) -> HttpResponse:
        """Return the response as far as it is, with `more` fields."""
        if job.status in FINAL:
            return json_response({**json.loads(job.response), **(more or {})})
        unfinished = responses.render_unfinished(request_of(job, self.config), ids_of(job), job.status.value)
        response = json_response({**unfinished, **(more or {})})
        return replace(response, headers={**response.headers, "retry-after": str(POLL_SECONDS)})


def new_job(
    exchange: Exchange,
    caller: Caller,
    config: Config,
    clock: Clock,
    scope: str,
    request: str,
    kind: Kind = Kind.RESPONSE,
) -> Job:
    """Return a job for an HTTP request that is not kept yet; the same `Idempotency-Key` in the same `scope` gives the
    same job.

    Raises:
        RefusalError: the deployment keeps no jobs, or the key is not a valid one.
    """
    if config.jobs is None:
        raise refusal("unsupported_value", "This deployment keeps no jobs.", "background")
    key = exchange.request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise refusal(
            "invalid_idempotency_key",
            f"Idempotency-Key has {len(key)} characters; use 1 to {LONGEST_KEY} printable ASCII characters.",
        )
    now = int(clock.now())
    response_id = derived_id("resp", scope, caller.tenant, caller.user, key) if key else new_id("resp")
    return Job(
        key=JobKey(caller.tenant, response_id),
        user=caller.user,
        client_request_id=key or response_id,
        fingerprint=fingerprint(exchange.request.path, exchange.request.body),
        request=request,
        trace=exchange.trace,
        created_at=now,
        expires_at=now + config.jobs.kept_seconds,
        kind=kind,
    )


def check_repeat(exchange: Exchange, kept: Job, asked: Job) -> None:
    """Note the job that is kept for a request.

    Raises:
        RefusalError: it was kept for another request.
    """
    exchange.record["response_id"] = kept.key.id
    if kept.fingerprint != asked.fingerprint:
        raise refusal(
            "idempotency_key_reused",
            "The Idempotency-Key belongs to another request; use a new key for a new request.",
        )
