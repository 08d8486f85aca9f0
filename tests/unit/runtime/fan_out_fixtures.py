"""Fan-outs on moto's tables, with a topic and a queue in memory and a deployment of ports in memory."""

import json
from dataclasses import dataclass, field
from typing import Any

from genai_runtime.aws.part_store import DynamoParts
from genai_runtime.aws.payloads import Payloads
from genai_runtime.core.background import Background
from genai_runtime.core.fan_outs.combine import combine
from genai_runtime.core.fan_outs.part_work import give_up_part, work_on_part
from genai_runtime.core.fan_outs.ports import FanOutPorts
from genai_runtime.core.fan_outs.surface import FanOuts
from genai_runtime.core.http import HttpRequest
from genai_runtime.core.http_exchange import answer
from genai_runtime.core.jobs import JobKey
from genai_runtime.core.worker import Work
from tests.unit.runtime.job_fixtures import JOBS, Office
from tests.unit.runtime.memory import TENANT, Deployment, settings

FAN_OUT = {
    "modalities": [
        {"name": "text", "models": ["small", "large"]},
        {"name": "image", "models": ["large"]},
        {"name": "structured", "models": ["small"]},
    ],
    "deadline_seconds": 60,
    "topic": "arn:aws:sns:us-east-1:123456789012:parts",
    "combine_queue_url": "https://sqs.example.com/combine",
}


@dataclass
class Fan:
    """Everything between a client's request in parts and its answer."""

    office: Office = field(
        default_factory=lambda: Office(Deployment(config=settings(jobs=JOBS, fan_out=FAN_OUT, knowledge_base=None)))
    )
    published: list[tuple[JobKey, str]] = field(default_factory=list[tuple[JobKey, str]])
    asked: list[tuple[JobKey, int]] = field(default_factory=list[tuple[JobKey, int]])

    def publish(self, part: JobKey, modality: str) -> None:
        self.published.append((part, modality))

    def ask(self, whole: JobKey, delay_seconds: int) -> None:
        self.asked.append((whole, delay_seconds))

    @property
    def ports(self) -> FanOutPorts:
        return FanOutPorts(DynamoParts("jobs", Payloads("payloads")), self, self)

    def http(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        d = self.office.deployment
        fan_outs = FanOuts(d.config, Background(d.config, self.office.ports.jobs, self.office, d.clock), self.ports)
        claims = {"sub": more.get("user", "user-1"), "custom:tenant_id": more.get("tenant", TENANT)}
        request = HttpRequest(method, path, more.get("headers", {}), json.dumps(body).encode(), claims)
        response = answer(request, fan_outs.routes, d.config, d.clock, d.log, d.clock.monotonic() + 10)
        return response.status, json.loads(response.body)

    def create(self, *parts: dict[str, Any], **body: Any) -> str:
        status, made = self.http("POST", "/v1/fanouts", {"parts": list(parts), **body})
        assert status == 200, made
        return made["id"]

    def seen(self, response_id: str) -> Any:
        return self.http("GET", f"/v1/fanouts/{response_id}")[1]

    def work(self, response_id: str, part: str, owner: str = "w1") -> None:
        work_on_part(JobKey(TENANT, response_id, part), self._attempt(owner), self.ports)

    def give_up(self, response_id: str, part: str) -> None:
        give_up_part(JobKey(TENANT, response_id, part), self._attempt(""), self.ports)

    def combine(self, response_id: str, owner: str = "c1") -> None:
        combine(JobKey(TENANT, response_id), self._attempt(owner), self.ports)

    def combines_at_once(self) -> int:
        return sum(delay == 0 for _, delay in self.asked)

    def _attempt(self, owner: str) -> Work:
        d = self.office.deployment
        deadline = d.clock.monotonic() + 60
        return Work(d.config, d.ports, self.office.ports, owner, stream=False, deadline=deadline, keep_denied=True)
