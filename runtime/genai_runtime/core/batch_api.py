"""`/v1/batches`: https://platform.openai.com/docs/api-reference/batch."""

from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.core import batch_messages
from genai_runtime.core.batch_input import ENDPOINTS
from genai_runtime.core.batch_worker import BatchPorts, close
from genai_runtime.core.batches import Batch, BatchKey, BatchStatus
from genai_runtime.core.config import BatchConfig
from genai_runtime.core.errors import refusal
from genai_runtime.core.file_api import Files
from genai_runtime.core.http import HttpResponse
from genai_runtime.core.http_exchange import Exchange, Routes, json_response
from genai_runtime.core.idempotency import fingerprint, idempotency_key
from genai_runtime.core.openai_api.body import Fields, parse_body
from genai_runtime.core.openai_api.pages import page, page_limit
from genai_runtime.core.openai_api.responses import read_metadata
from genai_runtime.core.ports import Clock
from genai_runtime.core.request import Caller
from genai_runtime.ids import derived_id, is_id, new_id

_MOST_LISTED: Final = 100
_MARKED: Final = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")


@dataclass(frozen=True)
class Batches:
    """The part of the HTTP surface that makes batches of files, and shows and cancels them."""

    config: BatchConfig
    files: Files
    ports: BatchPorts
    clock: Clock

    @property
    def routes(self) -> Routes:
        """What answers for batches."""
        return {
            "/v1/batches": {"POST": self._create, "GET": self._list},
            "/v1/batches/*": {"GET": self._get},
            "/v1/batches/*/cancel": {"POST": self._cancel},
        }

    def _create(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        fields = Fields(parse_body(exchange.request.body, self.config.limits.max_body_bytes))
        fields.only(
            {"input_file_id", "endpoint", "completion_window", "metadata"},
            {"output_expires_after": ((), "files are kept for as long as the deployment says")},
        )
        file_id, endpoint = fields.text("input_file_id"), fields.text("endpoint")
        if not file_id:
            fields.note("input_file_id", "is missing; send the id of a file", "missing_parameter")
        if endpoint not in ENDPOINTS:
            fields.note("endpoint", f"is {str(endpoint)[:60]!r}; it must be {' or '.join(ENDPOINTS)}")
        if (window := fields.text("completion_window")) != "24h":
            fields.note("completion_window", f"is {str(window)[:40]!r}; it must be '24h'")
        metadata = read_metadata(fields)
        fields.done()
        file = self.files.file(exchange, caller, file_id or "", "input_file_id")
        if file.purpose != "batch":
            raise refusal(
                "invalid_value", f"The file's purpose is {file.purpose!r}; it must be 'batch'.", "input_file_id"
            )
        key = idempotency_key(exchange.request.headers.get("idempotency-key"), caller)
        mark = fingerprint(exchange.request.path, exchange.request.body)
        identity = derived_id("batch", caller.tenant, caller.user, key.key) if key else new_id("batch")
        made = Batch(
            key=BatchKey(caller.tenant, caller.user, identity),
            source=file.source,
            input_file_id=file.key.id,
            endpoint=endpoint or "",
            metadata=metadata,
            trace=exchange.trace,
            created_at=int(self.clock.now()),
            output_file_id=new_id("file"),
            error_file_id=new_id("file"),
            chunk_lines=self.config.batch.chunk_lines,
            fingerprint=mark,
        )
        with exchange.steps.step("batch"):
            kept = self.ports.batches.create(made)
        exchange.record["batch_id"] = kept.key.id
        if kept.fingerprint != mark:
            raise refusal(
                "idempotency_key_reused",
                "The Idempotency-Key belongs to another request; use a new key for a new request.",
            )
        if kept.status is BatchStatus.VALIDATING:
            with exchange.steps.step("dispatch"):
                self.ports.queue.send([batch_messages.plan(kept.key)])
        return json_response(show(kept))

    def _list(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        query = exchange.request.query
        limit = page_limit(query, 20, _MOST_LISTED)
        with exchange.steps.step("batches"):
            found = self.ports.batches.newest(caller.tenant, caller.user, limit + 1, query.get("after"))
        return json_response(page([show(batch) for batch in found], limit))

    def _get(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        batch = self._batch(exchange, caller, -1)
        if outcome := batch.overdue(self.clock.now()):
            with exchange.steps.step("batch"):
                close(batch, outcome, self.ports, int(self.clock.now()))
                batch = self.ports.batches.get(batch.key) or batch
        return json_response(show(batch))

    def _cancel(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        batch = self._batch(exchange, caller, -2)
        if batch.status is not BatchStatus.CANCELLING:
            with exchange.steps.step("batch"):
                cancelled = self.ports.batches.cancel(batch.key, int(self.clock.now()))
                batch = self.ports.batches.get(batch.key) or batch
            if not cancelled:
                raise refusal("batch_final", f"The batch is {batch.status.value} and cannot be cancelled.")
        return json_response(show(batch))

    def _batch(self, exchange: Exchange, caller: Caller, part: int) -> Batch:
        batch_id = exchange.request.path.rstrip("/").split("/")[part]
        batch = None
        if is_id(batch_id, "batch"):
            with exchange.steps.step("batch"):
                batch = self.ports.batches.get(BatchKey(caller.tenant, caller.user, batch_id))
        # Another user's batch is told apart from none by nobody.
        if batch is None:
            raise refusal("batch_not_found", f"There is no batch {batch_id[:40]!r}.", "batch_id")
        exchange.record["batch_id"] = batch.key.id
        return batch


def show(batch: Batch) -> dict[str, Any]:
    """Return the `batch` object."""
    mistakes = [vars(mistake) for mistake in batch.errors]
    return {
        "id": batch.key.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": {"object": "list", "data": mistakes} if mistakes else None,
        "input_file_id": batch.input_file_id,
        "completion_window": "24h",
        "status": batch.status.value,
        "output_file_id": batch.output_file_id if batch.has_output else None,
        "error_file_id": batch.error_file_id if batch.has_errors else None,
        "created_at": batch.created_at,
        "expires_at": batch.deadline,
        **{f"{name}_at": batch.times.get(name) for name in _MARKED},
        "request_counts": {"total": batch.lines, "completed": batch.completed, "failed": batch.failed},
        "metadata": dict(batch.metadata) or None,
        "request_id": batch.trace.request_id,
    }
