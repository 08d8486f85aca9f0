"""Ingestion of a knowledge base's documents: an API call with a long run, which no provider resource makes."""

import time
from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

FIRST_POLL_SECONDS = 0.25
LONGEST_POLL_SECONDS = 10.0
LONGEST_RUN_SECONDS = 3_600.0
RUNNING = ("STARTING", "IN_PROGRESS")


class IngestionError(Exception):
    """An ingestion job that failed, was stopped, or left documents out; the text says which and why."""


class _IngestionProvider(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        job = _ingest(props)
        return CreateResult(job["ingestionJobId"], {**props, **_outcome(job)})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        compared = ("knowledge_base_id", "data_source_id", "documents_digest", "region")
        changed = any(_olds.get(name) != _news.get(name) for name in compared)
        return DiffResult(changes=changed, replaces=[], stables=[], delete_before_replace=False)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        _remove(_news, set(_olds.get("documents") or []) - set(_news["documents"]))
        job = _ingest(_news)
        _retire(_olds, _news)
        return UpdateResult({**_news, **_outcome(job)})


class IngestionRun(Resource):
    """Brings the documents of a data source into its knowledge base, and again whenever they change.

    Waits until the run is complete. Raises `IngestionError` (a failed update) when the run fails or leaves documents
    out. Objects that are no longer among `documents` (keys in the bucket) are taken out before the run: the engine
    deletes their resources at the end of an update, when the run would have read them once more. When another data
    source has taken the place of the last one, that one is set to take its passages along when it is deleted, which the
    engine does at the end too. Deleting the resource does nothing: the documents stay ingested.
    """

    documents_indexed: pulumi.Output[int]
    documents_failed: pulumi.Output[int]

    def __init__(
        self,
        name: str,
        *,
        knowledge_base_id: pulumi.Input[str],
        data_source_id: pulumi.Input[str],
        documents_digest: pulumi.Input[str],
        documents: Sequence[str],
        bucket: pulumi.Input[str],
        region: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            _IngestionProvider(),
            name,
            {
                "knowledge_base_id": knowledge_base_id,
                "data_source_id": data_source_id,
                "documents_digest": documents_digest,
                "documents": list(documents),
                "bucket": bucket,
                "region": region,
                "documents_indexed": None,
                "documents_failed": None,
            },
            opts,
        )


def _ingest(props: dict[str, Any]) -> dict[str, Any]:
    # Imported here because the class above is unpickled by the dynamic provider, where start-up time is everybody's.
    import boto3

    client = boto3.client("bedrock-agent", region_name=props["region"])
    source = {"knowledgeBaseId": props["knowledge_base_id"], "dataSourceId": props["data_source_id"]}
    deadline = time.monotonic() + LONGEST_RUN_SECONDS
    job = _start(client, source, deadline)
    wait = FIRST_POLL_SECONDS
    while job["status"] in RUNNING:
        if time.monotonic() > deadline:
            raise IngestionError(
                f"ingestion job {job['ingestionJobId']} is still {job['status']} after {LONGEST_RUN_SECONDS:.0f} s;"
                " it goes on: run `pulumi up` again later"
            )
        time.sleep(wait)
        wait = min(2 * wait, LONGEST_POLL_SECONDS)
        job = client.get_ingestion_job(**source, ingestionJobId=job["ingestionJobId"])["ingestionJob"]
    run = f"ingestion job {job['ingestionJobId']}"
    reasons = "; ".join(job.get("failureReasons", [])) or "no reason was given"
    failed = job.get("statistics", {}).get("numberOfDocumentsFailed", 0)
    if job["status"] != "COMPLETE" or failed:
        raise IngestionError(f"{run} ended as {job['status']} with {failed} documents left out: {reasons}")
    return job


def _start(client: Any, source: dict[str, str], deadline: float) -> dict[str, Any]:
    """Start a job, when the one has ended that uploads may have started."""
    while True:
        try:
            return client.start_ingestion_job(**source)["ingestionJob"]
        except client.exceptions.ConflictException:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def _remove(props: dict[str, Any], keys: set[str]) -> None:
    import boto3

    client = boto3.client("s3", region_name=props["region"])
    for key in sorted(keys):
        client.delete_object(Bucket=props["bucket"], Key=key)


def _retire(olds: dict[str, Any], news: dict[str, Any]) -> None:
    same_base = olds.get("knowledge_base_id") == news["knowledge_base_id"]
    if not same_base or olds["data_source_id"] == news["data_source_id"]:
        return
    import boto3

    client = boto3.client("bedrock-agent", region_name=news["region"])
    source = {"knowledgeBaseId": olds["knowledge_base_id"], "dataSourceId": olds["data_source_id"]}
    found = client.get_data_source(**source)["dataSource"]
    kept = ("name", "description", "dataSourceConfiguration", "vectorIngestionConfiguration")
    settings = {name: found[name] for name in (*kept, "serverSideEncryptionConfiguration") if name in found}
    client.update_data_source(**source, **settings, dataDeletionPolicy="DELETE")


def _outcome(job: dict[str, Any]) -> dict[str, Any]:
    statistics = job.get("statistics", {})
    indexed = statistics.get("numberOfNewDocumentsIndexed", 0) + statistics.get("numberOfModifiedDocumentsIndexed", 0)
    return {
        "documents_indexed": indexed,
        "documents_failed": statistics.get("numberOfDocumentsFailed", 0),
    }
