"""The settings of batches, in the argument `batch`."""

from dataclasses import dataclass

from .validation import Reader, unique

MAX_FILE_BYTES = 100 * 1024 * 1024
"""The most that a worker reads through to check a file, some seconds of its time."""

MAX_UPLOAD_BYTES = 4_000_000
"""What fits through the gateway: a function takes events of 6 MB (AWS Lambda quotas), and a form comes to it as base64,
a third larger."""

OWN_PREFIXES = ("batches/", "files/", "inbox/")
"""Where a tenant's objects are that are no schedule's."""


@dataclass(frozen=True)
class BatchSchedule:
    """A batch that is made again and again of one object."""

    tenant: str
    object: str
    expression: str


@dataclass(frozen=True)
class Batch:
    """How batches are worked on. A file has at most 5,000 parts of `chunk_lines`, whose numbers fit into one item."""

    max_lines: int = 10_000
    chunk_lines: int = 20
    max_workers: int = 10
    kept_days: int = 30
    schedules: tuple[BatchSchedule, ...] = ()


def read_batch(reader: Reader, tenant_id: str) -> Batch:
    """The settings in the argument; `tenant_id` is the pattern of a tenant's id."""
    default = Batch()
    batch = Batch(
        max_lines=reader.whole("max_lines", default.max_lines, 1, 50_000, "lines"),
        chunk_lines=reader.whole("chunk_lines", default.chunk_lines, 10, 1_000, "lines"),
        max_workers=reader.whole("max_workers", default.max_workers, 2, 1_000, "workers"),
        kept_days=reader.whole("kept_days", default.kept_days, 2, 365, "days"),
        schedules=tuple(_schedule(each, tenant_id) for each in reader.many("schedules")),
    )
    reader.finish()
    objects = [f"{each.tenant}/{each.object}" for each in batch.schedules]
    unique(reader.problems, reader.where("schedules"), objects, "object")
    return batch


def _schedule(reader: Reader, tenant_id: str) -> BatchSchedule:
    schedule = BatchSchedule(
        tenant=reader.required_text("tenant", pattern=tenant_id, expected="a tenant's id"),
        object=reader.required_text(
            "object",
            pattern=r"(?!/)[A-Za-z0-9/._-]{1,255}\.jsonl",
            expected="a name such as scheduled/questions.jsonl, of letters, digits and / . _ -",
        ),
        expression=reader.required_text(
            "expression",
            pattern=r"(rate|cron|at)\([^()]{1,200}\)",
            expected="rate(1 day), cron(0 3 * * ? *) or at(2027-01-01T00:00:00)",
        ),
    )
    if schedule.object.startswith(OWN_PREFIXES):
        reader.say("object", f"{', '.join(OWN_PREFIXES)} are used already; begin it with scheduled/")
    reader.finish()
    return schedule
