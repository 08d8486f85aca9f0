"""Roles that name their actions and their resources."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children

Statement = dict[str, Any]
"""One statement of a policy document; its values may be outputs."""


def allow(actions: Sequence[str], resources: Sequence[pulumi.Input[str]], **condition: Any) -> Statement:
    """A statement that allows actions on resources, narrowed by conditions such as `StringEquals={…}`."""
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": condition} if condition else {})


def document(statements: pulumi.Input[Sequence[Statement]]) -> pulumi.Output[str]:
    """A policy document as JSON."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements})


def service_role(
    children: Children,
    role: str,
    service: str,
    statements: pulumi.Input[Sequence[Statement]],
    account: pulumi.Input[str] | None = None,
    source_arn: pulumi.Input[str] | None = None,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """A role that one AWS service assumes, with its policy. Where the service acts for many customers, `account`
    limits it to this one (the confused deputy), and `source_arn`, a pattern, to what it acts for. Whatever uses the
    role must depend on the policy, not only on the role: IAM is eventually consistent and a role without its policy
    fails at first use."""
    trust: Statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": service},
    }
    if account is not None:
        trust["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
    if source_arn is not None:
        trust.setdefault("Condition", {})["ArnLike"] = {"aws:SourceArn": source_arn}
    identity = aws.iam.Role(
        children.named(f"{role}-role"),
        assume_role_policy=document([trust]),
        opts=children.options(f"{role}-role"),
    )
    policy = aws.iam.RolePolicy(
        children.named(f"{role}-policy"),
        role=identity.name,
        policy=document(statements),
        opts=children.options(f"{role}-policy"),
    )
    return identity, policy
