"""One rule applied to one resource: what to report, and what only the update can decide."""

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from configuration import RuleException
from known import Unknown
from rule import Resource, Rule


@dataclass(frozen=True)
class Judgement:
    """Messages for the person who deploys, and the paths of the values that the update has to tell first."""

    violations: tuple[str, ...]
    undecided: tuple[str, ...]
    failed: bool = False
    """Whether the rule raised, so that nobody knows what else there is to find."""


class UndecidedError(UnknownValueError):
    """Makes the SDK report, without blocking, that a rule is decided at the update.

    The SDK's own message names no more than one value.
    """

    def __init__(self, values: Iterable[str]) -> None:
        """Takes what is not known: paths, with their resource where the engine does not name it."""
        super().__init__(UNKNOWN_STRING_VALUE, [])
        self.message = f"not known before the update, which decides: {', '.join(values)}"


class RemedyFailedError(UnknownValueError):
    """Makes the SDK report that a remedy failed. The rule then judges the resource as it is, and refuses it."""

    def __init__(self, rule: Rule, resource: Resource, error: Exception) -> None:
        """Takes what the remedy raised."""
        super().__init__(UNKNOWN_STRING_VALUE, [])
        self.message = _failure(f"the remedy of {rule.id}", resource, error)


def judge(
    rule: Rule, resource: Resource, exceptions: Iterable[RuleException] = (), today: date | None = None
) -> Judgement:
    """Apply a rule. One that raises refuses the resource: nobody knows what else it holds.

    A resource that is excepted may break the rule until the exception expires, but not make it fail.
    """
    violations: dict[str, None] = {}
    undecided: dict[str, None] = {}
    try:
        for finding in rule.check(resource):
            if isinstance(finding, Unknown):
                undecided[finding.path] = None
            else:
                violations[f"{finding}. Why: {rule.why} Mend: {rule.mend}"] = None
    except Exception as error:  # noqa: BLE001 - whatever a rule raises must neither pass nor end the other rules
        return Judgement((*violations, _failure(f"the rule {rule.id}", resource, error)), tuple(undecided), failed=True)
    return _excepted(violations, undecided, resource, exceptions, today or datetime.now(UTC).date())


def _failure(what: str, resource: Resource, error: Exception) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    # The text of an error can hold a value, which can be a secret: its kind and its place say enough to find it.
    return (
        f"{what} failed on {resource.urn}, which is refused because nothing shows that it keeps the "
        f"rule: {type(error).__name__} ({Path(place.filename).name}, line {place.lineno}). "
        "This is a fault of the policy pack: report it to those who keep it."
    )


def _excepted(
    violations: Iterable[str],
    undecided: Iterable[str],
    resource: Resource,
    exceptions: Iterable[RuleException],
    today: date,
) -> Judgement:
    covering = [exception for exception in exceptions if exception.covers(resource.urn)]
    if any(not exception.has_expired(today) for exception in covering):
        return Judgement((), ())
    expired = "".join(f" The exception of {each.resource!r} expired on {each.expires}." for each in covering)
    return Judgement(tuple(f"{violation}{expired}" for violation in violations), tuple(undecided))
