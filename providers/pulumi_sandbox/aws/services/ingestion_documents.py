"""The documents of an ingestion run: what a bucket holds, and the vectors that one document becomes."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .chunking import Chunk, chunks
from .document_metadata import SUFFIX, DocumentMetadata, MetadataError, read_metadata
from .document_text import READABLE_FORMATS, UnreadableDocumentError, document_text
from .foundation_models import FoundationModel
from .native_bodies import embed_text
from .rest_json import InvalidRequestError

TEXT_KEY = "AMAZON_BEDROCK_TEXT"
METADATA_KEY = "AMAZON_BEDROCK_METADATA"
URI_KEY = "x-amz-bedrock-kb-source-uri"
SOURCE_KEY = "x-amz-bedrock-kb-data-source-id"
CHUNK_KEY = "x-amz-bedrock-kb-chunk-id"
_MODALITY_KEY = "x-amz-bedrock-kb-source-file-modality"
_MOST_BYTES = 50 * 1024 * 1024
# Vector keys come from what they stand for, so that a run that was cut off can be done again without doubles.
_NAMESPACE = uuid.UUID("6f1d6a52-64c5-4a3e-9f2e-4a7d4f2f3b10")


class DocumentFailure(Exception):  # noqa: N818 - one document's outcome, not an error of the run
    """A document cannot be ingested; the message is the job's failure reason."""


@dataclass(frozen=True)
class ScannedDocument:
    """An object of the bucket; the versions are entity tags, "" for no sidecar file."""

    bucket: str
    key: str
    size: int
    version: str
    metadata_version: str

    @property
    def uri(self) -> str:
        """Return its S3 URI."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def kind(self) -> str:
        """Return its file extension in lower case."""
        return self.key.rpartition(".")[2].lower()


def scan_bucket(s3: Any, configuration: Mapping[str, Any]) -> tuple[list[ScannedDocument], int]:
    """Return the documents of a data source's bucket, and the number of sidecar files; botocore's errors pass."""
    bucket = configuration["bucketArn"].rpartition(":")[2]
    found: dict[str, Mapping[str, Any]] = {}
    for prefix in configuration.get("inclusionPrefixes") or [""]:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        found |= {each["Key"]: each for page in pages for each in page.get("Contents", ())}
    sidecars = {key for key in found if key.endswith(SUFFIX)}
    scanned = [
        ScannedDocument(bucket, key, each["Size"], each["ETag"], found.get(f"{key}{SUFFIX}", {}).get("ETag", ""))
        for key, each in sorted(found.items())
        if key not in sidecars and not key.endswith("/")
    ]
    return scanned, len(sidecars)


def unsupported_reason(document: ScannedDocument) -> str | None:
    """Return why the document's format or size is refused, or None."""
    if document.kind not in READABLE_FORMATS:
        return (
            "Encountered error: Ignored 1 files as their file format was not supported. "
            f"[Files: {document.uri}] (the sandbox reads {', '.join(READABLE_FORMATS)}). "
            "Call to Amazon S3 Source did not succeed."
        )
    if document.size > _MOST_BYTES:
        return (
            "Encountered error: Ignored 1 files as they were larger than 50 MB. "
            f"[Files: {document.uri}]. Call to Amazon S3 Source did not succeed."
        )
    return None


def vectors_of(
    document: ScannedDocument, source: Mapping[str, Any], model: FoundationModel, dimension: int, s3: Any
) -> list[dict[str, Any]]:
    """Return the vectors of a document as PutVectors takes them; raises DocumentFailure, botocore's errors pass."""
    content = s3.get_object(Bucket=document.bucket, Key=document.key)["Body"].read()
    metadata = _metadata(document, s3)
    try:
        text = document_text(content, document.kind)
    except UnreadableDocumentError as error:
        raise DocumentFailure(f"Encountered error: {document.uri} could not be read: {error}.") from error
    chunking = source.get("vectorIngestionConfiguration", {}).get("chunkingConfiguration")
    return [
        _vector(document, source["dataSourceId"], number, chunk, metadata, model, dimension)
        for number, chunk in enumerate(chunks(text, chunking))
    ]


def _metadata(document: ScannedDocument, s3: Any) -> DocumentMetadata:
    if not document.metadata_version:
        return DocumentMetadata({})
    try:
        return read_metadata(s3.get_object(Bucket=document.bucket, Key=f"{document.key}{SUFFIX}")["Body"].read())
    except MetadataError as error:
        raise DocumentFailure(
            f"Encountered error: the metadata file {document.uri}{SUFFIX} is invalid: {error}."
        ) from error


def _vector(
    document: ScannedDocument,
    source_id: str,
    number: int,
    chunk: Chunk,
    metadata: DocumentMetadata,
    model: FoundationModel,
    dimension: int,
) -> dict[str, Any]:
    read = f"{metadata.embedded_text}\n{chunk.embedded}" if metadata.embedded_text else chunk.embedded
    try:
        values, _ = embed_text(model, read, dimension)
    except InvalidRequestError as error:
        raise DocumentFailure(f"Encountered error: chunk {number} of {document.uri}: {error.message}") from error
    identity = f"{source_id} {document.uri} {document.version} {document.metadata_version} {number}"
    chunk_id = str(uuid.uuid5(_NAMESPACE, identity))
    origin: dict[str, Any] = {"source": {"sourceLocation": document.uri, "sourceType": "S3"}}
    if chunk.parent is not None:
        origin["parent"] = f"{source_id} {document.uri} {chunk.parent}"
    own = {
        TEXT_KEY: chunk.retrieved,
        METADATA_KEY: json.dumps(origin),
        URI_KEY: document.uri,
        SOURCE_KEY: source_id,
        CHUNK_KEY: chunk_id,
        _MODALITY_KEY: "TEXT",
    }
    return {"key": chunk_id, "data": {"float32": values}, "metadata": {**metadata.attributes, **own}}
