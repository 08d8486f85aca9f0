"""Responses in the background over HTTP: https://platform.openai.com/docs/guides/background."""

import json
from dataclasses import dataclass, replace
from typing import Final

from genai_runtime.core.config import Config
from genai_runtime.core.errors import StepError, refusal
from genai_runtime.core.http import HttpResponse
from genai_runtime.core.http_exchange import Exchange, Routes, json_response
from genai_runtime.core.idempotency import fingerprint
from genai_runtime.core.job_events import ids_of
from genai_runtime.core.jobs import FINAL, Dispatcher, Job, JobKey, JobStore, Status
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
    """The part of the HTTP surface that makes responses in the background."""

    config: Config
    jobs: JobStore
    dispatcher: Dispatcher
    clock: Clock

    @property
    def routes(self) -> Routes:
        """What answers for a response that is being made, or was made."""
        return {
            "/v1/responses/*": {"GET": self._get},
            "/v1/responses/*/cancel": {"POST": self._cancel},
        }

    def create(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        """Keep the request as a job and hand it to the queue. The same `Idempotency-Key` again gets the same job.

        Raises:
            RefusalError: the body has mistakes, or asks to wait for the answer.
            StepError: the job could not be kept or handed over.
        """
        request = self.read(exchange)
        if not request.background:
            raise refusal(
                "unsupported_value",
                "background must be true: this deployment makes responses in the background only.",
                "background",
            )
        job = self._new_job(exchange, caller)
        with exchange.steps.step("job"):
            kept = self.jobs.create(job)
        exchange.record["response_id"] = kept.key.id
        if kept.fingerprint != job.fingerprint:
            raise refusal(
                "idempotency_key_reused",
                "The Idempotency-Key belongs to another request; use a new key for a new request.",
            )
        if kept.status is Status.QUEUED:
            self._hand_over(exchange, kept, request)
        return self._shown(kept)

    def read(self, exchange: Exchange) -> responses.ResponsesRequest:
        """Return the request that the body holds.

        Raises:
            RefusalError: the body has mistakes.
        """
        body = parse_body(exchange.request.body, self.config.limits.max_body_bytes)
        return responses.parse(body, self.config, background=True)

    def _new_job(self, exchange: Exchange, caller: Caller) -> Job:
        if self.config.jobs is None:
            raise refusal("unsupported_value", "This deployment keeps no jobs.", "background")
        key = exchange.request.headers.get("idempotency-key")
        if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise refusal(
                "invalid_idempotency_key",
                f"Idempotency-Key has {len(key)} characters; use 1 to {LONGEST_KEY} printable ASCII characters.",
            )
        now = int(self.clock.now())
        response_id = derived_id("resp", "background", caller.tenant, caller.user, key) if key else new_id("resp")
        return Job(
            key=JobKey(caller.tenant, response_id),
            user=caller.user,
            client_request_id=key or response_id,
            fingerprint=fingerprint(exchange.request.path, exchange.request.body),
            request=exchange.request.body.decode(),
            trace=exchange.trace,
            created_at=now,
            expires_at=now + self.config.jobs.kept_seconds,
        )

    def _hand_over(self, exchange: Exchange, job: Job, request: responses.ResponsesRequest) -> None:
        try:
            with exchange.steps.step("dispatch"):
                self.dispatcher.dispatch(job.key)
        except StepError:
            error = {"code": "service_unavailable", "message": "The work was not handed over."}
            failed = responses.render_unfinished(request, ids_of(job), "failed", error)
            self.jobs.finish(job.key, None, Status.FAILED, json.dumps(failed, ensure_ascii=False))
            raise

    def _get(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        job = self._job(exchange, caller, exchange.request.path.rstrip("/").split("/")[-1])
        if self._is_lost(job):
            with exchange.steps.step("job"):
                give_up(job.key, JobPorts(self.jobs, Unconnected()), self.config, self.clock)
                job = self.jobs.get(job.key) or job
        return self._shown(job)

    def _cancel(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        job = self._job(exchange, caller, exchange.request.path.rstrip("/").split("/")[-2])
        if job.status not in FINAL:
            request = responses.parse(json.loads(job.request), self.config, background=True)
            cancelled = responses.render_unfinished(request, ids_of(job), "cancelled")
            with exchange.steps.step("job"):
                self.jobs.finish(job.key, None, Status.CANCELLED, json.dumps(cancelled, ensure_ascii=False))
                job = self.jobs.get(job.key) or job
        if job.status is not Status.CANCELLED:
            raise refusal("response_final", f"The response is {job.status.value} already and cannot be cancelled.")
        return self._shown(job)

    def _is_lost(self, job: Job) -> bool:
        """Whether the worker died at the last attempt, after which nobody is left to say so."""
        most = self.config.worker.most_receives if self.config.worker else 0
        over = job.lease_until + DELIVERY_SECONDS < self.clock.now()
        return job.status is Status.IN_PROGRESS and over and 0 < most <= job.attempts

    def _job(self, exchange: Exchange, caller: Caller, response_id: str) -> Job:
        job = None
        if is_id(response_id, "resp"):
            with exchange.steps.step("job"):
                job = self.jobs.get(JobKey(caller.tenant, response_id))
        # Another user's job is told apart from none by nobody.
        if job is None or job.user != caller.user:
            raise refusal("response_not_found", f"There is no response {response_id[:40]!r}.", "response_id")
        exchange.record["response_id"] = job.key.id
        return job

    def _shown(self, job: Job) -> HttpResponse:
        if job.status in FINAL:
            return json_response(json.loads(job.response))
        request = responses.parse(json.loads(job.request), self.config, background=True)
        response = json_response(responses.render_unfinished(request, ids_of(job), job.status.value))
        return replace(response, headers={**response.headers, "retry-after": str(POLL_SECONDS)})
