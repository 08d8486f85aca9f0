"""The firewall before the distribution, and before the GraphQL API: AWS's managed rules and a rate limit for each
address.

WAF cannot stand before HTTP or WebSocket APIs, only before CloudFront and AppSync. Each web ACL costs 5 USD a month and
1 USD for each rule (AWS WAF pricing), more than the rest of a stack at rest, so it is an option.
"""

from typing import Any

import pulumi_aws as aws

from genai_tiers.lineage import Children

MANAGED_GROUPS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesCommonRuleSet",
)

TOO_STRICT_FOR_PROMPTS = ("SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY")
"""Rules of the common set that only count: prompts are longer than 8 KB, and speak of HTML, paths and addresses."""


def firewall(children: Children, role: str, scope: str, requests_per_five_minutes: int) -> aws.wafv2.WebAcl:
    """A web ACL of a scope: CLOUDFRONT, which takes them from us-east-1 alone, or REGIONAL."""
    limit: Any = {
        "name": "rate-limit",
        "priority": 0,
        "action": {"block": {}},
        "statement": {"rate_based_statement": {"limit": requests_per_five_minutes, "aggregate_key_type": "IP"}},
        "visibility_config": _visible("rate-limit"),
    }
    return aws.wafv2.WebAcl(
        children.named(role),
        region="us-east-1" if scope == "CLOUDFRONT" else None,
        scope=scope,
        default_action={"allow": {}},
        rules=[limit, *(_managed(index + 1, name) for index, name in enumerate(MANAGED_GROUPS))],
        visibility_config=_visible(role),
        opts=children.options(role),
    )


def _managed(priority: int, name: str) -> Any:
    group: dict[str, Any] = {"vendor_name": "AWS", "name": name}
    if name == "AWSManagedRulesCommonRuleSet":
        group["rule_action_overrides"] = [
            {"name": rule, "action_to_use": {"count": {}}} for rule in TOO_STRICT_FOR_PROMPTS
        ]
    return {
        "name": name,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {"managed_rule_group_statement": group},
        "visibility_config": _visible(name),
    }


def _visible(name: str) -> Any:
    return {"cloudwatch_metrics_enabled": True, "metric_name": name, "sampled_requests_enabled": False}
