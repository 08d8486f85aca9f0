"""What becomes of a rule's findings, and of a rule that fails."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pulumi_policy import proxy
from rule_calls import UNKNOWN, rule

from judgement import UndecidedError, judge
from known import Unknown, plain
from rule import Finding, Resource

GROUP = Resource("aws:cloudwatch/logGroup:LogGroup", "urn:pulumi:dev::p::aws:cloudwatch/logGroup:LogGroup::logs", {})


def test_a_rule_that_fails_refuses_the_resource_and_says_whose_fault_it_is():
    def broken(_: Resource) -> Iterator[Finding]:
        yield "the value is wrong"
        raise KeyError("retentionInDays")

    violation, failure = judge(replace(rule("log-retention"), check=broken), GROUP).violations
    assert violation.startswith("the value is wrong. Why:")
    assert failure.startswith(f"the rule log-retention failed on {GROUP.urn}, which is refused")
    assert "KeyError (test_judgement.py, line" in failure
    assert "retentionInDays" not in failure
    assert "This is a fault of the policy pack" in failure


def test_the_same_finding_is_said_once():
    def twice(_: Resource) -> Iterator[Finding]:
        yield from ("a", "a", Unknown("x"), Unknown("x"))

    found = judge(replace(rule("log-retention"), check=twice), GROUP)
    assert (len(found.violations), found.undecided) == (1, ("x",))


def test_what_is_undecided_is_told_with_its_place():
    # The SDK turns exceptions of this class, and no other, into a message that does not block.
    error = UndecidedError(["policy", "apiId of urn:a"])
    assert isinstance(error, proxy.UnknownValueError)
    assert error.message == "not known before the update, which decides: policy, apiId of urn:a"


def test_plain_values_keep_what_is_known():
    given: dict[str, Any] = {
        "text": "a",
        "number": 1.5,
        "flag": False,
        "none": None,
        "list": ["a", UNKNOWN, {"b": UNKNOWN}],
        "late": proxy.UNKNOWN_ARRAY_VALUE,
        "around": f"arn:{UNKNOWN}:x",
        "alone": {"deep": {"text": "a"}},
    }
    assert plain(proxy.unknown_checking_proxy(given)) == {
        "text": "a",
        "number": 1.5,
        "flag": False,
        "none": None,
        "list": ["a", Unknown("list[1]"), {"b": Unknown("list[2].b")}],
        "late": Unknown("late"),
        "around": Unknown("around"),
        "alone": {"deep": {"text": "a"}},
    }
