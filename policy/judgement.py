"""One rule applied to one resource: what to report, and what only the update can decide."""

import traceback
from dataclasses import dataclass
from pathlib import Path

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from known import Unknown
from rule import Resource, Rule


@dataclass(frozen=True)
class Judgement:
    """Messages for the person who deploys, and the paths of the values that the update has to tell first."""

    violations: tuple[str, ...]
    undecided: tuple[str, ...]


class UndecidedError(UnknownValueError):
    """Makes the SDK report, without blocking, that a rule is decided at the update.

    The SDK's own message names neither the resource nor more than one value.
    """

    def __init__(self, undecided: dict[str, tuple[str, ...]]) -> None:
        """Takes the paths of the values that are not known, for each URN."""
        super().__init__(UNKNOWN_STRING_VALUE, [])
        cases = "; ".join(f"{', '.join(paths)} of {urn}" for urn, paths in undecided.items())
        self.message = f"not known before the update, which decides: {cases}"


def judge(rule: Rule, resource: Resource) -> Judgement:
    """Apply a rule. One that raises refuses the resource: nobody knows what else it holds."""
    violations: dict[str, None] = {}
    undecided: dict[str, None] = {}
    try:
        for finding in rule.check(resource):
            if isinstance(finding, Unknown):
                undecided[finding.path] = None
            else:
                violations[f"{finding}. Why: {rule.why} Mend: {rule.mend}"] = None
    except Exception as error:  # noqa: BLE001 - whatever a rule raises must neither pass nor end the other rules
        place = traceback.extract_tb(error.__traceback__)[-1]
        violations[
            f"the rule {rule.id} failed on {resource.urn}, which is refused because nothing shows that it keeps the "
            f"rule: {type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno}). "
            "This is a fault of the policy pack: report it to those who keep it."
        ] = None
    return Judgement(tuple(violations), tuple(undecided))
