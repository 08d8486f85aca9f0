"""Objects of a bucket, read as CloudFront reads them: signed by an origin access control, if the bucket allows it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from pulumi_sandbox.aws.edge.behaviours import Headers
from pulumi_sandbox.aws.moto_backends import backend_of
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.iam import AccessDeniedError, authorize_service
from pulumi_sandbox.layout import ACCOUNT_ID

_DENIED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
)
Answer = tuple[int, Headers, bytes]


def is_bucket(origin: Mapping[str, Any]) -> bool:
    """Return whether an origin is a bucket."""
    return ".s3." in origin["domainName"] and not origin.get("customOriginConfig")


def read(origin: Mapping[str, Any], distribution: Mapping[str, Any], raw_path: str) -> Answer:
    """Return an object. A missing one is 403 as well, since whoever may not list a bucket is not told."""
    bucket, _, rest = origin["domainName"].partition(".s3.")
    key = unquote(f"{origin.get('originPath') or ''}{raw_path}").removeprefix("/")
    denied: Answer = 403, [("content-type", "application/xml")], _DENIED
    if not origin.get("originAccessControlId") or not key:
        return denied
    context = {"aws:SourceArn": distribution["arn"], "aws:SourceAccount": ACCOUNT_ID}
    try:
        authorize_service("cloudfront.amazonaws.com", "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", context)
    except AccessDeniedError:
        return denied
    with moto_state():
        found: Any = backend_of("s3", ACCOUNT_ID, rest.partition(".")[0]).get_object(bucket, key)
        if found is None:
            return denied
        metadata = {name.lower(): str(value) for name, value in dict(found.metadata).items()}
        body: bytes = found.value
        etag = found.etag
    kept = [(name, metadata[name]) for name in ("content-type", "cache-control") if name in metadata]
    return 200, [*kept, ("etag", etag)], body
