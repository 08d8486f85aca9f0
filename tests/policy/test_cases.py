"""Every rule on the real engine, on both clouds: what it finds, what it passes, and what it leaves to the update."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest
from cases import CASES, Case
from engine_fixture import Project
from reports import Reports, prefixed, recording, reported

from rules import RULES

TOGETHER = [(number, case) for number, case in enumerate(CASES) if not case.alone]
ALONE = [(number, case) for number, case in enumerate(CASES) if case.alone]
ROOT_RESOURCE = "project-dev"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return recording(tmp_path_factory.mktemp("cases"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which nothing is ever made."""
    return recording(tmp_path_factory.mktemp("cases"))


def judge(project: Project, cases: Iterable[tuple[int, Case]], command: str) -> Reports:
    cases = list(cases)
    registered = [
        (f"c{number}-{name}", made.type, prefixed(made.inputs, f"c{number}-"), made.options)
        for number, case in cases
        for name, made in case.resources.items()
    ]
    settings: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for _, case in cases:
        settings[case.rule] |= case.settings
    return reported(project, registered, command, settings)


def broken(found: Reports, number: int, case: Case) -> set[str]:
    """The resources of the case that break its rule."""
    places = {name: f"c{number}-{name}" for name in case.resources}
    if case.alone:
        places["stack"] = ROOT_RESOURCE
    return {name for name, place in places.items() if "Why: " in found.get((case.rule, place), "")}


@pytest.fixture(scope="module")
def updated(project: Project) -> tuple[Reports, Reports]:
    """The findings of the preview, and those of the update."""
    return judge(project, TOGETHER, "preview"), judge(project, TOGETHER, "up")


@pytest.mark.xdist_group("policy-cases")
@pytest.mark.parametrize(("number", "case"), TOGETHER, ids=lambda given: getattr(given, "rule", None))
def test_a_rule_finds_what_breaks_it_and_nothing_else(
    updated: tuple[Reports, Reports], number: int, case: Case
) -> None:
    previewed, made = updated
    assert broken(made, number, case) == case.broken
    # What a preview cannot know, it leaves to the update; what it says holds.
    assert broken(previewed, number, case) <= case.broken


@pytest.mark.xdist_group("policy-cases")
@pytest.mark.parametrize(("number", "case"), ALONE, ids=lambda given: getattr(given, "rule", None))
def test_a_rule_finds_what_a_stack_lacks(empty: Project, number: int, case: Case) -> None:
    assert broken(judge(empty, [(number, case)], "preview"), number, case) == case.broken


def test_every_rule_has_cases_that_break_and_keep_it() -> None:
    for rule in RULES:
        if rule.id in ELSEWHERE:
            continue
        cases = [case for case in CASES if case.rule == rule.id]
        assert any(case.broken for case in cases), rule.id
        assert any(set(case.resources) - case.broken for case in cases), rule.id


def test_rules_of_both_clouds_have_cases_of_both() -> None:
    for rule in RULES:
        clouds = {kind.partition(":")[0] for kind in rule.types if kind.startswith(("aws:", "gcp:"))}
        tried = {
            made.type.partition(":")[0] for case in CASES if case.rule == rule.id for made in case.resources.values()
        }
        assert rule.id in ELSEWHERE or clouds <= tried, rule.id


ELSEWHERE = ("api-default-route-authorized", "log-retention")
"""Rules with tests of their own."""
