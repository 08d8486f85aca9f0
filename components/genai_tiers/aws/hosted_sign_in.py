"""The sign-in pages of the user pool, for browsers: authorization code flow with PKCE, and no other."""

import hashlib
from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children

SCOPES = ("openid", "email")


def sign_in_domain(children: Children, pool: aws.cognito.UserPool) -> pulumi.Output[str]:
    """The URL of the pool's sign-in pages. The prefix must be unique in the region over all accounts, so it is made of
    the pool's ARN."""
    domain = aws.cognito.UserPoolDomain(
        children.named("sign-in"),
        domain=pool.arn.apply(lambda arn: f"sign-in-{hashlib.sha256(arn.encode()).hexdigest()[:16]}"),
        user_pool_id=pool.id,
        opts=children.options("sign-in"),
    )
    return pulumi.Output.concat("https://", domain.domain, ".auth.", domain.region, ".amazoncognito.com")


def browser_flows(app_url: pulumi.Input[str]) -> dict[str, Any]:
    """What the client needs so that the page at `app_url` can sign people in and out."""
    page = pulumi.Output.concat(app_url, "/")
    return {
        "allowed_oauth_flows_user_pool_client": True,
        "allowed_oauth_flows": ["code"],
        "allowed_oauth_scopes": list(SCOPES),
        "supported_identity_providers": ["COGNITO"],
        "callback_urls": [page],
        "logout_urls": [page],
    }
