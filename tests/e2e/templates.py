"""A deployed stack's definitions as a CloudFormation template, for a judge that knows those.

The documents and the APIs are what is judged: policies, state machines, routes and what they lead to, and the functions
and queues behind them. Names differ between the two schemas, so the table says what is called what.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LEFT_OUT = {"__defaults", "tags", "tagsAll", "region"}


@dataclass(frozen=True)
class Form:
    """How a resource is written in a template: its type, what is called otherwise there than with a capital, what is
    not there, what is a JSON document, and what the template needs besides."""

    type: str
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    left_out: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    added: Mapping[str, Any] = field(default_factory=dict[str, Any])


FORMS: Mapping[str, Form] = {
    "aws:apigatewayv2/api:Api": Form("AWS::ApiGatewayV2::Api"),
    "aws:apigatewayv2/authorizer:Authorizer": Form(
        "AWS::ApiGatewayV2::Authorizer", {"identitySources": "IdentitySource", "audiences": "Audience"}
    ),
    "aws:apigatewayv2/integration:Integration": Form(
        "AWS::ApiGatewayV2::Integration", {"timeoutMilliseconds": "TimeoutInMillis"}
    ),
    "aws:apigatewayv2/route:Route": Form("AWS::ApiGatewayV2::Route"),
    "aws:apigatewayv2/stage:Stage": Form("AWS::ApiGatewayV2::Stage", {"name": "StageName"}),
    "aws:appsync/graphQLApi:GraphQLApi": Form(
        "AWS::AppSync::GraphQLApi",
        {"openidConnectConfig": "OpenIDConnectConfig", "cloudwatchLogsRoleArn": "CloudWatchLogsRoleArn"},
        frozenset({"schema"}),
    ),
    "aws:appsync/dataSource:DataSource": Form("AWS::AppSync::DataSource", {"functionArn": "LambdaFunctionArn"}),
    "aws:appsync/resolver:Resolver": Form(
        "AWS::AppSync::Resolver", {"type": "TypeName", "field": "FieldName", "dataSource": "DataSourceName"}
    ),
    "aws:iam/role:Role": Form(
        "AWS::IAM::Role",
        {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
        frozenset({"forceDetachPolicies"}),
        frozenset({"assumeRolePolicy"}),
    ),
    "aws:iam/rolePolicy:RolePolicy": Form(
        "AWS::IAM::RolePolicy",
        {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
        documents=frozenset({"policy"}),
    ),
    "aws:kms/key:Key": Form(
        "AWS::KMS::Key",
        {"policy": "KeyPolicy", "deletionWindowInDays": "PendingWindowInDays", "customerMasterKeySpec": "KeySpec"},
        frozenset({"bypassPolicyLockoutSafetyCheck", "isEnabled"}),
        frozenset({"policy"}),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Form(
        "AWS::S3::BucketPolicy", {"policy": "PolicyDocument"}, documents=frozenset({"policy"})
    ),
    "aws:sns/topicPolicy:TopicPolicy": Form(
        "AWS::SNS::TopicPolicy", {"policy": "PolicyDocument"}, frozenset({"arn"}), frozenset({"policy"}), {"Topics": []}
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Form(
        "AWS::SQS::QueuePolicy",
        {"policy": "PolicyDocument"},
        frozenset({"queueUrl"}),
        frozenset({"policy"}),
        {"Queues": ["https://sqs.us-east-1.amazonaws.com/123456789012/its-queue"]},
    ),
    "aws:sqs/queue:Queue": Form(
        "AWS::SQS::Queue",
        {
            "name": "QueueName",
            "maxMessageSize": "MaximumMessageSize",
            "messageRetentionSeconds": "MessageRetentionPeriod",
            "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
            "visibilityTimeoutSeconds": "VisibilityTimeout",
        },
        # These two have no meaning for a queue without order, and a template may not say so.
        frozenset({"fifoQueue", "contentBasedDeduplication"}),
        frozenset({"redrivePolicy", "redriveAllowPolicy"}),
    ),
    "aws:lambda/function:Function": Form(
        "AWS::Lambda::Function",
        {"name": "FunctionName", "timeout": "Timeout", "reservedConcurrentExecutions": "ReservedConcurrentExecutions"},
        frozenset({"code", "publish", "skipDestroy"}),
        # Not its code, which the template takes from a bucket.
        added={"Code": {"S3Bucket": "functions", "S3Key": "code.zip"}},
    ),
    "aws:lambda/permission:Permission": Form(
        "AWS::Lambda::Permission", {"function": "FunctionName"}, frozenset({"statementId"})
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Form(
        "AWS::Lambda::EventSourceMapping", {"filterCriteria": "FilterCriteria", "destinationArn": "Destination"}
    ),
    "aws:sfn/stateMachine:StateMachine": Form(
        "AWS::StepFunctions::StateMachine",
        {"name": "StateMachineName", "definition": "DefinitionString", "type": "StateMachineType"},
        # A template has a list of destinations.
        frozenset({"publish", "logDestination"}),
    ),
}


def template(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """The template of an exported stack's resources of those types, each by a name made of its own."""
    resources = {
        f"R{number}{''.join(filter(str.isalnum, made['urn'].rpartition('::')[2]))}": _resource(made)
        for number, made in enumerate(deployment["deployment"]["resources"])
        if made["type"] in FORMS
    }
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def _resource(made: Mapping[str, Any]) -> dict[str, Any]:
    form = FORMS[made["type"]]
    return {"Type": form.type, "Properties": {**_properties(made["inputs"], form), **form.added}}


def _properties(inputs: Mapping[str, Any], form: Form) -> dict[str, Any]:
    return {
        form.renamed.get(name, name[0].upper() + name[1:]): _value(name, value, form)
        for name, value in inputs.items()
        if name not in LEFT_OUT and name not in form.left_out
    }


def _value(name: str, value: Any, form: Form) -> Any:
    if name in form.documents:
        return json.loads(value)
    if isinstance(value, list):
        return [_value("", item, form) for item in value]
    if isinstance(value, dict):
        if name == "variables":
            return value
        return _properties(value, form)
    return value
