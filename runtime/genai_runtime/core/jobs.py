"""Responses that are made after the request that asked for them has ended: what is kept of each, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from genai_runtime.core.request import Caller, Trace


class Status(Enum):
    """How far a job is.

    A job in one of `FINAL` does not change again, but for one that was given up: when an operator has mended the cause
    and delivers it again, it is worked on after all.
    """

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL: Final = frozenset({Status.COMPLETED, Status.INCOMPLETE, Status.FAILED, Status.CANCELLED})


class Kind(Enum):
    """What a job's request is."""

    RESPONSE = "response"
    """The body of `POST /v1/responses`."""
    FAN_OUT = "fan_out"
    """The plan of `POST /v1/fanouts`; the parts are jobs of their own."""
    PART = "part"
    """A part of a fan-out, as the client sent it."""


@dataclass(frozen=True)
class JobKey:
    """Where a job is: the tenant is part of it, so no key of another tenant can name it."""

    tenant: str
    id: str
    """A TypeID with the prefix `resp`: the id of the response that the job makes."""
    part: str = ""
    """Which part of that job, where it is one."""

    @property
    def place(self) -> str:
        """Where objects of the job lie, below the tenant's own prefix."""
        return f"{self.tenant}/{self.id}" + (f"/part-{self.part}" if self.part else "")

    @property
    def whole(self) -> "JobKey":
        """The job that this is a part of."""
        return JobKey(self.tenant, self.id)


@dataclass(frozen=True)
class Job:
    """One job. Times are in seconds since the epoch."""

    key: JobKey
    user: str
    client_request_id: str
    """What the client calls its request; every event that goes to the client repeats it."""
    fingerprint: str
    """What tells the request apart from another one with the same id."""
    request: str
    """What is asked, JSON; `kind` says of which form."""
    trace: Trace
    created_at: int
    expires_at: int
    status: Status = Status.QUEUED
    connection: str = ""
    """Where events are pushed to; empty when nobody is connected."""
    attempts: int = 0
    """How often a worker has begun."""
    lease_until: float = 0.0
    response: str = ""
    """The response as JSON, once the status is final."""
    kind: Kind = Kind.RESPONSE

    @property
    def caller(self) -> Caller:
        """Who asked."""
        return Caller(self.key.tenant, self.user)


class JobStore(Protocol):
    """Keeps jobs and their events until they expire."""

    def create(self, job: Job) -> Job:
        """Keep a new job and return it, or return the one that already has its key."""
        ...

    def get(self, key: JobKey) -> Job | None:
        """Return a job as it is now."""
        ...

    def claim(self, key: JobKey, owner: str, now: float, lease_until: float) -> Job | None:
        """Return the job for `owner` to work on until `lease_until`, or None when it is not to be had.

        It is to be had while it is queued, in progress when its lease has run out or is this owner's own, and failed
        when it was given up.
        """
        ...

    def finish(self, key: JobKey, owner: str | None, status: Status, response: str) -> bool:
        """Make a job final, unless it is final already or another owner's; None stands for any owner."""
        ...

    def give_up(self, key: JobKey, response: str) -> bool:
        """Make a job failed for now, unless it is final; another delivery may still be worked on."""
        ...

    def attach(self, key: JobKey, connection: str) -> None:
        """Push the job's events to this connection from now on."""
        ...

    def append(self, key: JobKey, number: int, event: str, expires_at: int) -> None:
        """Keep an event under its sequence number."""
        ...

    def events(self, key: JobKey, after: int) -> Sequence[tuple[int, str]]:
        """Return the events with a greater sequence number, in order."""
        ...


class JobRemoval(Protocol):
    """Takes away what jobs asked and answered."""

    def forget(self, key: JobKey) -> None:
        """Forget all that a final job asked, answered and told. That there was one stays known until it expires, so
        that a message about it that comes late finds it done."""
        ...


class Push(Protocol):
    """Sends to the clients that are connected."""

    def send(self, connection: str, message: str) -> bool:
        """Send a message; return False when the connection is gone."""
        ...


class Dispatcher(Protocol):
    """Hands jobs to workers."""

    def dispatch(self, key: JobKey) -> None:
        """Have a worker begin the job soon, at least once."""
        ...
