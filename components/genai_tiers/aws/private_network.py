"""A network for functions without a way to the internet: they reach AWS's services through endpoints of its own.

An interface endpoint costs 0.01 USD an hour in each zone (AWS PrivateLink pricing, us-east-1), about 7.30 USD a month;
those of S3 and DynamoDB cost nothing. With two zones and everything that can run here, that is six endpoints and about
88 USD a month. Lambda's own logs, traces and polling of queues do not pass through a function's network.

The management API of WebSocket connections has no endpoint: patterns that push cannot run here.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.choices import Pattern
from genai_tiers.lineage import Children
from genai_tiers.refs import NetworkRefs
from genai_tiers.settings import Settings

HTTPS_PORT = 443

GATEWAYS = ("dynamodb", "s3")
"""Services that every function may use, and whose endpoints are routes."""

OF_PATTERNS: Mapping[Pattern, Sequence[str]] = {
    Pattern.BUFFERED_REQUEST_RESPONSE: ("sqs",),
    Pattern.PARALLEL_FAN_OUT: ("sns", "sqs"),
    Pattern.BATCH_PROCESSING: ("sqs",),
}
"""Services that the functions of a pattern call, besides the models and the knowledge base."""

IAM_PREFIXES = {
    "bedrock-agent": "bedrock",
    "bedrock-agent-runtime": "bedrock",
    "bedrock-runtime": "bedrock",
    "sync-states": "states",
}
"""Where the actions of a service begin with another name than its endpoint's."""

FOREIGN_RESOURCES = ("bedrock",)
"""Services of which resources are used that are AWS's own, such as models."""


def private_network(children: Children, settings: Settings) -> NetworkRefs:
    """A VPC with a subnet in each zone, the endpoints that the patterns need, and the security group of functions."""
    network = settings.network
    vpc = aws.ec2.Vpc(
        children.named("vpc"),
        cidr_block=network.cidr_block,
        enable_dns_hostnames=True,
        opts=children.options("vpc"),
    )
    routes = aws.ec2.RouteTable(
        children.named("private-routes"), vpc_id=vpc.id, opts=children.options("private-routes")
    )
    subnets = _subnets(children, vpc, routes, network.subnet_blocks)
    functions = _group(children, vpc, "functions-group", "Functions: to the endpoints, and nowhere else")
    endpoints = _group(children, vpc, "endpoints-group", "Endpoints: from the functions")
    _allow(children, "functions-to-endpoints", functions, referenced_security_group_id=endpoints.id)
    aws.vpc.SecurityGroupIngressRule(
        children.named("endpoints-from-functions"),
        security_group_id=endpoints.id,
        referenced_security_group_id=functions.id,
        ip_protocol="tcp",
        from_port=HTTPS_PORT,
        to_port=HTTPS_PORT,
        opts=children.options("endpoints-from-functions"),
    )
    for service in GATEWAYS:
        gateway = _endpoint(children, vpc, service, vpc_endpoint_type="Gateway", route_table_ids=[routes.id])
        _allow(children, f"functions-to-{service}", functions, prefix_list_id=gateway.prefix_list_id)
    ready = [
        _endpoint(
            children,
            vpc,
            service,
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=[subnet.id for subnet in subnets],
            security_group_ids=[endpoints.id],
        )
        for service in services(settings)
    ]
    # No function runs before the endpoints that it calls are there.
    ids = pulumi.Output.all(*(subnet.id for subnet in subnets), *(each.id for each in ready))
    return NetworkRefs(
        subnet_ids=ids.apply(lambda known: known[: len(subnets)]),
        security_group_ids=functions.id.apply(lambda identifier: [identifier]),
    )


def services(settings: Settings) -> list[str]:
    """The services that functions reach through interface endpoints."""
    needed = {"bedrock-runtime", *(service for each in settings.patterns for service in OF_PATTERNS.get(each, ()))}
    if settings.cache.semantic:
        needed.add("s3vectors")
    if settings.knowledge.enabled:
        needed.add("bedrock-agent-runtime")
        if settings.knowledge.ingest_uploads:
            needed.add("bedrock-agent")
    if settings.chain.steps and Pattern.REQUEST_RESPONSE in settings.patterns:
        # Executions that are waited for have an address of their own.
        needed.add("sync-states")
    if settings.tools:
        needed.add("lambda")
    return sorted(needed)


def _subnets(
    children: Children, vpc: aws.ec2.Vpc, routes: aws.ec2.RouteTable, blocks: Sequence[str]
) -> list[aws.ec2.Subnet]:
    invoke = pulumi.InvokeOptions(parent=children.parent)
    # Local zones, which have to be opted in to, have no endpoints.
    regular: Any = [{"name": "opt-in-status", "values": ["opt-in-not-required"]}]
    zones = aws.get_availability_zones_output(state="available", filters=regular, opts=invoke).names
    subnets: list[aws.ec2.Subnet] = []
    for index, block in enumerate(blocks):
        role = f"private-subnet-{index}"
        subnet = aws.ec2.Subnet(
            children.named(role),
            vpc_id=vpc.id,
            cidr_block=block,
            availability_zone=zones[index],
            opts=children.options(role),
        )
        aws.ec2.RouteTableAssociation(
            children.named(f"{role}-routes"),
            subnet_id=subnet.id,
            route_table_id=routes.id,
            opts=children.options(f"{role}-routes"),
        )
        subnets.append(subnet)
    return subnets


def _group(children: Children, vpc: aws.ec2.Vpc, role: str, description: str) -> aws.ec2.SecurityGroup:
    return aws.ec2.SecurityGroup(
        children.named(role), vpc_id=vpc.id, description=description, opts=children.options(role)
    )


def _allow(children: Children, role: str, group: aws.ec2.SecurityGroup, **target: Any) -> None:
    aws.vpc.SecurityGroupEgressRule(
        children.named(role),
        security_group_id=group.id,
        ip_protocol="tcp",
        from_port=HTTPS_PORT,
        to_port=HTTPS_PORT,
        **target,
        opts=children.options(role),
    )


def _endpoint(children: Children, vpc: aws.ec2.Vpc, service: str, **more: Any) -> aws.ec2.VpcEndpoint:
    invoke = pulumi.InvokeOptions(parent=children.parent)
    region = aws.get_region_output(opts=invoke).region
    account = aws.get_caller_identity_output(opts=invoke).account_id
    role = f"endpoint-{service}"
    return aws.ec2.VpcEndpoint(
        children.named(role),
        vpc_id=vpc.id,
        service_name=pulumi.Output.concat("com.amazonaws.", region, ".", service),
        policy=account.apply(lambda identifier: _policy(service, identifier)),
        **more,
        opts=children.options(role),
    )


def _policy(service: str, account: str) -> str:
    """Only this account's roles, and only its own resources: what a role may do is in the role's policy."""
    prefix = IAM_PREFIXES.get(service, service)
    own = {"aws:PrincipalAccount": account}
    if prefix not in FOREIGN_RESOURCES:
        own["aws:ResourceAccount"] = account
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": f"{prefix}:*",
        "Resource": "*",
        "Condition": {"StringEquals": own},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
