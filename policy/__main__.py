"""Builds the pack from the rules. Kept apart from them: constructing a pack starts its server."""

import pulumi_policy

from rule import Rule
from rules import RULES


def as_policy(rule: Rule) -> pulumi_policy.ResourceValidationPolicy:
    """A rule as the engine takes it."""

    def validate(args: pulumi_policy.ResourceValidationArgs, report: pulumi_policy.ReportViolation) -> None:
        if args.resource_type in rule.types:
            for violation in rule.check(args.props):
                report(f"{violation}. Why: {rule.why} Mend: {rule.mend}", None)

    return pulumi_policy.ResourceValidationPolicy(
        name=rule.id,
        description=rule.title,
        validate=validate,
        enforcement_level=pulumi_policy.EnforcementLevel.MANDATORY,
        severity=pulumi_policy.Severity(rule.severity.value),
        remediation_steps=rule.mend,
    )


pulumi_policy.PolicyPack(
    name="genai-tiers",
    enforcement_level=pulumi_policy.EnforcementLevel.MANDATORY,
    policies=[as_policy(rule) for rule in RULES],
)
