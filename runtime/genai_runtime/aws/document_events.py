"""Entry point of the function that has new, changed and deleted documents ingested.

The function's role needs s3:PutObject on the documents, bedrock:StartIngestionJob on the knowledge base;
sqs:ReceiveMessage, DeleteMessage and GetQueueAttributes on the queue of events; kms:Decrypt and kms:GenerateDataKey on
their key.
"""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.config import parse_ingestion_config
from genai_runtime.core.uploads import METADATA_SUFFIX, Upload, upload_of

_CONFIG: Final = parse_ingestion_config(os.environ.get("GENAI_CONFIG"))


def handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Take a batch of the bucket's events. Those that come while a run is under way are delivered again later."""
    changes = [change for record in event["Records"] for change in _changes(record)]
    for bucket, upload in changes:
        _describe(bucket, upload)
    failed = event["Records"] if changes and not _ingest() else []
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


def _changes(record: Mapping[str, Any]) -> Iterator[tuple[str, Upload | None]]:
    """Yield the bucket and, for one that is there, the document of every change; a test event has none."""
    for change in json.loads(record["body"]).get("Records", []):
        key = unquote_plus(change["s3"]["object"]["key"])
        upload = upload_of(key, _CONFIG.shared_tenant)
        if upload is not None or key.endswith(METADATA_SUFFIX):
            there = change["eventName"].startswith("ObjectCreated")
            yield change["s3"]["bucket"]["name"], upload if there else None


def _describe(bucket: str, upload: Upload | None) -> None:
    if upload is None:
        return
    s3 = client("s3")
    with calling("s3:PutObject"):
        try:
            # Whoever put metadata of their own beside the document keeps them.
            s3.put_object(Bucket=bucket, Key=upload.metadata_key, Body=upload.metadata.encode(), IfNoneMatch="*")
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in {"PreconditionFailed", "ConditionalRequestConflict"}:
                raise


def _ingest() -> bool:
    """Start a run; return False when one is under way, which may have passed the change already."""
    agent = client("bedrock-agent")
    with calling("bedrock:StartIngestionJob"):
        try:
            agent.start_ingestion_job(knowledgeBaseId=_CONFIG.knowledge_base_id, dataSourceId=_CONFIG.data_source_id)
        except agent.exceptions.ConflictException:
            return False
    return True
