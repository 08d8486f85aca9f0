"""Findings as SARIF 2.1.0, which code-scanning services show on a change."""

from collections.abc import Sequence
from typing import Any

from tools.policy_report.findings import Finding
from tools.policy_report.pack import RULES, Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"mandatory": "error", "advisory": "warning", "remediate": "note", "undecided": "note"}
SCORES = {"critical": "9.0", "high": "7.0", "medium": "5.0", "low": "3.0"}
"""Severity -> the score by which services sort (CVSS's bands)."""


def sarif(findings: Sequence[Finding], program: str) -> dict[str, Any]:
    """The log of one run. `program` is the file that made the resources, relative to the repository: an engine does not
    know the line."""
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "genai-tiers policy pack", "rules": [_rule(rule) for rule in RULES]}},
                "results": [_result(found, program) for found in findings],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.mend},
        "properties": {"security-severity": SCORES[rule.severity.value], "tags": ["security", *rule.frameworks]},
    }


def _result(found: Finding, program: str) -> dict[str, Any]:
    name = found.resource.rpartition("::")[2]
    return {
        "ruleId": found.rule,
        "level": LEVELS[found.level],
        "message": {"text": f"{name}: {found.message}"},
        # The same finding is known again in the next run.
        "partialFingerprints": {"resource/v1": f"{found.rule}:{found.resource}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": program}, "region": {"startLine": 1}},
                "logicalLocations": [{"name": name, "fullyQualifiedName": found.resource, "kind": "resource"}],
            }
        ],
    }
