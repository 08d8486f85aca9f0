"""The optimised integration ``bedrock:invokeModel``: bodies are JSON, in the state or in S3."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

_IN_STATE = {"Body", "Input", "Output"}


def _s3_place(uri: str) -> dict[str, str]:
    parts = urlsplit(uri)
    return {"Bucket": parts.netloc, "Key": parts.path.lstrip("/")}


def _body(parameters: dict[str, Any], clients: Callable[[str], Any]) -> bytes:
    if "Input" in parameters:
        return clients("s3").get_object(**_s3_place(parameters["Input"]["S3Uri"]))["Body"].read()
    body = parameters.get("Body")
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def invoke_model(parameters: dict[str, Any], clients: Callable[[str], Any]) -> dict[str, Any]:
    """Return the model's answer: its ``Body``, or where it was put. Raises ClientError."""
    options = {name[:1].lower() + name[1:]: value for name, value in parameters.items() if name not in _IN_STATE}
    answer = clients("bedrock-runtime").invoke_model(body=_body(parameters, clients), **options)
    content: bytes = answer["body"].read()
    if "Output" not in parameters:
        return {"Body": json.loads(content), "ContentType": answer["contentType"]}
    uri = parameters["Output"]["S3Uri"]
    clients("s3").put_object(**_s3_place(uri), Body=content, ContentType=answer["contentType"])
    return {"Output": {"S3Uri": uri}, "ContentType": answer["contentType"]}
