"""Public programs of Pulumi: what they make, where the pack has rules about it. They were not written to be judged."""

from typing import Any

from .fact import Described, Group, document, ref, trust

PLACE = "pulumi/examples"
TABLE = "aws:dynamodb/table:Table"
BUCKET = "aws:s3/bucket:Bucket"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
FUNCTION = "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"
REST_API = "aws:apigateway/restApi:RestApi"
REST_STAGE = "aws:apigateway/stage:Stage"
API = "aws:apigatewayv2/api:Api"
STAGE = "aws:apigatewayv2/stage:Stage"
ROUTE = "aws:apigatewayv2/route:Route"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
LOGGING = document(
    {
        "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": "arn:aws:logs:*:*:*",
    }
)
SWAGGER = (
    '{"swagger": "2.0", "info": {"title": "api", "version": "1.0"}, "paths": {"/{proxy+}": '
    '{"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": {"type": "aws_proxy"}}}}}'
)


def _keyed(name: str, **more: Any) -> Described:
    return TABLE, {"hashKey": name, "attributes": [{"name": name, "type": "S"}], **more}


def _program(path: str, **resources: Described) -> Group:
    return Group(f"{PLACE}: {path}", "", beside={name.replace("_", "-"): made for name, made in resources.items()})


def _invoker(function: str, service: str, **more: Any) -> Described:
    return PERMISSION, {
        "action": "lambda:InvokeFunction",
        "function": ref(f"{function}.id"),
        "principal": service,
        **more,
    }


SERVERLESS = (
    _program(
        "aws-py-serverless-raw/__main__.py",
        counter=_keyed("Id", readCapacity=1, writeCapacity=1),
        role=(ROLE, {"assumeRolePolicy": trust("lambda.amazonaws.com")}),
        policy=(
            ROLE_POLICY,
            {
                "role": ref("role.id"),
                "policy": document(
                    {
                        "Action": ["dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:GetItem"],
                        "Resource": "arn:aws:dynamodb:eu-central-1:123456789012:table/counter",
                    },
                    {"Action": ["logs:*", "cloudwatch:*"], "Resource": "*"},
                ),
            },
        ),
        function=(
            FUNCTION,
            {
                "runtime": "dotnetcore3.1",
                "timeout": 300,
                "role": ref("role.arn"),
                "environment": {"variables": {"COUNTER_TABLE": ref("counter.id")}},
            },
        ),
        api=(REST_API, {"body": SWAGGER}),
        stage=(REST_STAGE, {"restApi": ref("api.id"), "deployment": "deployment", "stageName": "api"}),
        permission=_invoker(
            "function", "apigateway.amazonaws.com", sourceArn="arn:aws:execute-api:eu-central-1:1:a/*/*"
        ),
    ),
    _program(
        "aws-py-appsync/__main__.py",
        tenants=_keyed("id", readCapacity=1, writeCapacity=1),
        appsync_role=(ROLE, {"assumeRolePolicy": trust("appsync.amazonaws.com")}),
        appsync_policy=(
            "aws:iam/policy:Policy",
            {
                "policy": document(
                    {
                        "Action": ["dynamodb:PutItem", "dynamodb:GetItem"],
                        "Resource": ["arn:aws:dynamodb:eu-central-1:123456789012:table/tenants"],
                    }
                )
            },
        ),
        graphql=("aws:appsync/graphQLApi:GraphQLApi", {"authenticationType": "API_KEY", "schema": "type Query {}"}),
    ),
    _program(
        "aws-py-stepfunctions",
        lambda_role=(ROLE, {"assumeRolePolicy": trust("lambda.amazonaws.com")}),
        lambda_policy=(ROLE_POLICY, {"role": ref("lambda-role.id"), "policy": LOGGING}),
        machine_role=(ROLE, {"assumeRolePolicy": trust("states.eu-central-1.amazonaws.com")}),
        machine_policy=(
            ROLE_POLICY,
            {
                "role": ref("machine-role.id"),
                "policy": document({"Action": ["lambda:InvokeFunction"], "Resource": "*"}),
            },
        ),
        hello=(FUNCTION, {"role": ref("lambda-role.arn"), "runtime": "python3.7", "handler": "hello.handler"}),
        machine=("aws:sfn/stateMachine:StateMachine", {"roleArn": ref("machine-role.arn"), "definition": "{}"}),
    ),
    _program(
        "aws-py-apigatewayv2-eventbridge/__main__.py",
        orders=(API, {"protocolType": "HTTP"}),
        orders_stage=(STAGE, {"apiId": ref("orders.id"), "name": "dev", "autoDeploy": True}),
        gateway_role=(
            ROLE,
            {
                "assumeRolePolicy": trust("apigateway.amazonaws.com"),
                "managedPolicyArns": ["arn:aws:iam::aws:policy/AmazonEventBridgeFullAccess"],
            },
        ),
        uploads=(ROUTE, {"apiId": ref("orders.id"), "routeKey": "POST /uploads", "target": "integrations/a"}),
        capture_role=(ROLE, {"assumeRolePolicy": trust("lambda.amazonaws.com")}),
        capture_policy=(ROLE_POLICY, {"role": ref("capture-role.id"), "policy": LOGGING}),
        capture=(FUNCTION, {"role": ref("capture-role.arn"), "runtime": "python3.7", "handler": "handlers.capture"}),
        rule=("aws:cloudwatch/eventRule:EventRule", {"eventPattern": '{"source": ["my-event-source"]}'}),
        target=("aws:cloudwatch/eventTarget:EventTarget", {"arn": ref("capture.arn"), "rule": ref("rule.id")}),
        capture_permission=_invoker("capture", "events.amazonaws.com", sourceArn=ref("rule.arn")),
    ),
    _program(
        "aws-py-apigatewayv2-http-api-quickcreate/__main__.py",
        quick_role=(ROLE, {"assumeRolePolicy": trust("lambda.amazonaws.com")}),
        quick_basic=(
            ATTACHMENT,
            {
                "role": ref("quick-role.id"),
                "policyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            },
        ),
        quick=(FUNCTION, {"runtime": "nodejs12.x", "role": ref("quick-role.arn"), "handler": "index.handler"}),
        quick_permission=_invoker("quick", "apigateway.amazonaws.com"),
        quick_api=(API, {"protocolType": "HTTP", "routeKey": "GET /", "target": "arn:aws:apigateway:a:lambda:path"}),
    ),
    _program(
        "aws-py-slackbot/__main__.py",
        subscriptions=_keyed("id", billingMode="PAY_PER_REQUEST"),
        bot_role=(ROLE, {"assumeRolePolicy": trust("lambda.amazonaws.com")}),
        bot_policy=(
            ROLE_POLICY,
            {
                "role": ref("bot-role.id"),
                "policy": document(
                    {
                        "Action": ["dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:PutItem"],
                        "Resource": "*",
                        "Sid": "dynamoAccess",
                    }
                ),
            },
        ),
        bot=(
            FUNCTION,
            {
                "role": ref("bot-role.arn"),
                "runtime": "python3.7",
                "environment": {
                    "variables": {
                        "SLACK_TOKEN": "a configured value",
                        "SLACK_VERIFICATION_CODE": "another one",
                        "SUBSCRIPTIONS_TABLE_NAME": ref("subscriptions.id"),
                    }
                },
            },
        ),
    ),
    _program("aws-js-sqs-slack/index.js", posts=("aws:sqs/queue:Queue", {"visibilityTimeoutSeconds": 180})),
    _program(
        "aws-go-lambda-gateway/main.go",
        task_role=(ROLE, {"assumeRolePolicy": trust("lambda.amazonaws.com")}),
        upper=(FUNCTION, {"handler": "handler", "role": ref("task-role.arn"), "runtime": "go1.x"}),
        upper_method=(
            "aws:apigateway/method:Method",
            {"httpMethod": "ANY", "authorization": "NONE", "restApi": "a", "resourceId": "b"},
        ),
    ),
    _program(
        "aws-ts-ai-app-infrastructure/components/ai-app.ts",
        ai_logs=(LOG_GROUP, {"name": "/aws/lambda/ai-dev-ai", "retentionInDays": 14, "tags": {"Project": "ai"}}),
        ai_role=(ROLE, {"assumeRolePolicy": trust("lambda.amazonaws.com"), "tags": {"Project": "ai"}}),
        ai_basic=(
            ATTACHMENT,
            {
                "role": ref("ai-role.id"),
                "policyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            },
        ),
        ai_model=(
            ROLE_POLICY,
            {
                "role": ref("ai-role.id"),
                "policy": document(
                    {
                        "Action": "bedrock:InvokeModel",
                        "Resource": "arn:aws:bedrock:eu-central-1:*:foundation-model/anthropic.claude-haiku-4-5",
                    }
                ),
            },
        ),
        ai=(
            FUNCTION,
            {
                "name": "ai-dev-ai",
                "role": ref("ai-role.arn"),
                "runtime": "nodejs20.x",
                "timeout": 60,
                "environment": {"variables": {"MODEL_ID": "anthropic.claude-haiku-4-5"}},
                "tags": {"Project": "ai"},
            },
        ),
        ai_url=(
            "aws:lambda/functionUrl:FunctionUrl",
            {
                "functionName": ref("ai.id"),
                "authorizationType": "NONE",
                "cors": {"allowOrigins": ["*"], "allowMethods": ["POST"]},
            },
        ),
    ),
)
