"""Works on batches: checks and divides the input, and answers the lines of a part, whatever dies in between.

A message of the queue may come twice and its worker may die, so every step can be repeated: a part's lines are kept one
by one as they are answered, its results are written under a name of its own, and it is counted once.
"""

import json
import math
from dataclasses import dataclass

from genai_runtime.core import batch_messages
from genai_runtime.core.batch_input import LineRequest, read_input, read_request
from genai_runtime.core.batch_lines import answer_line
from genai_runtime.core.batches import (
    ENDED,
    Batch,
    BatchKey,
    BatchQueue,
    BatchStatus,
    BatchStore,
    Chunk,
    LineMistake,
    LineStore,
)
from genai_runtime.core.config import BatchConfig
from genai_runtime.core.errors import StepError
from genai_runtime.core.files import FileStore, Objects
from genai_runtime.core.jsonl import read_lines
from genai_runtime.core.ports import Ports

LEASE_MARGIN_SECONDS = 5.0
"""How long after the end of its time a worker is still taken for alive."""


@dataclass(eq=False)
class ChunkBusyError(Exception):
    """Another worker's lease on the part is in force, for some seconds at most; then it shall be offered again."""

    seconds: int


class UnknownBatchError(LookupError):
    """There is no such batch: it was never kept, or has been forgotten."""


@dataclass(frozen=True)
class BatchPorts:
    """What working on batches needs besides the pipeline's ports."""

    batches: BatchStore
    lines: LineStore
    files: FileStore
    objects: Objects
    queue: BatchQueue


@dataclass(frozen=True)
class BatchWork:
    """One attempt. `owner` is the same for every delivery of one message; `deadline` is in monotonic seconds."""

    config: BatchConfig
    ports: Ports
    batch_ports: BatchPorts
    owner: str
    deadline: float


def batch_of(key: BatchKey, ports: BatchPorts) -> Batch:
    """Return a batch.

    Raises:
        UnknownBatchError: there is none.
    """
    batch = ports.batches.get(key)
    if batch is None:
        raise UnknownBatchError(key.id)
    return batch


def plan(key: BatchKey, work: BatchWork) -> None:
    """Check the input of a batch; hand its parts to the workers, or fail it with every mistake.

    Raises:
        UnknownBatchError: there is no such batch.
        StepError: something could not be read, kept or handed over.
    """
    ports, now = work.batch_ports, int(work.ports.clock.now())
    batch = batch_of(key, ports)
    if batch.status is BatchStatus.CANCELLING and not batch.chunks:
        close(batch, BatchStatus.CANCELLED, ports, now)
    if batch.status not in {BatchStatus.VALIDATING, BatchStatus.IN_PROGRESS}:
        return
    limits = work.config.batch
    size = ports.objects.size_bytes(batch.source)
    if size > limits.max_file_bytes:
        said = f"The file has {size} bytes; the limit is {limits.max_file_bytes} bytes. Divide it into several batches."
        ports.batches.reject(key, [LineMistake("file_too_large", None, said, None)], now)
        return
    found = read_input(
        ports.objects.blocks(batch.source),
        batch.endpoint,
        chunk_lines=batch.chunk_lines,
        max_lines=limits.max_lines,
        max_body_bytes=work.config.limits.max_body_bytes,
    )
    if found.mistakes:
        ports.batches.reject(key, found.mistakes, now)
        return
    # Before the parts are handed over: the first may be done before the last is sent.
    ports.batches.begin(key, found.endpoint, found.lines, len(found.chunks), now)
    ports.queue.send([batch_messages.chunk(key, part) for part in found.chunks if part.number not in batch.done])


def answer_chunk(key: BatchKey, chunk: Chunk, work: BatchWork) -> None:
    """Answer the lines of a part that are not answered yet. When the time is up before they all are, another worker
    goes on with it.

    Raises:
        UnknownBatchError: there is no such batch.
        ChunkBusyError: another worker may still be at the part.
        StepError: something could not be read, kept or handed over, or has to wait for a permission.
    """
    ports, clock = work.batch_ports, work.ports.clock
    batch = batch_of(key, ports)
    if batch.status in ENDED:
        return
    if chunk.number in batch.done:
        # The worker before this one may have died before it told the last step.
        finish_if_done(batch, ports, int(clock.now()))
        return
    lease = work.deadline - clock.monotonic() + LEASE_MARGIN_SECONDS
    if not ports.lines.claim(key, chunk.number, work.owner, clock.now(), clock.now() + lease):
        raise ChunkBusyError(math.ceil(lease))
    try:
        whole = _answer_lines(batch, chunk, work)
    except StepError:
        # What comes out of the dead letters is another message, and another owner.
        ports.lines.release(key, chunk.number, work.owner)
        raise
    if not whole:
        ports.lines.release(key, chunk.number, work.owner)
        ports.queue.send([batch_messages.chunk(key, chunk)])
        return
    kept = ports.lines.kept(key, chunk.number)
    results = [kept[number] for number in sorted(kept)]
    ports.objects.put(results_name(key, chunk.number), "".join(f"{result}\n" for result in results).encode())
    completed = sum(is_completed(result) for result in results)
    counted = ports.batches.finish_chunk(key, chunk.number, completed, len(results) - completed)
    if counted is not None:
        finish_if_done(counted, ports, int(clock.now()))


def finish_if_done(batch: Batch, ports: BatchPorts, now: int) -> None:
    """Have the results written once every part is done."""
    if batch.chunks and len(batch.done) == batch.chunks and batch.status not in ENDED:
        cancelled = batch.status is BatchStatus.CANCELLING
        close(batch, BatchStatus.CANCELLED if cancelled else BatchStatus.COMPLETED, ports, now)


def close(batch: Batch, outcome: BatchStatus, ports: BatchPorts, now: int) -> None:
    """Begin nothing more, and have the results written; writing them twice gives the same."""
    ports.batches.close(batch.key, outcome, now)
    ports.queue.send([batch_messages.finish(batch.key)])


def results_name(key: BatchKey, chunk: int) -> str:
    """Return where the results of a part are."""
    return f"{batch_prefix(key)}/results/{chunk:06}.ndjson"


def batch_prefix(key: BatchKey) -> str:
    """Return what the names of a batch's objects begin with. None ends as the objects that the bucket tells of."""
    return f"{key.tenant}/batches/{key.id}"


def is_completed(result: str) -> bool:
    """Tell whether a line of results is of a request that was answered."""
    response = json.loads(result)["response"]
    return bool(response) and response["status_code"] == 200


def requests_in(content: bytes, chunk: Chunk, batch: Batch, config: BatchConfig) -> list[LineRequest]:
    """Return the requests of a part, whose lines have been checked."""
    read = (
        read_request(line, batch.endpoint, config.limits.max_body_bytes)
        for line in read_lines([content], chunk.first_line, chunk.start)
    )
    return [request for request in read if isinstance(request, LineRequest)]


def _answer_lines(batch: Batch, chunk: Chunk, work: BatchWork) -> bool:
    """Return whether nothing is left to answer."""
    ports, clock = work.batch_ports, work.ports.clock
    kept = ports.lines.kept(batch.key, chunk.number)
    content = ports.objects.read(batch.source, chunk.start, chunk.end)
    todo = [each for each in requests_in(content, chunk, batch, work.config) if each.number not in kept]
    for position, request in enumerate(todo):
        if position and work.deadline - clock.monotonic() < work.config.model_timeout_seconds:
            return False
        if _stopped(batch.key, ports):
            return True
        result = answer_line(request, batch, work.config, work.ports, work.deadline)
        ports.lines.keep(batch.key, chunk.number, request.number, json.dumps(result, ensure_ascii=False))
    return True


def _stopped(key: BatchKey, ports: BatchPorts) -> bool:
    batch = ports.batches.get(key)
    return batch is None or batch.outcome is not None or batch.status is not BatchStatus.IN_PROGRESS
