"""A program with every type that stands before an application; the configuration value ``round`` changes what can."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

ROUND = pulumi.Config().require_int("round")

provider = aws.Provider("aws", region="eu-central-1", default_tags=aws.ProviderDefaultTagsArgs(tags={"team": "web"}))
opts = pulumi.ResourceOptions(provider=provider)

bucket = aws.s3.Bucket("page", force_destroy=True, opts=opts)
for name, text in (("index.html", f"round {ROUND}"), ("lost.html", "nothing here")):
    aws.s3.BucketObjectv2(name, bucket=bucket.id, key=name, content=text, content_type="text/html", opts=opts)

control = aws.cloudfront.OriginAccessControl(
    "page",
    description=f"round {ROUND}",
    origin_access_control_origin_type="s3",
    signing_behavior="always",
    signing_protocol="sigv4",
    opts=opts,
)
headers = aws.cloudfront.ResponseHeadersPolicy(
    "page",
    custom_headers_config={"items": [{"header": "X-Round", "value": str(ROUND), "override": True}]},
    security_headers_config={"frame_options": {"frame_option": "DENY", "override": True}},
    opts=opts,
)
seen: Any = {"cloudwatch_metrics_enabled": True, "metric_name": "seen", "sampled_requests_enabled": False}
firewall = aws.wafv2.WebAcl(
    "page",
    region="us-east-1",
    scope="CLOUDFRONT",
    default_action={"allow": {}},
    rules=[
        {
            "name": "rate",
            "priority": 0,
            "action": {"block": {}},
            "statement": {"rate_based_statement": {"limit": 10, "aggregate_key_type": "IP"}},
            "visibility_config": seen,
        }
    ],
    visibility_config=seen,
    opts=opts,
)
reading: Any = {"allowed_methods": ["GET", "HEAD"], "cached_methods": ["GET", "HEAD"]}
default_behavior: Any = {
    "target_origin_id": "page",
    "viewer_protocol_policy": "redirect-to-https",
    "response_headers_policy_id": headers.id,
    "cache_policy_id": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    **reading,
}
distribution = aws.cloudfront.Distribution(
    "page",
    enabled=True,
    comment=f"round {ROUND}",
    default_root_object="index.html",
    origins=[
        {
            "origin_id": "page",
            "domain_name": bucket.bucket_regional_domain_name,
            "origin_access_control_id": control.id,
        }
    ],
    default_cache_behavior=default_behavior,
    custom_error_responses=[{"error_code": 403, "response_code": 404, "response_page_path": "/lost.html"}],
    restrictions={"geo_restriction": {"restriction_type": "none"}},
    viewer_certificate={"cloudfront_default_certificate": True},
    web_acl_id=firewall.arn if ROUND == 2 else None,
    opts=opts,
)
aws.s3.BucketPolicy(
    "page",
    bucket=bucket.id,
    policy=pulumi.Output.all(bucket.arn, distribution.arn).apply(
        lambda arns: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudfront.amazonaws.com"},
                        "Action": "s3:GetObject",
                        "Resource": f"{arns[0]}/*",
                        "Condition": {"StringEquals": {"AWS:SourceArn": arns[1]}},
                    }
                ],
            }
        )
    ),
    opts=opts,
)

pool = aws.cognito.UserPool("people", opts=opts)
domain = aws.cognito.UserPoolDomain("people", domain="sign-in-of-a-test", user_pool_id=pool.id, opts=opts)

pulumi.export("address", distribution.domain_name)
