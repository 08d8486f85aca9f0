"""Fan-outs over HTTP: make one, look at it and its parts, cancel it."""

from dataclasses import dataclass

from genai_runtime.core.background import Background, check_repeat, new_job
from genai_runtime.core.config import Config
from genai_runtime.core.fan_outs.accept import Start
from genai_runtime.core.fan_outs.combine import render_parts
from genai_runtime.core.fan_outs.plan import load_plan
from genai_runtime.core.fan_outs.ports import FanOutPorts
from genai_runtime.core.fan_outs.requests import parse
from genai_runtime.core.http import HttpResponse
from genai_runtime.core.http_exchange import Exchange, Routes
from genai_runtime.core.jobs import Job, Kind, Status
from genai_runtime.core.openai_api.body import parse_body
from genai_runtime.core.request import Caller


@dataclass(frozen=True)
class FanOuts:
    """The part of the HTTP surface that fans requests out. `background` shows and cancels what is a response."""

    config: Config
    background: Background
    ports: FanOutPorts

    @property
    def routes(self) -> Routes:
        """What answers for fan-outs, and for the responses that they are."""
        return {
            "/v1/fanouts": {"POST": self._create},
            "/v1/fanouts/*": {"GET": self._get},
            "/v1/fanouts/*/cancel": {"POST": self.background.cancel},
            **self.background.routes,
        }

    def _create(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        """Keep the request and have its parts worked on. The same `Idempotency-Key` again gets the same fan-out."""
        fan_out = parse(parse_body(exchange.request.body, self.config.limits.max_body_bytes), self.config)
        plan = fan_out.plan.dump()
        job = new_job(exchange, caller, self.config, self.background.clock, "fan-out", plan, Kind.FAN_OUT)
        with exchange.steps.step("job"):
            kept = self.background.jobs.create(job)
        check_repeat(exchange, kept, job)
        if kept.status is Status.QUEUED:
            Start(self.config, self.background.jobs, self.ports).begin(kept, fan_out, exchange.steps)
        return self._shown(exchange, kept)

    def _get(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        response_id = exchange.request.path.rstrip("/").split("/")[-1]
        return self._shown(exchange, self.background.find(exchange, caller, response_id))

    def _shown(self, exchange: Exchange, job: Job) -> HttpResponse:
        """The response, with the parts as they are now: what came too late for it as well."""
        if job.kind is not Kind.FAN_OUT:
            return self.background.shown(job)
        with exchange.steps.step("parts"):
            results = self.ports.parts.results(job.key)
        return self.background.shown(job, {"parts": render_parts(load_plan(job.request), results)})
