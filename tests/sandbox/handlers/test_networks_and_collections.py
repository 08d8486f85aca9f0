"""Private networks and search collections: recorded with the ids and addresses that the cloud would give."""

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sandbox_cloud import SandboxCloud, create, delete, update

from pulumi_sandbox.plugin.errors import UserError

IDS = {
    "aws:ec2/vpc:Vpc": "vpc",
    "aws:ec2/subnet:Subnet": "subnet",
    "aws:ec2/routeTable:RouteTable": "rtb",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "rtbassoc",
    "aws:ec2/securityGroup:SecurityGroup": "sg",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "sgr",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "sgr",
}


def test_parts_of_a_network_lead_a_life(cloud: SandboxCloud) -> None:
    made: dict[str, Any] = {}

    def add(token: str, **inputs: Any) -> str:
        made[token] = create(cloud, token, inputs)
        assert re.fullmatch(IDS[token] + "-[0-9a-f]{17}", made[token].id)
        return made[token].id

    vpc = add("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/24")
    subnet = add("aws:ec2/subnet:Subnet", vpcId=vpc, cidrBlock="10.0.0.0/26", availabilityZone="eu-central-1a")
    routes = add("aws:ec2/routeTable:RouteTable", vpcId=vpc)
    add("aws:ec2/routeTableAssociation:RouteTableAssociation", subnetId=subnet, routeTableId=routes)
    group = add("aws:ec2/securityGroup:SecurityGroup", vpcId=vpc, name="functions", description="Functions")
    add("aws:ec2/vpcEndpoint:VpcEndpoint", vpcId=vpc, serviceName="com.amazonaws.eu-central-1.s3")
    rule = {"securityGroupId": group, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
    add("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", **rule, prefixListId="pl-1")
    add("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", **rule, referencedSecurityGroupId=group)
    assert set(made) == set(IDS)
    endpoint = made["aws:ec2/vpcEndpoint:VpcEndpoint"]
    assert endpoint.outputs["prefixListId"].startswith("pl-")
    policy = {**endpoint.inputs, "policy": json.dumps({"Version": "2012-10-17", "Statement": []})}
    made["aws:ec2/vpcEndpoint:VpcEndpoint"] = update(cloud, "aws:ec2/vpcEndpoint:VpcEndpoint", endpoint, policy)
    for token in reversed(list(made)):
        delete(cloud, token, made[token])


COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection"
SECURITY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"


def test_a_collection_needs_an_encryption_policy(cloud: SandboxCloud) -> None:
    inputs = {"name": "documents-1", "type": "VECTORSEARCH", "standbyReplicas": "DISABLED"}
    with pytest.raises(UserError, match="No matching security policy of encryption type"):
        create(cloud, COLLECTION, inputs)
    rules = [{"ResourceType": "collection", "Resource": ["collection/documents-*"]}]
    policy = {"name": "documents-1", "type": "encryption", "policy": json.dumps({"Rules": rules, "AWSOwnedKey": True})}
    encryption = create(cloud, SECURITY, policy)
    collection = create(cloud, COLLECTION, inputs)
    assert collection.outputs["arn"] == f"arn:aws:aoss:eu-central-1:123456789012:collection/{collection.id}"
    collection = update(cloud, COLLECTION, collection, {**inputs, "description": "the house"})
    delete(cloud, COLLECTION, collection)
    delete(cloud, SECURITY, encryption)


def test_a_role_that_cannot_connect_a_function_gives_it_no_network(cloud: SandboxCloud) -> None:
    iam, functions = cloud.client("iam"), cloud.client("lambda")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="unconnected", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    place = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    with pytest.raises(ClientError, match="permissions to call CreateNetworkInterface on EC2"):
        functions.create_function(
            FunctionName="unconnected",
            Role=role,
            Runtime="python3.13",
            Handler="a.b",
            Code={"ZipFile": b""},
            VpcConfig=place,
        )
    iam.delete_role(RoleName="unconnected")
