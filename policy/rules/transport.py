"""Encryption on the way."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from iam_documents import Statement, statements
from joins import users
from known import Unknown, blocks, value_at
from resource_types import BUCKETS, QUEUE
from rule import Finding, Level, Resource, Rule, Severity


def _tls(resource: Resource) -> Iterator[Finding]:
    yield from TLS[resource.type](resource)


def _distribution_tls(resource: Resource) -> Iterator[Finding]:
    certificate = value_at(resource.properties, "viewerCertificate")
    if isinstance(certificate, Mapping) and not certificate.get("cloudfrontDefaultCertificate"):
        version = certificate.get("minimumProtocolVersion")
        if isinstance(version, Unknown):
            yield version
        elif not str(version).startswith(("TLSv1.2", "TLSv1.3")):
            yield f"viewerCertificate.minimumProtocolVersion is {version or 'not set, which is TLSv1'}"
    behaviours = [
        *blocks(resource.properties, "defaultCacheBehavior"),
        *blocks(resource.properties, "orderedCacheBehaviors"),
    ]
    for behaviour in behaviours:
        policy = value_at(behaviour, "viewerProtocolPolicy")
        if policy == "allow-all":
            yield "viewerProtocolPolicy is allow-all, so that the page is served without TLS too"
    for origin in blocks(resource.properties, "origins"):
        protocol = value_at(origin, "customOriginConfig.originProtocolPolicy")
        if protocol == "http-only" and not str(value_at(origin, "domainName")).startswith(("127.", "localhost")):
            yield "originProtocolPolicy is http-only, so that the origin is asked without TLS"
        old = [each for each in blocks(origin, "customOriginConfig.originSslProtocols") if each in OLD_PROTOCOLS]
        if old and protocol != "http-only":
            yield f"originSslProtocols have {', '.join(old)}"


OLD_PROTOCOLS = ("SSLv3", "TLSv1", "TLSv1.1")


WEAK_LISTENER_POLICIES = (
    "ELBSecurityPolicy-2015-05",
    "ELBSecurityPolicy-2016-08",
    "ELBSecurityPolicy-TLS-1-0-2015-04",
    "ELBSecurityPolicy-TLS-1-1-2017-01",
)


def _listener_tls(resource: Resource) -> Iterator[Finding]:
    protocol = resource.properties.get("protocol")
    if protocol == "HTTP" and not all(
        value_at(action, "redirect.protocol") == "HTTPS" for action in blocks(resource.properties, "defaultActions")
    ):
        yield "protocol is HTTP, and it does not redirect to HTTPS"
    if protocol in ("HTTPS", "TLS"):
        policy = resource.properties.get("sslPolicy")
        if not isinstance(policy, Unknown) and (policy in WEAK_LISTENER_POLICIES or not policy):
            yield f"sslPolicy is {policy or 'not set'}, which takes TLS 1.0"


def _domain_tls(resource: Resource) -> Iterator[Finding]:
    if resource.properties.get("securityPolicy") == "TLS_1_0":
        yield "securityPolicy is TLS_1_0"


def _ssl_policy_tls(resource: Resource) -> Iterator[Finding]:
    version = resource.properties.get("minTlsVersion")
    if isinstance(version, Unknown):
        yield version
    elif version not in ("TLS_1_2", "TLS_1_3"):
        yield f"minTlsVersion is {version or 'not set, which is TLS_1_0'}"


def _gcp_function_tls(resource: Resource) -> Iterator[Finding]:
    if (
        resource.properties.get("triggerHttp")
        and resource.properties.get("httpsTriggerSecurityLevel") != "SECURE_ALWAYS"
    ):
        yield "httpsTriggerSecurityLevel is not SECURE_ALWAYS, so that it answers without TLS too"


def _sql_tls(resource: Resource) -> Iterator[Finding]:
    mode = value_at(resource.properties, "settings.ipConfiguration.sslMode")
    if isinstance(mode, Unknown):
        yield mode
    elif mode not in ("ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"):
        yield f"settings.ipConfiguration.sslMode is {mode or 'not set'}, which takes connections without TLS"


def _search_tls(resource: Resource) -> Iterator[Finding]:
    enforced = value_at(resource.properties, "domainEndpointOptions.enforceHttps")
    version = value_at(resource.properties, "domainEndpointOptions.tlsSecurityPolicy")
    if isinstance(enforced, Unknown):
        yield enforced
    elif not enforced:
        yield "domainEndpointOptions.enforceHttps is not true, so that it answers without TLS too"
    elif isinstance(version, Unknown):
        yield version
    elif not str(version).startswith("Policy-Min-TLS-1-2"):
        yield f"domainEndpointOptions.tlsSecurityPolicy is {version or 'not set, which takes TLS 1.0'}"


TLS = {
    "aws:apigateway/domainName:DomainName": _domain_tls,
    "aws:cloudfront/distribution:Distribution": _distribution_tls,
    "aws:elasticsearch/domain:Domain": _search_tls,
    "aws:lb/listener:Listener": _listener_tls,
    "aws:opensearch/domain:Domain": _search_tls,
    "gcp:cloudfunctions/function:Function": _gcp_function_tls,
    "gcp:compute/sSLPolicy:SSLPolicy": _ssl_policy_tls,
    "gcp:sql/databaseInstance:DatabaseInstance": _sql_tls,
}


def _tls_remedy(resource: Resource) -> Mapping[str, Any]:
    if resource.type == "gcp:compute/sSLPolicy:SSLPolicy":
        return {"minTlsVersion": "TLS_1_2"}
    if resource.type == "aws:apigateway/domainName:DomainName":
        return {"securityPolicy": "TLS_1_2"}
    return {}


POLICIES = {
    "aws:s3/bucketPolicy:BucketPolicy": ("bucket", BUCKETS),
    "aws:sqs/queuePolicy:QueuePolicy": ("queueUrl", (QUEUE,)),
    "aws:sns/topicPolicy:TopicPolicy": ("arn", ("aws:sns/topic:Topic",)),
}
"""Type of a policy -> its property that names what it is of, and the types of that."""


def _deny_insecure(resource: Resource) -> Iterator[Finding]:
    for kind, (name, owners) in POLICIES.items():
        if resource.type not in owners:
            continue
        documents = [other.properties.get("policy") for other in users(resource, kind, name)]
        documents += [resource.properties["policy"]] if resource.properties.get("policy") else []
        unknown = [document for document in documents if isinstance(document, Unknown)]
        if not any(_denies_plain(resource, document) for document in documents if not isinstance(document, Unknown)):
            yield from unknown or ["no policy denies requests without TLS"]


def _denies_plain(resource: Resource, document: Any) -> bool:
    """Whether a document denies everyone everything that comes without TLS."""
    return any(
        isinstance(part, Statement)
        and not part.allows
        and any(kind == "*" for kind, _ in part.principals)
        and _means_all(resource, part)
        and any(
            key == "aws:securetransport" and "false" in map(str.lower, map(str, values))
            for _, key, values in part.conditions
        )
        for part in statements("policy", document)
    )


EVERY_ACTION = {**dict.fromkeys(BUCKETS, ("*", "s3:*")), QUEUE: ("*", "sqs:*")}
"""Type -> how all its actions are written. A topic's policy takes no such thing: its actions are listed."""


def _means_all(resource: Resource, statement: Statement) -> bool:
    every = EVERY_ACTION.get(resource.type)
    if every and not any(isinstance(each, Unknown) or str(each).lower() in every for each in statement.actions):
        return False
    if resource.type not in BUCKETS or any(isinstance(each, Unknown) for each in statement.resources):
        return True
    bucket = resource.properties.get("bucket")
    owners = [resource.properties.get("arn"), isinstance(bucket, str) and f"arn:aws:s3:::{bucket}"]
    objects = [f"{owner}/any/object" for owner in owners if isinstance(owner, str)]
    patterns = [str(each) for each in statement.resources]
    return not objects or any(fnmatchcase(each, pattern) for each in objects for pattern in patterns)


RULES = (
    Rule(
        id="tls-min-12",
        title="Nothing is served with less than TLS 1.2",
        why="What older TLS protects can be read and changed on the way.",
        mend="Ask for TLS 1.2 or newer, and redirect what comes without.",
        severity=Severity.HIGH,
        frameworks=("CIS GCP 6.4",),
        types=tuple(TLS),
        check=_tls,
        remedy=_tls_remedy,
    ),
    Rule(
        id="bucket-queue-deny-insecure-transport",
        title="Buckets, queues and topics deny requests without TLS",
        why="Without a denial, a client with rights may ask in clear.",
        mend="Add a statement that denies everything where aws:SecureTransport is false.",
        severity=Severity.LOW,
        frameworks=("CIS AWS 2.1.1",),
        types=(*BUCKETS, QUEUE, "aws:sns/topic:Topic"),
        check=_deny_insecure,
        over_stack=True,
        level=Level.ADVISORY,
    ),
)
