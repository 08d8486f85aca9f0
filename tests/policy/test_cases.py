"""Every rule on the real engine, on both clouds: what it finds, what it passes, and what it leaves to the update."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import recorder
from cases import CASES, Case
from engine_fixture import Engine, Project

from rules import RULES

PACK = Path(__file__).resolve().parents[2] / "policy"
PROGRAM = (Path(__file__).parent / "cases" / "program.py").read_text()
REPORT = re.compile(r"- \[\w+\] .*?  (?P<rule>[\w-]+)  \([\w:]+: (?P<name>[\w$-]+)\)\n(?P<text>(?: {10}.*\n)+)")
TOGETHER = [(number, case) for number, case in enumerate(CASES) if not case.alone]
ALONE = [(number, case) for number, case in enumerate(CASES) if case.alone]
ROOT_RESOURCE = "project-dev"

Found = dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return recording(tmp_path_factory.mktemp("cases"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which nothing is ever made."""
    return recording(tmp_path_factory.mktemp("cases"))


def recording(base: Path) -> Project:
    return Engine(base / "engine").project(base / "program", PROGRAM, settings=recorder.install(base / "plugins"))


def judge(project: Project, cases: Iterable[tuple[int, Case]], command: str) -> Found:
    """What the pack reports, all rules advisory, by rule and resource."""
    cases = list(cases)
    listed = [
        (f"c{number}-{name}", made.type, prefixed(made.inputs, number), made.options)
        for number, case in cases
        for name, made in case.resources.items()
    ]
    (project.directory / "cases.json").write_text(json.dumps(listed))
    settings: dict[str, dict[str, Any]] = {rule.id: {"enforcementLevel": "advisory"} for rule in RULES}
    for _, case in cases:
        settings[case.rule] |= case.settings
    configuration = project.directory / "configuration.json"
    configuration.write_text(json.dumps(settings))
    arguments = ["--yes", "--skip-preview"] if command == "up" else []
    done = project.run(command, *arguments, "--policy-pack", PACK, "--policy-pack-config", configuration)
    found: defaultdict[tuple[str, str], str] = defaultdict(str)
    for report in REPORT.finditer(done.stdout):
        found[report["rule"], report["name"]] += report["text"]
    return found


def prefixed(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        if set(value) == {"$ref"}:
            return {"$ref": f"c{number}-{value['$ref']}"}
        return {name: prefixed(each, number) for name, each in value.items()}
    return [prefixed(each, number) for each in value] if isinstance(value, list) else value


def broken(found: Found, number: int, case: Case) -> set[str]:
    """The resources of the case that break its rule."""
    places = {name: f"c{number}-{name}" for name in case.resources}
    if case.alone:
        places["stack"] = ROOT_RESOURCE
    return {name for name, place in places.items() if "Why: " in found.get((case.rule, place), "")}


@pytest.fixture(scope="module")
def updated(project: Project) -> tuple[Found, Found]:
    """The findings of the preview, and those of the update."""
    return judge(project, TOGETHER, "preview"), judge(project, TOGETHER, "up")


@pytest.mark.xdist_group("policy-cases")
@pytest.mark.parametrize(("number", "case"), TOGETHER, ids=lambda given: getattr(given, "rule", None))
def test_a_rule_finds_what_breaks_it_and_nothing_else(updated: tuple[Found, Found], number: int, case: Case) -> None:
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
