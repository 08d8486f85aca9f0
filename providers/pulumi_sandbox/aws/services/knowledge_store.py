"""What the sandbox keeps of knowledge bases: the bases, their data sources, ingestion jobs and ingested documents."""

import string
from collections.abc import Iterator
from typing import Any

from pulumi_sandbox.durable import DurableMap, open_map

from .control_plane import random_id
from .rest_json import Call, NotFoundError

bases = open_map("bedrock.knowledge_bases")
sources = open_map("bedrock.data_sources")
jobs = open_map("bedrock.ingestion_jobs")
documents = open_map("bedrock.ingested_documents")
_ID_LENGTH = 10
# Of the states of an ingestion job, those in which it works.
LIVE = ("STARTING", "IN_PROGRESS")


def new_id() -> str:
    """Return an id as knowledge bases, data sources and ingestion jobs have them."""
    return random_id(_ID_LENGTH, string.ascii_uppercase + string.digits)


def base_arn(call: Call, base_id: str) -> str:
    """Return the ARN of a knowledge base."""
    return call.arn(f"knowledge-base/{base_id}")


def find_base(region: str, base_id: str) -> tuple[str, dict[str, Any]]:
    """Return a knowledge base and its key; raises a ResourceNotFoundException."""
    key = f"{region}/{base_id}"
    found = bases.get(key)
    if found is None:
        raise NotFoundError(f"Knowledge base with id {base_id} does not exist.")
    return key, found


def find_source(region: str, base_id: str, source_id: str) -> tuple[str, dict[str, Any]]:
    """Return a data source and its key; raises a ResourceNotFoundException."""
    base_key, _ = find_base(region, base_id)
    key = f"{base_key}/{source_id}"
    found = sources.get(key)
    if found is None:
        raise NotFoundError(f"DataSource with id {source_id} in KnowledgeBase with id {base_id} does not exist.")
    return key, found


def under(kept: DurableMap, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield the entries whose keys begin with the prefix."""
    return ((key, value) for key, value in kept.snapshot().items() if key.startswith(prefix))


def forget_under(prefix: str, *maps: DurableMap) -> None:
    """Delete all entries whose keys begin with the prefix."""
    for kept in maps:
        for key, _ in list(under(kept, prefix)):
            kept.pop(key, None)


def running_job(prefix: str) -> str | None:
    """Return the id of a job under a knowledge base or data source that has not ended, or None."""
    return next((job["ingestionJobId"] for _, job in under(jobs, f"{prefix}/") if job["status"] in LIVE), None)
