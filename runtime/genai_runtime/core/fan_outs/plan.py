"""What is kept of a fan-out besides its parts: which there are, until when they may come, and how they are combined."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from genai_runtime.core.config import Config
from genai_runtime.core.jobs import Job, Kind
from genai_runtime.core.openai_api import responses
from genai_runtime.core.request import PromptRequest, Sampling


class Rule(Enum):
    """How the results of the parts become one answer."""

    CONCATENATE = "concatenate"
    """All of them, in the order of the parts."""
    FIRST = "first"
    """The one that is there first; the others are not waited for."""
    MODEL = "model"
    """What a model makes of all of them."""


@dataclass(frozen=True)
class PartRef:
    """A part of the plan."""

    id: str
    modality: str


@dataclass(frozen=True)
class Plan:
    """The request of a fan-out without what its parts ask. `instructions` are for the model that combines."""

    parts: tuple[PartRef, ...]
    deadline_seconds: int
    rule: Rule
    instructions: str
    metadata: Mapping[str, str]

    @property
    def part_ids(self) -> tuple[str, ...]:
        """The parts, in the order of the request."""
        return tuple(part.id for part in self.parts)

    def is_ready(self, done: Collection[str], succeeded: Collection[str]) -> bool:
        """Tell whether nothing more has to be waited for, when these parts have ended."""
        return set(self.part_ids) <= set(done) or (self.rule is Rule.FIRST and bool(succeeded))

    def due_at(self, job: Job) -> int:
        """When the parts that are not there are not waited for any longer, in seconds since the epoch."""
        return job.created_at + self.deadline_seconds

    def dump(self) -> str:
        """Return the plan as JSON."""
        return json.dumps({**asdict(self), "rule": self.rule.value}, ensure_ascii=False)


def load_plan(text: str) -> Plan:
    """Return the plan that `dump` wrote."""
    raw: dict[str, Any] = json.loads(text)
    parts = tuple(PartRef(**part) for part in raw.pop("parts"))
    return Plan(parts=parts, rule=Rule(raw.pop("rule")), **raw)


def request_of(job: Job, config: Config) -> responses.ResponsesRequest:
    """Return what a job's response repeats of its request, whichever kind the job is of."""
    if job.kind is Kind.RESPONSE:
        return responses.parse(json.loads(job.request), config, background=True)
    plan = load_plan(job.request)
    prompt = PromptRequest(
        model=config.models[0].name,
        messages=(),
        instructions=plan.instructions,
        sampling=Sampling(max_tokens=config.limits.max_output_tokens),
        param="combine.instructions",
    )
    return responses.ResponsesRequest(
        prompt=prompt,
        stream=False,
        own_instructions=plan.instructions or None,
        metadata=plan.metadata,
        background=True,
    )
