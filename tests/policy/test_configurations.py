"""The configurations of the environments, and exceptions in them."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from rule_calls import resource, rule

from configuration import RuleException, configured, schema
from judgement import judge
from rule import Level
from rules import RULES

CONFIGURATIONS = sorted((Path(__file__).resolve().parents[2] / "policy" / "config").glob("*.json"))
GROUP = "aws:cloudwatch/logGroup:LogGroup"


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.stem)
def test_every_level_is_of_a_rule_that_there_is_and_has_its_reason(path: Path):
    for name, given in json.loads(path.read_text()).items():
        levels = {"enforcementLevel": {"enum": ["advisory", "mandatory", "remediate", "disabled"]}}
        known = {**schema(rule(name)), **levels}
        jsonschema.validate(given, {"properties": known, "additionalProperties": False, "required": ["reason"]})
        assert given.get("enforcementLevel") != "remediate" or rule(name).remedy


def test_production_makes_mandatory_what_is_mandatory_in_production():
    production = json.loads((CONFIGURATIONS[0].parent / "production.json").read_text())
    for each in RULES:
        if each.level is Level.PRODUCTION:
            assert production[each.id]["enforcementLevel"] == "mandatory", each.id


def test_a_setting_that_is_not_configured_has_its_default():
    assert configured(rule("log-retention"), {"shortest_days": 7.0}).settings == {
        "shortest_days": 7,
        "longest_days": 400,
        "remedy_days": 90,
    }


def excepted(name: str, day: str, today: str, pattern: str) -> tuple[str, ...]:
    exception = RuleException(pattern, "It is being moved.", day)
    made = resource(GROUP, name, {})
    made = replace(made, settings=configured(rule("log-retention"), {}).settings)
    return judge(rule("log-retention"), made, [exception], date.fromisoformat(today)).violations


@pytest.mark.parametrize("pattern", ["old-logs", "old-*", "urn:pulumi:dev::project::aws:*::old-logs"])
def test_an_exception_holds_up_to_its_day(pattern: str):
    assert excepted("old-logs", "2027-01-31", "2027-01-31", pattern) == ()
    (found,) = excepted("old-logs", "2027-01-31", "2027-02-01", pattern)
    assert found.endswith(f"The exception of {pattern!r} expired on 2027-01-31.")


def test_an_exception_is_of_its_resource_alone():
    (found,) = excepted("new-logs", "2027-01-31", "2027-01-01", "old-*")
    assert "expired" not in found


def test_a_day_that_is_none_excepts_nothing():
    (found,) = excepted("old-logs", "some day", "2027-01-01", "old-*")
    assert "expired on some day" in found
