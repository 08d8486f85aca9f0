"""The chat page: its files in a private bucket, the distribution before them, and the page's own config."""

import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pulumi
import pulumi_aws as aws

from genai_tiers.frontend_settings import WebApp
from genai_tiers.lineage import Children
from genai_tiers.web_files import web_files

from .buckets import PrivateBucket, private_bucket
from .distribution import Apis, distribution, security_headers
from .firewall import firewall

CONFIG_KEY = "config.json"

REVALIDATE = "no-cache"
"""Browsers and CloudFront ask whether a file has changed, so that a new release is there at once."""


@dataclass(frozen=True)
class Site:
    """Where the page is, without a slash at its end, and the bucket that its files go to."""

    url: pulumi.Output[str]
    bucket: PrivateBucket


def web_site(
    children: Children, apis: Apis, sign_in_url: pulumi.Input[str], settings: WebApp, *, retain_data: bool
) -> Site:
    """A distribution before an empty bucket, which it alone can read, and the APIs."""
    acl = (
        firewall(children, "firewall", "CLOUDFRONT", settings.requests_per_five_minutes) if settings.firewall else None
    )
    readers, resolve_readers = pulumi.deferred_output()
    # CloudFront could use the stack's key only if the key's policy named the distribution, and the page is no secret.
    bucket = private_bucket(children, "web", None, retain_data=retain_data, statements=readers)
    made = distribution(
        children, bucket.domain, apis, security_headers(children, sign_in_url), settings, acl.arn if acl else None
    )
    resolve_readers(pulumi.Output.all(bucket.arn, made.arn).apply(lambda arns: [_reader(*arns)]))
    host = pulumi.Output.from_input(settings.domain_name or made.domain_name)
    return Site(pulumi.Output.concat(apis.api_url.apply(lambda url: urlsplit(url).scheme), "://", host), bucket)


def _reader(bucket_arn: str, distribution_arn: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"{bucket_arn}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution_arn}},
    }


def upload_page(children: Children, site: Site, config: Mapping[str, pulumi.Input[Any]]) -> None:
    """The page's files, and its config as an object beside them."""
    text = pulumi.Output.from_input(config).apply(lambda found: json.dumps(found, indent=2, sort_keys=True))
    for path, file in web_files().items():
        _object(children, site, path, source=pulumi.FileAsset(str(file)))
    _object(children, site, CONFIG_KEY, content=text)


def _object(children: Children, site: Site, path: str, **content: Any) -> None:
    role = f"web-{path}"
    aws.s3.BucketObjectv2(
        children.named(role),
        bucket=site.bucket.name,
        key=path,
        content_type=mimetypes.guess_type(path)[0] or "application/octet-stream",
        cache_control=REVALIDATE,
        **content,
        opts=children.options(role, depends_on=site.bucket.ready),
    )
