"""Event buses: which rules an event matches, and what goes to their targets."""

import time
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.events.deliveries import Delivery, accept
from pulumi_sandbox.aws.events.rule_inputs import target_input
from pulumi_sandbox.aws.events.targets import Letter, Sender
from pulumi_sandbox.aws.functions.platform_lines import iso_time
from pulumi_sandbox.aws.moto_backends import backend_of

_SERVICE = "events.amazonaws.com"


def event_time(seconds: float) -> str:
    """Return a time as events spell it: UTC, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def put_event(event: Mapping[str, Any], bus: str = "default") -> None:
    """Accept deliveries of a whole event to all targets of the rules that it matches. Moto's state is held."""
    backend = backend_of("events", event["account"], event["region"])
    for rule in backend.event_buses[bus].rules.values():
        offer(rule, event)


def offer(rule: Any, event: Mapping[str, Any]) -> None:
    """Accept deliveries to the targets of a moto ``Rule`` when it is enabled and the event matches."""
    if rule.state == "ENABLED" and rule.event_pattern.get_pattern() and rule.event_pattern.matches_event(event):
        deliver(rule, event)


def deliver(rule: Any, event: Mapping[str, Any]) -> None:
    """Accept deliveries of an event to all targets of a rule."""
    ingested = iso_time(time.time())
    for target in rule.targets:
        letter = Letter(target["Arn"], target_input(target, event, rule.arn, ingested), _parameters(target))
        retry: Mapping[str, Any] = target.get("RetryPolicy") or {}
        accept(
            Delivery(
                letter,
                Sender(_SERVICE, rule.arn, target.get("RoleArn") or ""),
                dead_letters=(target.get("DeadLetterConfig") or {}).get("Arn", ""),
                dead_letter_attributes={"RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"]},
                max_retries=retry.get("MaximumRetryAttempts", 185),
                max_age_seconds=retry.get("MaximumEventAgeInSeconds", 86_400),
            )
        )


def _parameters(target: Mapping[str, Any]) -> dict[str, Any]:
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    return {"MessageGroupId": group} if group else {}
