"""Rules as the engine's policies."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pulumi_policy

from configuration import RuleConfiguration, configured, schema
from judgement import RemedyFailedError, UndecidedError, judge
from known import plain
from once import Remembered
from remedies import remedied
from rule import Level, Options, Resource, Rule

LEVELS = {
    Level.MANDATORY: pulumi_policy.EnforcementLevel.MANDATORY,
    Level.PRODUCTION: pulumi_policy.EnforcementLevel.ADVISORY,
    Level.ADVISORY: pulumi_policy.EnforcementLevel.ADVISORY,
}
"""What each level is where the pack runs without a configuration."""

_remembered = Remembered()


def as_policy(rule: Rule) -> pulumi_policy.Policy:
    """A rule as a policy of the engine."""
    common: dict[str, Any] = {
        "name": rule.id,
        "description": rule.title,
        "enforcement_level": LEVELS[rule.level],
        "config_schema": pulumi_policy.PolicyConfigSchema(schema(rule)),
        "severity": pulumi_policy.Severity(rule.severity.value),
        "remediation_steps": rule.mend,
        "tags": list(rule.frameworks),
    }
    if rule.over_stack:
        return pulumi_policy.StackValidationPolicy(validate=_over_stack(rule), **common)
    remediate = _remediation(rule) if rule.remedy else None
    return pulumi_policy.ResourceValidationPolicy(validate=_over_resource(rule), remediate=remediate, **common)


def _over_resource(rule: Rule) -> pulumi_policy.ResourceValidation:
    def validate(args: pulumi_policy.ResourceValidationArgs, report: pulumi_policy.ReportViolation) -> None:
        if not rule.judges(args.resource_type):
            return
        configuration = configured(rule, args.get_config())
        found = judge(rule, _resource(args, configuration), configuration.exceptions)
        for violation in found.violations:
            report(violation, None)
        if found.undecided:
            raise UndecidedError(found.undecided)

    return validate


def _over_stack(rule: Rule) -> pulumi_policy.StackValidation:
    def validate(args: pulumi_policy.StackValidationArgs, report: pulumi_policy.ReportViolation) -> None:
        configuration = configured(rule, args.get_config())
        undecided: list[str] = []
        for resource in _stack(args.resources, configuration):
            if not rule.judges(resource.type):
                continue
            found = judge(rule, resource, configuration.exceptions)
            for violation in found.violations:
                report(violation, resource.urn)
            undecided += [f"{path} of {resource.urn}" for path in found.undecided]
        if undecided:
            raise UndecidedError(undecided)

    return validate


def _remediation(rule: Rule) -> pulumi_policy.ResourceRemediation:
    def remediate(args: pulumi_policy.ResourceValidationArgs) -> Mapping[str, Any] | None:
        if not rule.judges(args.resource_type):
            return None
        configuration = configured(rule, args.get_config())
        resource = _resource(args, configuration, remember=False)
        found = judge(rule, resource, configuration.exceptions)
        if found.failed or not found.violations:
            # The analysis that follows says that the rule failed.
            return None
        try:
            return remedied(args.props, rule, resource)
        except Exception as error:  # noqa: BLE001 - whatever a remedy raises must not end the other rules
            raise RemedyFailedError(rule, resource, error) from None

    # The SDK takes the properties themselves as well, and says so nowhere but in its code.
    return cast("pulumi_policy.ResourceRemediation", remediate)


def _resource(
    args: pulumi_policy.ResourceValidationArgs, configuration: RuleConfiguration, *, remember: bool = True
) -> Resource:
    return Resource(
        args.resource_type,
        args.urn,
        # What a remediation sees changes under it.
        _plain(args.props) if remember else plain(args.props),
        options=_options(args.opts),
        provider=_plain(args.provider.props) if args.provider else {},
        settings=configuration.settings,
    )


def _stack(entries: Sequence[pulumi_policy.PolicyResource], configuration: RuleConfiguration) -> list[Resource]:
    stack: list[Resource] = []
    for entry in entries:
        references = {name: [made.urn for made in makers] for name, makers in entry.property_dependencies.items()}
        # All share the one list, which is whole when the rule looks at it.
        stack.append(
            Resource(
                entry.resource_type,
                entry.urn,
                _plain(entry.props),
                references,
                stack,
                _options(entry.opts),
                _plain(entry.provider.props) if entry.provider else {},
                configuration.settings,
                entry.parent.urn if entry.parent else "",
            )
        )
    return stack


def _plain(properties: Any) -> Any:
    return _remembered.call("plain", plain, properties)


def _options(given: pulumi_policy.PolicyResourceOptions) -> Options:
    return Options(bool(given.protect), tuple(given.ignore_changes or ()), bool(given.delete_before_replace))
