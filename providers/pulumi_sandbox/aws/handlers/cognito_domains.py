"""Domains of Cognito user pools, whose sign-in pages ``aws/edge`` serves on a port of their own."""

from typing import Any
from urllib.parse import quote

from pulumi_sandbox.aws.handlers import state
from pulumi_sandbox.aws.handlers.presence import remove
from pulumi_sandbox.plugin import endpoint
from pulumi_sandbox.plugin.handler import Handler, Properties, Resource

DOMAIN = "aws:cognito/userPoolDomain:UserPoolDomain"


def _site(cloud: Any, method: str, domain: str) -> None:
    path = f"/_sandbox/edge/sign-in/{quote(f'{domain}.{cloud.region}', safe='')}"
    endpoint.request_json(cloud.endpoint, method, path)


def _create(cloud: Any, inputs: Properties) -> Resource:
    if inputs.get("certificateArn"):
        raise ValueError("certificateArn: the sandbox has no sign-in on a domain of one's own; give a prefix alone")
    domain = inputs["domain"]
    cloud.client("cognito-idp").create_user_pool_domain(Domain=domain, UserPoolId=inputs["userPoolId"])
    return state.finish(cloud, _read, domain, inputs, lambda: _site(cloud, "PUT", domain))


def _read(cloud: Any, resource_id: str, inputs: Properties) -> Resource | None:
    answer = cloud.client("cognito-idp").describe_user_pool_domain(Domain=resource_id)
    found = answer.get("DomainDescription") or {}
    if not found.get("Domain"):
        return None
    values: Properties = {
        "awsAccountId": cloud.account_id,
        "cloudfrontDistribution": "d111111abcdef8.cloudfront.net",
        "cloudfrontDistributionArn": "d111111abcdef8.cloudfront.net",
        "cloudfrontDistributionZoneId": "Z2FDTNDATAQYW2",
        "domain": found["Domain"],
        "managedLoginVersion": inputs.get("managedLoginVersion") or 1,
        "s3Bucket": f"aws-cognito-prod-{cloud.region}-assets",
        "userPoolId": found["UserPoolId"],
        "version": "20260101000000",
    }
    outputs = state.describe(cloud, DOMAIN, inputs, values)
    return state.resource(DOMAIN, resource_id, inputs, outputs)


def _update(cloud: Any, resource: Resource, inputs: Properties) -> Properties:
    return state.finish(cloud, _read, resource.id, inputs).outputs


def _delete(cloud: Any, resource: Resource) -> None:
    pool = resource.outputs["userPoolId"]
    remove(cloud.client("cognito-idp").delete_user_pool_domain, Domain=resource.id, UserPoolId=pool)
    _site(cloud, "DELETE", resource.id)


HANDLERS = {DOMAIN: Handler(_create, _read, _update, _delete)}
