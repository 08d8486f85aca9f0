"""One rule applied to one resource: what to report, and what only the update can decide."""

import traceback
from collections.abc import Iterable
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

    The SDK's own message names no more than one value.
    """

    def __init__(self, values: Iterable[str]) -> None:
        """Takes what is not known: paths, with their resource where the engine does not name it."""
        super().__init__(UNKNOWN_STRING_VALUE, [])
        self.message = f"not known before the update, which decides: {', '.join(values)}"


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
