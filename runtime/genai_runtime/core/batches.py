"""Batches: requests that are answered in bulk while nobody waits. What is kept of each, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Protocol

from genai_runtime.core.request import Trace

WINDOW_SECONDS: Final = 24 * 3600
"""How long a batch may take; what is not answered by then never is."""
CANCEL_SECONDS: Final = 600
"""How long a batch that is being cancelled waits for lines that are being answered."""
OPERATOR: Final = ""
"""The user of batches that no client made: objects that were dropped in the bucket, and schedules. No verified token
has an empty subject, so no client can name them."""


class BatchStatus(Enum):
    """How far a batch is; one in `ENDED` does not change again."""

    VALIDATING = "validating"
    FAILED = "failed"
    IN_PROGRESS = "in_progress"
    FINALIZING = "finalizing"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


ENDED: Final = frozenset({BatchStatus.FAILED, BatchStatus.COMPLETED, BatchStatus.EXPIRED, BatchStatus.CANCELLED})


@dataclass(frozen=True)
class BatchKey:
    """Where a batch is: tenant and user are part of it, so no key of another one can name it."""

    tenant: str
    user: str
    id: str

    @property
    def place(self) -> str:
        """Where objects of the batch lie, below the tenant's own prefix."""
        return f"{self.tenant}/{self.id}"


@dataclass(frozen=True)
class Source:
    """The version of the object that holds a batch's input, so that nobody can change it while it is worked on."""

    object: str
    version: str


@dataclass(frozen=True)
class LineMistake:
    """What is wrong with a line of the input; `line` counts from 1."""

    code: str
    line: int | None
    message: str
    param: str | None


@dataclass(frozen=True)
class Batch:
    """One batch. Times are in seconds since the epoch.

    `endpoint` is empty until the input has told it, for a batch that no client made. The input is worked on in `chunks`
    of `chunk_lines` lines; `done` are those that are finished. `outcome` is how it will end, once nothing more is
    begun.
    """

    key: BatchKey
    source: Source
    input_file_id: str
    endpoint: str
    metadata: Mapping[str, str]
    trace: Trace
    created_at: int
    output_file_id: str
    error_file_id: str
    chunk_lines: int
    fingerprint: str
    """What tells the request apart from another one with the same `Idempotency-Key`."""
    status: BatchStatus = BatchStatus.VALIDATING
    lines: int = 0
    chunks: int = 0
    done: frozenset[int] = frozenset()
    completed: int = 0
    failed: int = 0
    times: Mapping[str, int] = field(default_factory=dict[str, int])
    """When it came to a status, by the status."""
    errors: tuple[LineMistake, ...] = ()
    outcome: BatchStatus | None = None
    has_output: bool = False
    has_errors: bool = False

    @property
    def deadline(self) -> int:
        """When it expires."""
        return self.created_at + WINDOW_SECONDS

    def overdue(self, now: float) -> BatchStatus | None:
        """Return how the batch has to end because its time is up, or None."""
        if self.outcome is not None or self.status in ENDED:
            return None
        if self.status is BatchStatus.CANCELLING:
            late = self.times[BatchStatus.CANCELLING.value] + CANCEL_SECONDS <= now
            return BatchStatus.CANCELLED if late else None
        return BatchStatus.EXPIRED if self.deadline <= now else None


@dataclass(frozen=True)
class Chunk:
    """A part of a batch's input: its number from 0, its bytes, and the number of its first line."""

    number: int
    start: int
    end: int
    first_line: int


class BatchStore(Protocol):
    """Keeps batches until they are forgotten."""

    def create(self, batch: Batch) -> Batch:
        """Keep a new batch and return it, or return the one that already has its key."""
        ...

    def get(self, key: BatchKey) -> Batch | None:
        """Return a batch as it is now."""
        ...

    def newest(self, tenant: str, user: str, limit: int, after: str | None) -> Sequence[Batch]:
        """Return a user's batches, newest first, those after the one with the id `after`."""
        ...

    def begin(self, key: BatchKey, endpoint: str, lines: int, chunks: int, now: int) -> None:
        """Have the batch in progress, unless it is past its validation."""
        ...

    def reject(self, key: BatchKey, errors: Sequence[LineMistake], now: int) -> None:
        """Fail the batch for mistakes in its input, unless it is past its validation."""
        ...

    def finish_chunk(self, key: BatchKey, number: int, completed: int, failed: int) -> Batch | None:
        """Count a chunk, once and before the end is decided, and return the batch; None when it is gone."""
        ...

    def cancel(self, key: BatchKey, now: int) -> bool:
        """Have no more lines begun, if the batch is validated or in progress."""
        ...

    def close(self, key: BatchKey, outcome: BatchStatus, now: int) -> None:
        """Decide how the batch ends, unless that is decided."""
        ...

    def end(
        self, key: BatchKey, status: BatchStatus, now: int, counts: tuple[int, int], files: tuple[bool, bool]
    ) -> bool:
        """End the batch with the counts of completed and failed lines, and whether it has an output and an error file;
        return False when it has ended."""
        ...


class LineStore(Protocol):
    """Keeps what a chunk's lines were answered with until the chunk is finished."""

    def claim(self, key: BatchKey, chunk: int, owner: str, now: float, until: float) -> bool:
        """Have `owner` work on the chunk until then, unless another one does."""
        ...

    def release(self, key: BatchKey, chunk: int, owner: str) -> None:
        """Let somebody else go on with the chunk."""
        ...

    def keep(self, key: BatchKey, chunk: int, line: int, result: str) -> None:
        """Keep the result of a line."""
        ...

    def kept(self, key: BatchKey, chunk: int) -> Mapping[int, str]:
        """Return the results that are kept, by the lines' numbers."""
        ...


class BatchQueue(Protocol):
    """Hands work on batches to workers."""

    def send(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Have a worker do each soon, at least once."""
        ...
