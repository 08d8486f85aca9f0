"""Batches that no client makes: of objects that an operator dropped in the bucket, and of schedules.

Whoever can write below a tenant's prefix decides whose batch it is, so only operators may: clients never get a way to
put an object under a name of their choice.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

from genai_runtime.core.batch_worker import BatchWork, plan
from genai_runtime.core.batches import OPERATOR, Batch, BatchKey, Source
from genai_runtime.core.config import TENANT
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.trace import start_trace
from genai_runtime.ids import derived_id

_DROPPED: Final = re.compile(r"(?P<tenant>[^/]+)/inbox/[^/]+\.jsonl")


def dropped(message: Mapping[str, Any]) -> Iterator[tuple[str, Source]]:
    """Yield the tenants and objects that a bucket's notification tells of:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html.
    """
    for record in message.get("Records", ()):
        told = record["s3"]["object"]
        name = unquote_plus(told["key"])
        match = _DROPPED.fullmatch(name)
        if match and record["eventName"].startswith("ObjectCreated:"):
            yield match["tenant"], Source(name, told["versionId"])


def begin(tenant: str, source: Source, run: str, work: BatchWork) -> None:
    """Make a batch of an object, once for each `run`, and plan it.

    Raises:
        StepError: the object is no tenant's, or something could not be read or kept.
    """
    if (
        not TENANT.fullmatch(tenant)
        or tenant == work.config.shared_tenant
        or not source.object.startswith(f"{tenant}/")
    ):
        raise StepError(Cause.INVALID, "batch", f"{source.object!r} is not an object of tenant {tenant!r}")
    key = BatchKey(tenant, OPERATOR, derived_id("batch", tenant, source.object, run))
    work.batch_ports.batches.create(
        Batch(
            key=key,
            source=source,
            input_file_id=derived_id("file", tenant, source.object, source.version),
            endpoint="",
            metadata={"object": source.object},
            trace=start_trace(None),
            created_at=int(work.ports.clock.now()),
            output_file_id=derived_id("file", key.id, "output"),
            error_file_id=derived_id("file", key.id, "errors"),
            chunk_lines=work.config.batch.chunk_lines,
            fingerprint="",
        )
    )
    plan(key, work)


def scheduled(message: Mapping[str, Any], work: BatchWork) -> None:
    """Make a batch of the object that a schedule names, as it is now.

    Raises:
        StepError: there is no such object, or as `begin`.
    """
    source = work.batch_ports.objects.newest(message["object"])
    if source is None:
        raise StepError(
            Cause.INVALID, "batch", f"there is no object {message['object']!r}, or the role may not read it"
        )
    begin(message["tenant"], source, message["run"], work)
