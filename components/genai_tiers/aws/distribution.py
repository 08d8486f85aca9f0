"""The distribution that browsers talk to: the page, the HTTP API and the WebSocket API under one address.

One origin for all three means no CORS, and a Content-Security-Policy that names one more host only, the sign-in's.

The APIs have addresses of their own, which nothing of AWS closes: HTTP and WebSocket APIs take no firewall, no resource
policy and no origin access control. So the distribution adds a secret header to what it hands on, and where the APIs
are closed, the functions behind them refuse what lacks it, after the token and the throttle of the gateway. An
authorizer function could refuse it earlier, but HTTP APIs take one authorizer a route, so it would have to verify the
tokens too, for the price of one more function a request.

Error pages of a distribution replace the errors of every origin, also the API's, so there are none: the page has one
path and needs no fall-back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pulumi
import pulumi_aws as aws

from genai_tiers.frontend_settings import WebApp
from genai_tiers.lineage import Children

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""Policies that CloudFront manages (developer guide, "Use managed cache policies"), the same in every account."""

READING = ["GET", "HEAD", "OPTIONS"]
ALL_METHODS = [*READING, "DELETE", "PATCH", "POST", "PUT"]
HSTS_SECONDS = 63_072_000

ORIGIN_HEADER = "x-origin-verify"
"""Holds the secret. The runtime knows it by the same name, in `genai_runtime.core.entrance`."""


@dataclass(frozen=True)
class Apis:
    """Where the APIs are. The scheme of the HTTP API is also that of the page before it."""

    api_url: pulumi.Output[str]
    websocket_url: pulumi.Output[str] | None
    secret: pulumi.Output[str]
    """What requests prove with that they came through the distribution."""


def security_headers(children: Children, sign_in_url: pulumi.Input[str]) -> aws.cloudfront.ResponseHeadersPolicy:
    """Headers with which a browser runs the page's own scripts only, in no frame, and talks to nobody else."""
    policy = pulumi.Output.concat(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ",
        sign_in_url,
        "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    return aws.cloudfront.ResponseHeadersPolicy(
        children.named("security-headers"),
        security_headers_config={
            "content_security_policy": {"content_security_policy": policy, "override": True},
            "content_type_options": {"override": True},
            "frame_options": {"frame_option": "DENY", "override": True},
            "referrer_policy": {"referrer_policy": "no-referrer", "override": True},
            "strict_transport_security": {"access_control_max_age_sec": HSTS_SECONDS, "override": True},
        },
        opts=children.options("security-headers"),
    )


def distribution(
    children: Children,
    bucket_domain: pulumi.Input[str],
    apis: Apis,
    headers: aws.cloudfront.ResponseHeadersPolicy,
    web_app: WebApp,
    web_acl: pulumi.Input[str] | None,
) -> aws.cloudfront.Distribution:
    """A distribution before the bucket and the APIs. Paths of the APIs are never cached and keep every header but
    the host."""
    control = aws.cloudfront.OriginAccessControl(
        children.named("bucket-access"),
        origin_access_control_origin_type="s3",
        signing_behavior="always",
        signing_protocol="sigv4",
        opts=children.options("bucket-access"),
    )
    origins: list[Any] = [
        {"origin_id": "page", "domain_name": bucket_domain, "origin_access_control_id": control.id},
        _api_origin("api", apis.api_url, apis.secret),
    ]
    behaviours = [_api_behaviour("/v1/*", "api", headers.id, ALL_METHODS)]
    if apis.websocket_url is not None:
        origins.append(_api_origin("websocket", apis.websocket_url, apis.secret))
        stage = apis.websocket_url.apply(lambda url: urlsplit(url).path)
        behaviours.append(_api_behaviour(stage, "websocket", None, READING))
    return aws.cloudfront.Distribution(
        children.named("distribution"),
        enabled=True,
        comment="The chat page and the APIs",
        default_root_object="index.html",
        http_version="http2and3",
        is_ipv6_enabled=True,
        price_class="PriceClass_100",
        # Its address is known at once; nothing of the stack waits the minutes until it is everywhere.
        wait_for_deployment=False,
        origins=origins,
        default_cache_behavior={
            "target_origin_id": "page",
            "viewer_protocol_policy": "redirect-to-https",
            "allowed_methods": READING,
            "cached_methods": ["GET", "HEAD"],
            "cache_policy_id": CACHING_OPTIMIZED,
            "response_headers_policy_id": headers.id,
            "compress": True,
        },
        ordered_cache_behaviors=behaviours,
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        **_address(web_app),
        web_acl_id=web_acl,
        opts=children.options("distribution"),
    )


def _api_origin(name: str, url: pulumi.Output[str], secret: pulumi.Output[str]) -> dict[str, Any]:
    return {
        "origin_id": name,
        "domain_name": url.apply(lambda text: urlsplit(text).netloc),
        "custom_origin_config": {
            "http_port": 80,
            "https_port": 443,
            "origin_protocol_policy": "https-only",
            "origin_ssl_protocols": ["TLSv1.2"],
        },
        "custom_headers": [{"name": ORIGIN_HEADER, "value": secret}],
    }


def _api_behaviour(
    pattern: pulumi.Input[str], origin: str, headers: pulumi.Input[str] | None, methods: Sequence[str]
) -> Any:
    return {
        "path_pattern": pattern,
        "target_origin_id": origin,
        "viewer_protocol_policy": "https-only",
        "allowed_methods": list(methods),
        "cached_methods": ["GET", "HEAD"],
        "cache_policy_id": CACHING_DISABLED,
        "origin_request_policy_id": ALL_VIEWER_EXCEPT_HOST,
        "response_headers_policy_id": headers,
        "compress": False,
    }


def _address(web_app: WebApp) -> dict[str, Any]:
    if not web_app.domain_name:
        return {"viewer_certificate": {"cloudfront_default_certificate": True}}
    return {
        "aliases": [web_app.domain_name],
        "viewer_certificate": {
            "acm_certificate_arn": web_app.certificate_arn,
            "ssl_support_method": "sni-only",
            "minimum_protocol_version": "TLSv1.2_2021",
        },
    }
