"""A deployed stack whose functions move into a private network: they still answer, and reach nothing but endpoints."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from background import create, polled
from deployment import Deployment
from roles import function_role, role_policy, without

from tools.cost.at_rest import at_rest
from tools.stack_graph import graph

pytestmark = pytest.mark.xdist_group("fortified")


@pytest.fixture(scope="module")
def private(fortified: Deployment) -> Iterator[Deployment]:
    """The stack with a pattern that can run in the private network in the place of the one that cannot."""
    fortified.pulumi("config", "set", "--path", "patterns[1]", "buffered-request-response")
    fortified.pulumi("config", "set", "--path", "network.private", "true")
    fortified.up()
    yield fortified


def deployed(stack: Deployment, kind: str) -> list[Any]:
    """The outputs of all resources of a type."""
    state = json.loads(stack.pulumi("stack", "export"))
    return [each["outputs"] for each in state["deployment"]["resources"] if each["type"] == kind]


def test_every_function_runs_in_the_private_subnets(private: Deployment) -> None:
    functions: Any = private.aws("lambda").list_functions()["Functions"]
    subnets = {each["id"] for each in deployed(private, "aws:ec2/subnet:Subnet")}
    assert len(functions) > 3
    assert len(subnets) == 2
    for each in functions:
        assert set(each["VpcConfig"]["SubnetIds"]) == subnets, each["FunctionName"]
        assert len(each["VpcConfig"]["SecurityGroupIds"]) == 1
    zones = {each["availabilityZone"] for each in deployed(private, "aws:ec2/subnet:Subnet")}
    assert len(zones) == 2


def test_they_still_answer(private: Deployment) -> None:
    answer = private.ask("How soon must a lost laptop be reported, from a private network?")
    assert "one hour" in answer["choices"][0]["message"]["content"]
    with private.http() as client:
        response = create(client, "How soon must a lost laptop be reported, in the background?")
        assert polled(client, response["id"])["status"] == "completed"


def test_the_network_is_as_declared(private: Deployment) -> None:
    assert set(json.loads(private.pulumi("preview", "--json"))["changeSummary"]) == {"same"}


def test_there_are_the_endpoints_that_the_patterns_need_and_no_others(private: Deployment) -> None:
    endpoints = deployed(private, "aws:ec2/vpcEndpoint:VpcEndpoint")
    kinds = {
        each["serviceName"].removeprefix("com.amazonaws.us-east-1."): each["vpcEndpointType"] for each in endpoints
    }
    assert kinds == {
        "s3": "Gateway",
        "dynamodb": "Gateway",
        "bedrock-runtime": "Interface",
        "bedrock-agent-runtime": "Interface",
        "bedrock-agent": "Interface",
        "lambda": "Interface",
        "s3vectors": "Interface",
        "sqs": "Interface",
        "sync-states": "Interface",
    }
    for each in endpoints:
        (statement,) = json.loads(each["policy"])["Statement"]
        assert statement["Condition"]["StringEquals"]["aws:PrincipalAccount"] == "123456789012"
        assert each["vpcEndpointType"] == "Gateway" or each["privateDnsEnabled"]


def test_what_it_costs_at_rest_is_known(private: Deployment) -> None:
    lines = at_rest(graph(json.loads(private.pulumi("stack", "export"))))
    units = {line.price: (line.units, line.option) for line in lines}
    assert units["interface endpoint"] == (7 * 2, "network.private")
    assert units["search compute unit"] == (1, "knowledge.vector_store")


def test_there_is_no_way_out(private: Deployment) -> None:
    (routes,) = deployed(private, "aws:ec2/routeTable:RouteTable")
    assert not routes.get("routes")
    out = deployed(private, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert len(out) == 3
    assert all((each["fromPort"], each["toPort"]) == (443, 443) for each in out)
    assert not any(each.get("cidrIpv4") or each.get("cidrIpv6") for each in out)
    (into,) = deployed(private, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert into["referencedSecurityGroupId"]
    assert not deployed(private, "aws:ec2/natGateway:NatGateway")


def test_the_role_connects_the_function_and_its_code_may_not(private: Deployment) -> None:
    function = private.outputs["patterns"]["request-response"]["function"]
    _, document = role_policy(private, function_role(private, function))
    denied = [each for each in document["Statement"] if each["Effect"] == "Deny"]
    assert [each["Condition"] for each in denied] == [
        {"ArnLike": {"lambda:SourceFunctionArn": "arn:*:lambda:*:*:function:*"}}
    ]
    config: Any = private.aws("lambda").get_function_configuration(FunctionName=function)["VpcConfig"]
    place = {"SubnetIds": config["SubnetIds"], "SecurityGroupIds": config["SecurityGroupIds"]}
    client = private.aws("lambda")
    refused = pytest.raises(client.exceptions.InvalidParameterValueException, match="CreateNetworkInterface on EC2")
    with without(private, function, "ec2:CreateNetworkInterface"), refused:
        client.update_function_configuration(FunctionName=function, VpcConfig=place)
    client.update_function_configuration(FunctionName=function, VpcConfig=place)
