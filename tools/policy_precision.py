"""Writes docs/policy-precision.md: what the policy pack says of public fixtures and programs, and the review of it."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "policy-precision.md"
DATA = ROOT / "tests" / "policy"
sys.path[:0] = [str(DATA), str(ROOT / "policy")]

from public import STACKS, Group  # noqa: E402 - needs the line above

REVIEWED: list[dict[str, Any]] = json.loads((DATA / "public" / "reviewed.json").read_text())
"""Each finding with the resources it is about, whether it is true, and why."""
NAME = re.compile(r"(?<=the role of )'[^']+'|(?<=uses models \()'[^']+'")
"""Names of other resources in findings, of which each would make a row of its own."""


def page() -> str:
    """The page's text."""
    groups = [group for groups in STACKS.values() for group in groups]
    claims = [(group, name) for group in groups if group.rule for name in (*group.violates, *group.complies)]
    differing = [(group, name) for group, name in claims if name in group.otherwise]
    findings = sum(len(row["resources"]) for row in REVIEWED)
    false = sum(len(row["resources"]) for row in REVIEWED if row["verdict"] != "true")
    lines = [
        "# Precision of the policy pack",
        "",
        "<!-- `python -m tools.policy_precision` writes this page from tests/policy/public. -->",
        "",
        "How the pack judges what it was not written for: fixtures of the Pulumi queries of KICS, of checkov's checks",
        "and of cdk-nag's rules, and public programs of Pulumi. Their facts (types and values) are in",
        "`tests/policy/public`, in our words; `tests/policy/test_public.py` makes them on the real engine, with every",
        "rule on, and compares.",
        "",
        f"- {sum(len(group.resources) for group in groups)} resources of {len(groups)} sources",
        f"- {len(claims)} judgements of a source for which the pack has a rule; the pack agrees with"
        f" {len(claims) - len(differing)} and differs with reason in {len(differing)}",
        f"- {len(REVIEWED)} different findings, at {findings} places, reviewed by hand finding by finding with their",
        f"  resources: {findings - false} places true, {false} false",
        "",
        "A finding is true when the resource lacks what the rule asks for, whatever the fixture was made to show.",
        "",
        "## Where the pack judges otherwise than the source",
        "",
        "| source | resource | rule | why |",
        "| --- | --- | --- | --- |",
        *(f"| {_path(group)} | {name} | `{group.rule}` | {group.otherwise[name]} |" for group, name in differing),
        "",
        "## Every finding",
        "",
        "| rule | finding | resources | verdict | why |",
        "| --- | --- | --- | --- | --- |",
        *_findings(),
        "",
        "## What the sources say",
        "",
        "| source | asks | rule | violate | comply |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {_path(group)} | {group.asks} | {f'`{group.rule}`' if group.rule else 'none'} "
            f"| {', '.join(group.violates)} | {', '.join(group.complies)} |"
            for group in groups
            if group.asks
        ),
        "",
        "## Programs",
        "",
        *(f"- {group.source}: {len(group.resources)} resources" for group in groups if not group.asks),
    ]
    return "\n".join(lines) + "\n"


def _path(group: Group) -> str:
    return group.source.replace("|", "\\|")


SHOWN = 4


def _findings() -> Iterator[str]:
    for row in REVIEWED:
        names = row["resources"]
        shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
        finding = row["finding"].replace("|", "\\|")
        yield f"| `{row['rule']}` | {finding} | {shown} | {row['verdict']} | {row['reason']} |"


if __name__ == "__main__":
    PAGE.write_text(page())
