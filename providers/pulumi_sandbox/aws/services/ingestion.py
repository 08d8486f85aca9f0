"""Runs ingestion jobs: reads the documents of a bucket as the knowledge base's role, cuts, embeds and stores them.

Every call to S3 and S3 Vectors goes through the sandbox's own endpoint with the role's credentials, so IAM decides.
Documents that did not change since the last run are left alone, those that are gone are removed. A job that a dead
daemon left behind starts again when it is next asked for.
"""

import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pulumi_sandbox.iam import AccessDeniedError

from .bedrock_agent import embedding_model
from .ingestion_documents import DocumentFailure, ScannedDocument, scan_bucket, unsupported_reason, vectors_of
from .knowledge_role import is_assumable, role_client
from .knowledge_store import LIVE, bases, documents, jobs, sources, under
from .search_collections import ForbiddenError
from .vector_stores import store_of

_log = logging.getLogger(__name__)
_LOADING, _DELETING = "DocumentLoaderTask", "DeletingTask"
_VECTORS_A_CALL = 100
_MOST_REASONS = 50
NO_STATISTICS: Mapping[str, int] = dict.fromkeys(
    (
        "numberOfDocumentsScanned",
        "numberOfMetadataDocumentsScanned",
        "numberOfNewDocumentsIndexed",
        "numberOfModifiedDocumentsIndexed",
        "numberOfMetadataDocumentsModified",
        "numberOfDocumentsDeleted",
        "numberOfDocumentsFailed",
        "numberOfDocumentsSkipped",
    ),
    0,
)

_threads = ThreadPoolExecutor(4, thread_name_prefix="ingestion")
_lock = threading.Lock()
_running: set[str] = set()
_stopping: set[str] = set()


class IngestionFailed(Exception):  # noqa: N818 - the job's outcome, named as its status
    """The job as a whole cannot go on."""


class _Stopped(Exception):  # noqa: N818 - not an error
    pass


def ensure_running(key: str, account: str) -> None:
    """Start the job unless it has ended or runs already in this process."""
    with _lock:
        if jobs[key]["status"] not in (*LIVE, "STOPPING") or key in _running:
            return
        _running.add(key)
    _threads.submit(_run, key, account)


def stop_job(key: str) -> None:
    """Let the job end after the document that it is at."""
    with _lock:
        _stopping.add(key)
    jobs[key] = jobs[key] | {"status": "STOPPING", "updatedAt": time.time()}


def delete_vectors(source_key: str, base: Mapping[str, Any], region: str, account: str) -> str | None:
    """Delete all vectors of a data source as the knowledge base's role; returns why that failed, or None."""
    keys = [vector for _, document in under(documents, f"{source_key}/") for vector in document["vectors"]]
    if not keys:
        return None
    if not is_assumable(base["roleArn"], base["knowledgeBaseArn"], account):
        return f"Unable to assume the role {base['roleArn']}. Provide the proper permissions and retry."
    store = _Writer(base, region, _DELETING)
    try:
        store.delete(keys)
    except (ClientError, BotoCoreError, LookupError) as error:
        return f"Unable to delete data from vector store. {store.reason(error)}"
    return None


def _run(key: str, account: str) -> None:
    statistics, reasons = dict(NO_STATISTICS), list[str]()
    try:
        _update(key, status="IN_PROGRESS")
        _ingest(key, account, statistics, reasons)
        failed = statistics["numberOfDocumentsFailed"]
        status = "FAILED" if failed and failed == statistics["numberOfDocumentsScanned"] else "COMPLETE"
    except _Stopped:
        status = "STOPPED"
    except IngestionFailed as error:
        status = "FAILED"
        reasons.append(str(error))
    except Exception as error:  # noqa: BLE001 - a job must end, or nobody can start another
        _log.exception("ingestion job %s failed", key)
        status = "FAILED"
        reasons.append(f"The sandbox failed: {error!r}; its log has more.")
    with _lock:
        _running.discard(key)
        _stopping.discard(key)
        _update(key, status=status, statistics=statistics, failureReasons=reasons[:_MOST_REASONS] or None)


def _update(key: str, **members: Any) -> None:
    job = jobs.get(key)
    if job is not None:
        jobs[key] = (
            job | {name: value for name, value in members.items() if value is not None} | {"updatedAt": time.time()}
        )


def _ingest(key: str, account: str, statistics: dict[str, int], reasons: list[str]) -> None:
    source_key = key.rpartition("/")[0]
    base_key = source_key.rpartition("/")[0]
    region = base_key.partition("/")[0]
    base, source = bases[base_key], sources[source_key]
    role = base["roleArn"]
    if not is_assumable(role, base["knowledgeBaseArn"], account):
        raise IngestionFailed(f"Unable to assume the role {role}. Provide the proper permissions and retry.")
    _check_store(base, region)
    s3 = role_client("s3", role, region, _LOADING)
    store = _Writer(base, region, _LOADING)
    try:
        scanned, sidecars = scan_bucket(s3, source["dataSourceConfiguration"]["s3Configuration"])
    except (ClientError, BotoCoreError) as error:
        raise IngestionFailed(_reason(error, "S3", "Amazon S3 Source")) from error
    statistics["numberOfDocumentsScanned"] = len(scanned)
    statistics["numberOfMetadataDocumentsScanned"] = sidecars
    known = {
        stored_key.removeprefix(f"{source_key}/"): value for stored_key, value in under(documents, f"{source_key}/")
    }
    for document in scanned:
        if key in _stopping:
            raise _Stopped
        _ingest_document(document, known.get(document.uri), base, source, source_key, s3, store, statistics, reasons)
        _update(key, statistics=statistics)
    gone = set(known) - {document.uri for document in scanned}
    for uri in sorted(gone):
        _delete_or_fail(_Writer(base, region, _DELETING), known[uri]["vectors"])
        documents.pop(f"{source_key}/{uri}", None)
        statistics["numberOfDocumentsDeleted"] += 1


def _check_store(base: Mapping[str, Any], region: str) -> None:
    store = store_of(base)
    try:
        store.require_writing(base["roleArn"], region, _LOADING)
    except (LookupError, AccessDeniedError, ForbiddenError) as error:
        raise IngestionFailed(f"Encountered error: {error}. Call to {store.title} did not succeed.") from error


def _ingest_document(
    document: ScannedDocument,
    known: Mapping[str, Any] | None,
    base: Mapping[str, Any],
    source: Mapping[str, Any],
    source_key: str,
    s3: Any,
    store: "_Writer",
    statistics: dict[str, int],
    reasons: list[str],
) -> None:
    if known and known["version"] == document.version and known["metadata_version"] == document.metadata_version:
        return
    if reason := unsupported_reason(document):
        statistics["numberOfDocumentsFailed"] += 1
        reasons.append(reason)
        return
    model, _, dimension = embedding_model(base)
    try:
        vectors = vectors_of(document, source, model, dimension, s3)
    except DocumentFailure as error:
        statistics["numberOfDocumentsFailed"] += 1
        reasons.append(str(error))
        return
    except (ClientError, BotoCoreError) as error:
        statistics["numberOfDocumentsFailed"] += 1
        reasons.append(_reason(error, "S3", "Amazon S3 Source"))
        return
    try:
        store.put(vectors)
    except (ClientError, BotoCoreError) as error:
        if _is_denied(error):
            raise IngestionFailed(store.reason(error)) from error
        statistics["numberOfDocumentsFailed"] += 1
        reasons.append(store.reason(error))
        return
    kept = [vector["key"] for vector in vectors]
    documents[f"{source_key}/{document.uri}"] = {
        "version": document.version,
        "metadata_version": document.metadata_version,
        "vectors": kept,
    }
    if known:
        old = [vector for vector in known["vectors"] if vector not in set(kept)]
        _delete_or_fail(store, old)
    statistics[_counted(known, document)] += 1


def _counted(known: Mapping[str, Any] | None, document: ScannedDocument) -> str:
    if known is None:
        return "numberOfNewDocumentsIndexed"
    if known["version"] == document.version:
        return "numberOfMetadataDocumentsModified"
    return "numberOfModifiedDocumentsIndexed"


class _Writer:
    """Writes into a knowledge base's store as its role, in calls of a bearable size."""

    def __init__(self, base: Mapping[str, Any], region: str, session_name: str) -> None:
        self._store = store_of(base)
        self._as = (base["roleArn"], region, session_name)

    def put(self, vectors: list[dict[str, Any]]) -> None:
        """Put vectors. botocore's errors pass."""
        for start in range(0, len(vectors), _VECTORS_A_CALL):
            self._store.put(*self._as, vectors[start : start + _VECTORS_A_CALL])

    def delete(self, keys: list[str]) -> None:
        """Delete vectors. botocore's errors pass."""
        for start in range(0, len(keys), _VECTORS_A_CALL):
            self._store.delete(*self._as, keys[start : start + _VECTORS_A_CALL])

    def reason(self, error: Exception) -> str:
        """Return why a call failed."""
        return _reason(error, self._store.service, self._store.title)


def _delete_or_fail(store: _Writer, keys: list[str]) -> None:
    try:
        store.delete(keys)
    except (ClientError, BotoCoreError) as error:
        raise IngestionFailed(store.reason(error)) from error


def _is_denied(error: Exception) -> bool:
    return isinstance(error, ClientError) and error.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def _reason(error: Exception, service: str, target: str) -> str:
    """Return why a call failed, in the words of Bedrock's ingestion jobs."""
    if not isinstance(error, ClientError):
        return f"Encountered error: {error}. Call to {target} did not succeed."
    told, metadata = error.response["Error"].get("Message", ""), error.response["ResponseMetadata"]
    details = (
        f"(Service: {service}, Status Code: {metadata['HTTPStatusCode']}, Request ID: {metadata.get('RequestId')})"
    )
    return f"Encountered error: {told} {details} (SDK Attempt Count: 1). Call to {target} did not succeed."
