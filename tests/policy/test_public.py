"""Precision on what we did not write: every finding on public fixtures and programs was reviewed by hand."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from public import STACKS, Group
from reports import Reports, recording, reported

from tools.policy_precision import NAME, PAGE, REVIEWED, page

GROUPS = [(stack, group) for stack, groups in STACKS.items() for group in groups if group.rule]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reports]:
    """Stack -> what the pack reports of it in an update."""
    reports: dict[str, Reports] = {}
    for stack, groups in STACKS.items():
        registered = [(name, kind, inputs, {}) for group in groups for name, (kind, inputs) in group.resources.items()]
        reports[stack] = reported(recording(tmp_path_factory.mktemp("public")), registered, "up")
    return reports


def findings(found: dict[str, Reports]) -> list[dict[str, Any]]:
    """Each finding once, with the resources that it is about."""
    about: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for stack, reports in found.items():
        for (rule, name), text in reports.items():
            sentences = {line.strip().partition(". Why:")[0] for line in text.splitlines() if ". Why:" in line}
            for sentence in sentences:
                about[rule, NAME.sub("…", sentence)].append(f"{stack}/{name}")
    return [
        {"rule": rule, "finding": finding, "resources": sorted(resources)}
        for (rule, finding), resources in sorted(about.items())
    ]


@pytest.mark.xdist_group("policy-public")
def test_every_finding_was_reviewed_and_none_is_false(found: dict[str, Reports]) -> None:
    reviewed = [{name: row[name] for name in ("rule", "finding", "resources")} for row in REVIEWED]
    assert findings(found) == reviewed
    assert [row for row in REVIEWED if row["verdict"] != "true" or not row["reason"]] == []


@pytest.mark.xdist_group("policy-public")
def test_no_rule_fails(found: dict[str, Reports]) -> None:
    assert not [text for reports in found.values() for text in reports.values() if "fault of the policy pack" in text]


@pytest.mark.xdist_group("policy-public")
@pytest.mark.parametrize(
    ("stack", "group"), GROUPS, ids=lambda given: re.sub(r"\W+", "-", getattr(given, "source", ""))
)
def test_the_pack_judges_as_the_source_does(found: dict[str, Reports], stack: str, group: Group) -> None:
    broken = {name for name in group.resources if "Why: " in found[stack].get((group.rule, name), "")}
    for name in group.violates:
        assert (name in broken) != (name in group.otherwise), name
    for name in group.complies:
        assert (name in broken) == (name in group.otherwise), name


def test_the_page_shows_the_review() -> None:
    assert Path(PAGE).read_text() == page(), (
        "docs/policy-precision.md is out of date: `python -m tools.policy_precision`"
    )
