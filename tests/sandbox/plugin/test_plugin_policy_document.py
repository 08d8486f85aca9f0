import json
import zlib
from typing import Any

import pytest

from pulumi_sandbox.plugin.errors import UserError
from pulumi_sandbox.plugin.policy_document import policy_document


def minified(**arguments: Any) -> str:
    return policy_document(arguments)["minifiedJson"]


def test_a_whole_document_as_the_upstream_provider_writes_it() -> None:
    found = policy_document(
        {
            "statements": [
                {
                    "sid": "One",
                    "actions": ["s3:GetObject", "s3:PutObject"],
                    "resources": ["arn:aws:s3:::b/&{aws:username}/*"],
                    "principals": [{"type": "Service", "identifiers": ["lambda.amazonaws.com"]}],
                    "conditions": [
                        {"test": "StringLike", "variable": "s3:prefix", "values": ["b", "a"]},
                        {"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]},
                    ],
                }
            ]
        }
    )
    assert found["json"] == (
        "{\n"
        '  "Version": "2012-10-17",\n'
        '  "Statement": [\n'
        "    {\n"
        '      "Sid": "One",\n'
        '      "Effect": "Allow",\n'
        '      "Action": [\n'
        '        "s3:PutObject",\n'
        '        "s3:GetObject"\n'
        "      ],\n"
        '      "Resource": "arn:aws:s3:::b/${aws:username}/*",\n'
        '      "Principal": {\n'
        '        "Service": "lambda.amazonaws.com"\n'
        "      },\n"
        '      "Condition": {\n'
        '        "Bool": {\n'
        '          "aws:SecureTransport": "true"\n'
        "        },\n"
        '        "StringLike": {\n'
        '          "s3:prefix": [\n'
        '            "b",\n'
        '            "a"\n'
        "          ]\n"
        "        }\n"
        "      }\n"
        "    }\n"
        "  ]\n"
        "}"
    )
    assert found["id"] == str(zlib.crc32(found["json"].encode()))
    assert json.loads(found["minifiedJson"]) == json.loads(found["json"])
    assert " " not in found["minifiedJson"]


@pytest.mark.parametrize(
    ("principals", "written"),
    [
        ([{"type": "*", "identifiers": ["*"]}], '"*"'),
        ([{"type": "AWS", "identifiers": ["*"]}], '{"AWS":"*"}'),
        ([{"type": "AWS", "identifiers": ["1", "2"]}], '{"AWS":["2","1"]}'),
        (
            [{"type": "Service", "identifiers": ["s"]}, {"type": "AWS", "identifiers": ["1"]}],
            '{"AWS":"1","Service":"s"}',
        ),
    ],
)
def test_principals(principals: list[dict[str, Any]], written: str) -> None:
    text = minified(statements=[{"actions": ["a:b"], "principals": principals}])
    assert f'"Principal":{written}' in text


def test_the_negated_elements_and_deny() -> None:
    statement = {
        "effect": "Deny",
        "notActions": ["a:b"],
        "notResources": ["r"],
        "notPrincipals": [{"type": "AWS", "identifiers": ["1"]}],
    }
    assert json.loads(minified(statements=[statement]))["Statement"] == [
        {"Effect": "Deny", "NotAction": "a:b", "NotResource": "r", "NotPrincipal": {"AWS": "1"}}
    ]


def test_sources_come_first_and_overrides_replace_by_sid() -> None:
    source = minified(statements=[{"sid": "A", "actions": ["a:1"]}, {"actions": ["a:2"]}])
    override = minified(statements=[{"sid": "A", "actions": ["a:9"]}], policyId="P")
    found = json.loads(
        minified(
            sourcePolicyDocuments=[source],
            statements=[{"sid": "B", "actions": ["a:3"]}],
            overridePolicyDocuments=[override],
        )
    )
    assert found["Id"] == "P"
    assert [(item.get("Sid"), item["Action"]) for item in found["Statement"]] == [
        ("A", "a:9"),
        (None, "a:2"),
        ("B", "a:3"),
    ]


def test_go_escapes_are_kept() -> None:
    assert "\\u003c" in minified(statements=[{"actions": ["a:b"], "resources": ["<&>"]}])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"statements": [{"sid": "A"}, {"sid": "A"}]}, "duplicate Sid 'A'"),
        ({"statements": [{"sid": "a-b"}]}, "only letters and digits"),
        ({"statements": [{"effect": "Maybe"}]}, "expected 'Allow' or 'Deny', got 'Maybe'"),
        ({"version": "2020-01-01"}, "expected '2008-10-17' or '2012-10-17'"),
        ({"sourcePolicyDocuments": ["{"]}, r"sourcePolicyDocuments\[0\] is not JSON"),
        ({"version": "2008-10-17", "statements": [{"resources": ["&{x}"]}]}, "version 2008-10-17 does not know"),
    ],
)
def test_mistakes_are_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        policy_document(arguments)
