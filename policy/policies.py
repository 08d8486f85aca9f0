"""Rules as the engine's policies."""

import pulumi_policy

from judgement import UndecidedError, judge
from known import plain
from rule import Resource, Rule


def as_policy(rule: Rule) -> pulumi_policy.Policy:
    """A rule as a policy of the engine; mandatory, so that a violation stops the preview and the update."""
    level = pulumi_policy.EnforcementLevel.MANDATORY
    severity = pulumi_policy.Severity(rule.severity.value)
    if rule.over_stack:
        return pulumi_policy.StackValidationPolicy(
            rule.id, rule.title, _over_stack(rule), level, severity=severity, remediation_steps=rule.mend
        )
    return pulumi_policy.ResourceValidationPolicy(
        rule.id, rule.title, _over_resource(rule), level, severity=severity, remediation_steps=rule.mend
    )


def _over_resource(rule: Rule) -> pulumi_policy.ResourceValidation:
    def validate(args: pulumi_policy.ResourceValidationArgs, report: pulumi_policy.ReportViolation) -> None:
        if args.resource_type not in rule.types:
            return
        found = judge(rule, Resource(args.resource_type, args.urn, plain(args.props)))
        for violation in found.violations:
            report(violation, None)
        if found.undecided:
            raise UndecidedError(found.undecided)

    return validate


def _over_stack(rule: Rule) -> pulumi_policy.StackValidation:
    def validate(args: pulumi_policy.StackValidationArgs, report: pulumi_policy.ReportViolation) -> None:
        stack: list[Resource] = []
        for entry in args.resources:
            references = {name: [made.urn for made in makers] for name, makers in entry.property_dependencies.items()}
            # All share the one list, which is whole when the rule looks at it.
            stack.append(Resource(entry.resource_type, entry.urn, plain(entry.props), references, stack))
        undecided: list[str] = []
        for resource in stack:
            if resource.type not in rule.types:
                continue
            found = judge(rule, resource)
            for violation in found.violations:
                report(violation, resource.urn)
            undecided += [f"{path} of {resource.urn}" for path in found.undecided]
        if undecided:
            raise UndecidedError(undecided)

    return validate
