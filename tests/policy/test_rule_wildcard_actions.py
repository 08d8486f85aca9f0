"""IAM documents by what they mean, however they are written."""

import json
import re
from typing import Any

import pytest
from rule_calls import UNKNOWN, judged

POLICY = "aws:iam/policy:Policy"


def statement(action: Any, effect: Any = "Allow", element: str = "Action") -> dict[str, Any]:
    return {"Effect": effect, element: action, "Resource": "*"}


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def violations(policy: Any, resource_type: str = POLICY) -> tuple[str, ...]:
    found = judged("iam-no-wildcard-action", resource_type, {"policy": policy})
    assert not found.undecided
    return found.violations


@pytest.mark.parametrize(
    "action", ["*", "**", "*:*", "*:Get*", "s3:*", "S3:*", "s3:**", "s3:?*", "s3:*Object", "s3:P*", "dyn*:GetItem"]
)
def test_a_wildcard_for_a_service_or_a_verb_is_refused(action: str):
    (found,) = violations(json.dumps(document(statement(["dynamodb:GetItem", action]))))
    assert found == (
        f"policy, statement 1: the action {action!r} is allowed. "
        "Why: An allowed `*` or `service:*` turns one prompt-injected tool into access to the whole account. "
        "Mend: List the actions that are used, as `service:Action`; allow nothing by NotAction."
    )


@pytest.mark.parametrize(
    "action", ["s3:GetObject", "dynamodb:Get*", "bedrock:InvokeModel*", "kms:ReEncrypt*", "s3:Get?bject"]
)
def test_a_named_verb_of_a_named_service_passes(action: str):
    assert violations(json.dumps(document(statement(action)))) == ()


@pytest.mark.parametrize(
    "written",
    [
        document(statement("s3:*")),
        {"Statement": statement("s3:*")},
        {"Statement": statement(["s3:*"])},
        {"statement": {"effect": "Allow", "action": "s3:*"}},
        {"Statement": {"Action": "s3:*"}},
    ],
    ids=["list", "no list", "list of one", "lower case", "no effect"],
)
@pytest.mark.parametrize("form", [json.dumps, lambda content: content], ids=["text", "object"])
def test_every_way_to_write_a_document_is_read(written: Any, form: Any):
    (found,) = violations(form(written))
    assert "policy, statement 1: the action 's3:*' is allowed" in found


def test_an_allowance_by_exclusion_is_refused():
    (found,) = violations(json.dumps(document(statement(["iam:*", "sts:*"], element="NotAction"))))
    assert "statement 1: every action but 'iam:*', 'sts:*' is allowed, by NotAction" in found


def test_denials_pass():
    denials = document(statement("*", "Deny"), statement("s3:*", "Deny", "NotAction"))
    assert violations(json.dumps(denials)) == ()


@pytest.mark.parametrize("empty", [{}, {"Statement": []}, {"Statement": {"Effect": "Allow"}}])
def test_a_document_that_allows_nothing_passes(empty: Any):
    assert violations(json.dumps(empty)) == ()


@pytest.mark.parametrize("text", ["", "{", '"s3:*"', "[]", '{"Statement": ["s3:*"]}'])
def test_what_is_no_document_is_refused(text: str):
    (found,) = violations(text)
    assert re.match(r"policy(, statement 1)? is no (policy document in JSON|statement), so that nobody can tell", found)


@pytest.mark.parametrize(
    "kind", ["policy:Policy", "rolePolicy:RolePolicy", "userPolicy:UserPolicy", "groupPolicy:GroupPolicy"]
)
def test_every_kind_of_policy_is_judged(kind: str):
    assert len(violations(json.dumps(document(statement("*"))), f"aws:iam/{kind}")) == 1


def test_the_policies_inside_a_role_are_judged_and_its_trust_policy_is_not():
    trust = json.dumps(document(statement("sts:*")))
    inline = [{"name": "a", "policy": json.dumps(document(statement(action)))} for action in ("s3:GetObject", "s3:*")]
    found = judged("iam-no-wildcard-action", "aws:iam/role:Role", {"assumeRolePolicy": trust, "inlinePolicies": inline})
    assert [text.split(". Why")[0] for text in found.violations] == [
        "inlinePolicies[1].policy, statement 1: the action 's3:*' is allowed"
    ]
    assert judged("iam-no-wildcard-action", "aws:iam/role:Role", {"assumeRolePolicy": trust}).violations == ()


def test_an_unknown_part_leaves_the_other_parts_to_be_judged():
    wild = document(statement("s3:*"))
    cases: list[tuple[dict[str, Any], str, int]] = [
        ({"policy": UNKNOWN}, "policy", 0),
        ({"policy": f'{{"Statement": [{{"Resource": "{UNKNOWN}"}}]}}'}, "policy", 0),
        ({"policy": document(UNKNOWN, statement("s3:*"))}, "policy.Statement[0]", 1),
        ({"policy": document(statement([UNKNOWN, "s3:*"]))}, "policy.Statement[0].Action[0]", 1),
        ({"policy": document(statement(UNKNOWN), statement("s3:*"))}, "policy.Statement[0].Action", 1),
        ({"policy": document(statement("*", UNKNOWN), statement("s3:*"))}, "policy.Statement[0].Effect", 1),
        ({"policy": document(statement("a:B", UNKNOWN, "NotAction"))}, "policy.Statement[0].Effect", 0),
        ({"policy": {"Statement": UNKNOWN}}, "policy.Statement", 0),
        ({"inlinePolicies": UNKNOWN}, "inlinePolicies", 0),
        ({"inlinePolicies": [UNKNOWN, {"policy": wild}]}, "inlinePolicies[0]", 1),
        ({"inlinePolicies": [{"policy": UNKNOWN}, {"policy": wild}]}, "inlinePolicies[0].policy", 1),
    ]
    for inputs, undecided, violated in cases:
        found = judged("iam-no-wildcard-action", "aws:iam/role:Role", inputs)
        assert (found.undecided, len(found.violations)) == ((undecided,), violated), inputs


def test_what_is_unknown_beside_the_point_leaves_nothing_undecided():
    beside = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": [UNKNOWN]}
    found = judged("iam-no-wildcard-action", POLICY, {"name": UNKNOWN, "policy": document(beside)})
    assert (found.undecided, found.violations) == ((), ())


def test_an_exclusion_of_something_unknown_is_refused_all_the_same():
    (found,) = violations(document(statement([UNKNOWN], element="NotAction")))
    assert "every action but 'policy.Statement[0].NotAction[0]' is allowed" in found
