"""What the signature of an AWS request says: who calls, where, and which service is meant.

Signatures are read, not verified: the sandbox listens on loopback only, and its own access keys are no secret.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")
_SIGNATURE_V2 = re.compile(r"AWS ([^:\s]+):")


@dataclass(frozen=True, slots=True)
class Signature:
    """The credential scope of a request. ``service`` is the signing name, e.g. ``bedrock`` or ``s3``."""

    access_key_id: str
    region: str
    service: str


def read_signature(headers: Mapping[str, str], query_string: str) -> Signature | None:
    """Return what the Authorization header, or else a presigned URL's query, says; None when unsigned."""
    authorization = headers.get("authorization", "")
    if match := _CREDENTIAL.search(authorization):
        return Signature(match[1], match[2], match[3].lower())
    if match := _SIGNATURE_V2.match(authorization):
        return Signature(match[1], "us-east-1", "s3")
    query = parse_qs(query_string)
    scope = query.get("X-Amz-Credential", [""])[0].split("/")
    if len(scope) == 5:
        return Signature(scope[0], scope[2], scope[3].lower())
    return None
