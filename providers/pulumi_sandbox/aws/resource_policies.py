"""Policies attached to resources, read from moto in process; one reader a service."""

from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws.moto_backends import backend_of
from pulumi_sandbox.iam_policy import Document, parse_document


def _document(policy: Any) -> Document | None:
    if not policy:
        return None
    if isinstance(policy, bytes):
        policy = policy.decode()
    return parse_document(policy) if isinstance(policy, str) else policy


def _bucket(backend: Any, name: str) -> Any:
    bucket = backend.buckets.get(name.split("/")[0])
    return bucket and bucket.policy


def _queue(backend: Any, name: str) -> Any:
    queue = backend.queues.get(name)
    return queue and queue.policy


def _topic(backend: Any, name: str) -> Any:
    topic = next((topic for arn, topic in backend.topics.items() if arn.endswith(f":{name}")), None)
    return topic and topic.policy


def _key(backend: Any, name: str) -> Any:
    key = backend.keys.get(name.removeprefix("key/"))
    return key and key.policy


def _secret(backend: Any, name: str) -> Any:
    wanted = f":{name}"
    found = (s for s in backend.secrets.values() if getattr(s, "arn", "").endswith(wanted))
    secret = next(found, None)
    return getattr(secret, "policy", None)


def _function(backend: Any, name: str) -> Any:
    wanted = name.removeprefix("function:").split(":")[0]
    functions = (f for f in backend.list_functions() if f.function_name == wanted)
    function = next(functions, None)
    if function is None or not function.policy.statements:
        return None
    return {"Version": "2012-10-17", "Statement": function.policy.statements}


def _vector_bucket(backend: Any, name: str) -> Any:
    wanted = name.removeprefix("bucket/").split("/")[0]
    buckets = (b for b in backend.vector_buckets.values() if b.vector_bucket_name == wanted)
    bucket = next(buckets, None)
    return bucket and bucket.policy


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "s3": _bucket,
    "sqs": _queue,
    "sns": _topic,
    "kms": _key,
    "secretsmanager": _secret,
    "lambda": _function,
    "s3vectors": _vector_bucket,
}


def resource_policy(resource_arn: str, region: str, account: str) -> Document | None:
    """Return the policy attached to a resource, or None when it has none or its service has no such policies."""
    parts = resource_arn.split(":", 5)
    if len(parts) != 6 or parts[2] not in _READERS:
        return None
    backend = backend_of(parts[2], parts[4] or account, parts[3] or region)
    return _document(_READERS[parts[2]](backend, parts[5]))
