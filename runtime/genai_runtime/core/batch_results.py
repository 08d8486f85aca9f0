"""The end of a batch: its output and error files in the order of the input, and a manifest of what was done."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final

from genai_runtime.core.batch_lines import result_of
from genai_runtime.core.batch_worker import BatchPorts, BatchWork, batch_of, batch_prefix, requests_in, results_name
from genai_runtime.core.batches import ENDED, OPERATOR, Batch, BatchKey, BatchStatus, Chunk, Source
from genai_runtime.core.files import File, FileKey
from genai_runtime.core.jsonl import read_lines
from genai_runtime.core.ports import Clock

_UNANSWERED: Final = {
    BatchStatus.EXPIRED: ("batch_expired", "The batch expired before this request was answered."),
    BatchStatus.CANCELLED: ("batch_cancelled", "The batch was cancelled before this request was answered."),
}
_MISSING: Final = ("result_missing", "The result of this request is missing; send it again.")


@dataclass
class _Written:
    """A file while it is written."""

    content: BinaryIO
    digest: Any = field(default_factory=hashlib.sha256)
    size_bytes: int = 0
    lines: int = 0

    def add(self, line: str) -> None:
        encoded = f"{line}\n".encode()
        self.content.write(encoded)
        self.digest.update(encoded)
        self.size_bytes += len(encoded)
        self.lines += 1


def finish(key: BatchKey, work: BatchWork) -> None:
    """Write the files and the manifest of a batch that begins nothing more, and end it.

    Raises:
        UnknownBatchError: there is no such batch.
        StepError: something could not be read or written.
    """
    ports, clock = work.batch_ports, work.ports.clock
    batch = batch_of(key, ports)
    if batch.status in ENDED or batch.outcome is None:
        return
    with TemporaryFile() as output, TemporaryFile() as errors:
        written = {"output": _Written(output), "errors": _Written(errors)}
        done = Counter[str]()
        for result in _results(batch, work):
            answered = result["response"] is not None
            completed = answered and result["response"]["status_code"] == 200
            done["completed"] += completed
            done["failed"] += answered and not completed
            if completed:
                _measure(result["response"]["body"], done)
            written["output" if completed else "errors"].add(json.dumps(result, ensure_ascii=False))
        places = {name: _keep(batch, name, file, work) for name, file in written.items() if file.lines}
    manifest = _manifest(batch, written, done, places, clock)
    ports.objects.put(f"{batch_prefix(key)}/manifest.json", json.dumps(manifest, indent=2).encode())
    counts = done["completed"], done["failed"]
    ports.batches.end(key, batch.outcome, int(clock.now()), counts, ("output" in places, "errors" in places))


def _results(batch: Batch, work: BatchWork) -> Iterator[dict[str, Any]]:
    """Yield the result of every request, in the order of the input."""
    ports = work.batch_ports
    code, message = _UNANSWERED.get(batch.outcome or BatchStatus.COMPLETED, _MISSING)
    for chunk in _chunks(batch, ports):
        kept = _kept(batch, chunk.number, ports)
        content = ports.objects.read(batch.source, chunk.start, chunk.end)
        for request in requests_in(content, chunk, batch, work.config):
            missing = result_of(batch, request, None, {"code": code, "message": message})
            yield kept.get(request.custom_id, missing)


def _chunks(batch: Batch, ports: BatchPorts) -> Iterator[Chunk]:
    """Yield the parts as they were divided; none of a batch that never was."""
    if not batch.chunks:
        return
    number, count, start, end, first = 0, 0, 0, 0, 1
    for line in read_lines(ports.objects.blocks(batch.source)):
        if count == batch.chunk_lines:
            yield Chunk(number, start, end, first)
            number, count = number + 1, 0
        if not count:
            start, first = line.start, line.number
        count, end = count + 1, line.end
    yield Chunk(number, start, end, first)


def _kept(batch: Batch, chunk: int, ports: BatchPorts) -> dict[str, dict[str, Any]]:
    """Return the results of a part by their custom_id, those too of one that was never finished."""
    if chunk in batch.done and (source := ports.objects.newest(results_name(batch.key, chunk))):
        texts = [line.content.decode() for line in read_lines(ports.objects.blocks(source))]
    else:
        texts = list(ports.lines.kept(batch.key, chunk).values())
    results: list[dict[str, Any]] = [json.loads(text) for text in texts]
    return {result["custom_id"]: result for result in results}


def _keep(batch: Batch, name: str, file: _Written, work: BatchWork) -> str:
    """Keep a file, as one of the user's own, and return the name of its object."""
    place = f"{batch_prefix(batch.key)}/{name}.ndjson"
    file.content.seek(0)
    version = work.batch_ports.objects.put(place, file.content)
    if batch.key.user != OPERATOR:
        file_id = batch.output_file_id if name == "output" else batch.error_file_id
        now = int(work.ports.clock.now())
        work.batch_ports.files.create(
            File(
                key=FileKey(batch.key.tenant, batch.key.user, file_id),
                filename=f"{batch.key.id}_{name}.jsonl",
                purpose="batch_output",
                size_bytes=file.size_bytes,
                created_at=now,
                expires_at=now + work.config.batch.kept_seconds,
                source=Source(place, version),
            )
        )
    return place


def _measure(body: dict[str, Any], done: Counter[str]) -> None:
    usage = body["usage"]
    done["input_tokens"] += usage.get("prompt_tokens", usage.get("input_tokens", 0))
    done["output_tokens"] += usage.get("completion_tokens", usage.get("output_tokens", 0))
    done["cached"] += body["cache"]["hit"]
    done[f"model {body['model']}"] += 1
    done[f"prompt {body['prompt_version']}"] += 1


def _manifest(
    batch: Batch, written: dict[str, _Written], done: Counter[str], places: dict[str, str], clock: Clock
) -> dict[str, Any]:
    now = int(clock.now())
    return {
        "batch_id": batch.key.id,
        "tenant": batch.key.tenant,
        "status": (batch.outcome or batch.status).value,
        "endpoint": batch.endpoint,
        "input": {"object": batch.source.object, "version": batch.source.version, "lines": batch.lines},
        "counts": {name: done[name] for name in ("completed", "failed", "cached", "input_tokens", "output_tokens")}
        | {"total": batch.lines},
        "models": _under(done, "model "),
        "prompt_versions": _under(done, "prompt "),
        "files": {
            name: {
                "object": place,
                "lines": written[name].lines,
                "bytes": written[name].size_bytes,
                "sha256": written[name].digest.hexdigest(),
            }
            for name, place in places.items()
        },
        "times": {"created": batch.created_at, **batch.times, "ended": now},
        "seconds": now - batch.created_at,
        "request_id": batch.trace.request_id,
        "trace_id": batch.trace.trace_id,
    }


def _under(done: Counter[str], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): count for name, count in done.items() if name.startswith(prefix)}
