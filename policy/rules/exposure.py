"""What the network can reach."""

from collections.abc import Iterator, Mapping
from typing import Any

from known import Unknown, blocks, value_at
from resource_types import RUN_SERVICE
from rule import Finding, Level, Resource, Rule, Severity

FUNCTION_URL = "aws:lambda/functionUrl:FunctionUrl"


ANYONE = ("allUsers", "allAuthenticatedUsers")


NO_PORTS = ("icmp", "icmpv6", "1", "58")
"""Protocols that have no ports."""


EDGE_PORTS = (80, 443)
"""Ports that the front of a load balancer has open to everyone, to serve and to redirect to TLS."""


def _function_url(resource: Resource) -> Iterator[Finding]:
    if resource.type == RUN_SERVICE:
        disabled = resource.properties.get("invokerIamDisabled")
        if isinstance(disabled, Unknown):
            yield disabled
        elif disabled:
            yield "invokerIamDisabled is true, so that anyone may call the service"
        return
    kind = resource.properties.get("authorizationType")
    if isinstance(kind, Unknown):
        yield kind
    elif kind == "NONE":
        yield "authorizationType is NONE, so that anyone may call the function"


def _function_url_remedy(resource: Resource) -> Mapping[str, Any]:
    return {"invokerIamDisabled": False} if resource.type == RUN_SERVICE else {"authorizationType": "AWS_IAM"}


def _public_invoker(resource: Resource) -> Iterator[Finding]:
    if resource.type == "aws:lambda/permission:Permission":
        principal = resource.properties.get("principal")
        narrowed = any(resource.properties.get(name) for name in ("principalOrgId", "sourceAccount", "sourceArn"))
        if isinstance(principal, Unknown):
            yield principal
        elif principal == "*" and not narrowed:
            yield "principal is '*', so that anyone with an AWS account may invoke the function"
        return
    role = resource.properties.get("role")
    # Whoever may look at a service reads its configuration, and so its variables.
    may = f"has {role} on it" if isinstance(role, str) and role.lower().endswith("viewer") else "may call it"
    for member in [*blocks(resource.properties, "member"), *blocks(resource.properties, "members")]:
        if isinstance(member, Unknown):
            yield member
        elif member in ANYONE:
            yield f"{member} {may}"


def _ingress(resource: Resource) -> Iterator[Finding]:
    path, everyone = {
        RUN_SERVICE: ("ingress", "INGRESS_TRAFFIC_ALL"),
        "gcp:cloudfunctions/function:Function": ("ingressSettings", "ALLOW_ALL"),
        "gcp:cloudfunctionsv2/function:Function": ("serviceConfig.ingressSettings", "ALLOW_ALL"),
    }[resource.type]
    ingress = value_at(resource.properties, path)
    if isinstance(ingress, Unknown):
        yield ingress
    elif ingress is None or ingress == everyone:
        yield f"{path} is {ingress or 'not set, which is ' + everyone}: it can be called past the load balancer"


def _open_ingress(resource: Resource) -> Iterator[Finding]:
    if resource.type == "gcp:compute/firewall:Firewall":
        yield from _open_firewall(resource)
        return
    if resource.type == "aws:ec2/securityGroupRule:SecurityGroupRule" and resource.properties.get("type") != "ingress":
        return
    entries = blocks(resource.properties, "ingress") if "securityGroup:" in resource.type else [resource.properties]
    for entry in entries:
        if isinstance(entry, Unknown):
            yield entry
            continue
        ranges = [
            each
            for name in ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6")
            for each in blocks(entry, name)
            if is_everywhere(each)
        ]
        if value_at(entry, "protocol") in NO_PORTS or value_at(entry, "ipProtocol") in NO_PORTS:
            continue
        first, last = value_at(entry, "fromPort"), value_at(entry, "toPort")
        if ranges and not (first == last and first in EDGE_PORTS):
            yield f"{ranges[0]} may reach ports {_shown(first)} to {_shown(last)}"


def is_everywhere(addresses: Any) -> bool:
    """Whether a range of addresses has a prefix of no bits: `0.0.0.0/0`, `::/0`, or as it is written otherwise."""
    return isinstance(addresses, str) and addresses.endswith("/0")


def _shown(port: Any) -> str:
    if isinstance(port, Unknown):
        return "(not known yet)"
    return "all" if port is None else f"{port:g}"


def _open_firewall(resource: Resource) -> Iterator[Finding]:
    properties = resource.properties
    if properties.get("direction") == "EGRESS" or properties.get("disabled") or not blocks(properties, "allows"):
        return
    ranges = blocks(properties, "sourceRanges")
    if not ranges and not properties.get("sourceTags") and not properties.get("sourceServiceAccounts"):
        ranges = ["0.0.0.0/0"]
    if not any(map(is_everywhere, ranges)):
        return
    for allowed in blocks(properties, "allows"):
        ports = blocks(allowed, "ports")
        if value_at(allowed, "protocol") == "icmp":
            continue
        if not ports or any(str(port) not in map(str, EDGE_PORTS) for port in ports):
            yield f"everyone may reach {value_at(allowed, 'protocol')} {', '.join(map(str, ports)) or 'on every port'}"


def _cors(resource: Resource) -> Iterator[Finding]:
    if resource.type == "gcp:storage/bucket:Bucket":
        origins = [origin for rule in blocks(resource.properties, "cors") for origin in blocks(rule, "origins")]
        credentials = False
    elif resource.type.startswith("aws:s3/"):
        rules = blocks(resource.properties, "corsRules")
        origins = [origin for rule in rules for origin in blocks(rule, "allowedOrigins")]
        credentials = False
    else:
        block = value_at(resource.properties, "cors" if resource.type == FUNCTION_URL else "corsConfiguration")
        origins, credentials = blocks(block, "allowOrigins"), value_at(block, "allowCredentials") is True
    for origin in origins:
        if isinstance(origin, Unknown):
            yield origin
        elif origin == "*" or (credentials and "*" in str(origin)):
            yield "pages of every origin may call it" + (" with the user's credentials" if credentials else "")


RULES = (
    Rule(
        id="function-url-auth",
        title="The address of a function asks who calls",
        why="An address that answers anyone is an unbounded bill and an open door to the data behind it.",
        mend="Set authorization_type to AWS_IAM; on Google Cloud leave invoker_iam_disabled off.",
        severity=Severity.CRITICAL,
        frameworks=("OWASP LLM10",),
        types=(FUNCTION_URL, RUN_SERVICE),
        check=_function_url,
        remedy=_function_url_remedy,
    ),
    Rule(
        id="no-public-invoker",
        title="Not everyone may call a function or service",
        why="An anonymous caller of a model is an unbounded bill and an open door to the data behind it.",
        mend="Name the principal or service account that calls it.",
        severity=Severity.CRITICAL,
        frameworks=("OWASP LLM10",),
        types=(
            "aws:lambda/permission:Permission",
            "gcp:cloudrunv2/serviceIamMember:ServiceIamMember",
            "gcp:cloudrunv2/serviceIamBinding:ServiceIamBinding",
            "gcp:cloudrunv2/jobIamMember:JobIamMember",
            "gcp:cloudrunv2/jobIamBinding:JobIamBinding",
            "gcp:cloudrun/iamMember:IamMember",
            "gcp:cloudrun/iamBinding:IamBinding",
            "gcp:cloudfunctions/functionIamMember:FunctionIamMember",
            "gcp:cloudfunctions/functionIamBinding:FunctionIamBinding",
            "gcp:cloudfunctionsv2/functionIamMember:FunctionIamMember",
            "gcp:cloudfunctionsv2/functionIamBinding:FunctionIamBinding",
        ),
        check=_public_invoker,
    ),
    Rule(
        id="restricted-ingress",
        title="Services are reached through the load balancer alone",
        why="Who calls the service itself goes past the firewall and the limits of the load balancer.",
        mend="Set ingress to internal and load balancer.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM10",),
        types=(
            RUN_SERVICE,
            "gcp:cloudfunctions/function:Function",
            "gcp:cloudfunctionsv2/function:Function",
        ),
        check=_ingress,
        level=Level.PRODUCTION,
    ),
    Rule(
        id="no-open-ingress",
        title="Not every address may reach a port",
        why="A port that the whole internet reaches is tried by everybody within minutes.",
        mend="Name the source: another security group, a range of your own, or the load balancer's.",
        severity=Severity.HIGH,
        frameworks=("CIS AWS 5.2", "CIS AWS 5.3", "CIS GCP 3.6", "CIS GCP 3.7"),
        types=(
            "aws:ec2/securityGroup:SecurityGroup",
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            "gcp:compute/firewall:Firewall",
        ),
        check=_open_ingress,
    ),
    Rule(
        id="cors-no-wildcard",
        title="Only named pages may call from a browser",
        why="With every origin allowed, any page that a user opens may call with what the browser knows of the user.",
        mend="List the origins of your own pages.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM02",),
        types=(
            "aws:apigatewayv2/api:Api",
            FUNCTION_URL,
            "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
            "aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2",
            "aws:s3/bucket:Bucket",
            "gcp:storage/bucket:Bucket",
        ),
        check=_cors,
    ),
)
