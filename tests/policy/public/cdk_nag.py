"""cdk-nag's cases of identity, functions, APIs, messages and agents, in the provider's terms of Pulumi."""

from typing import Any

from .fact import Group, document, ref, trust

PLACE = "cdklabs/cdk-nag: test/rules"
POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
FUNCTION = "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"
URL = "aws:lambda/functionUrl:FunctionUrl"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
STAGE = "aws:apigateway/stage:Stage"
STAGE_V2 = "aws:apigatewayv2/stage:Stage"
ROUTE = "aws:apigatewayv2/route:Route"
METHOD = "aws:apigateway/method:Method"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
AGENT = "aws:bedrock/agentAgent:AgentAgent"
GUARDRAIL = "aws:bedrock/guardrail:Guardrail"
DATA_SOURCE = "aws:bedrock/agentDataSource:AgentDataSource"
MACHINE = "aws:sfn/stateMachine:StateMachine"
BUS_POLICY = "aws:cloudwatch/eventBusPolicy:EventBusPolicy"
KEY = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"
ACCOUNT = document({"Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}})
BUS = "arn:aws:events:us-east-1:111122223333:event-bus/default"
SOME_ROLE = {"role": "somerole"}
MESSAGES = {"blockedInputMessaging": "Input blocked.", "blockedOutputsMessaging": "Output blocked."}
WAIT = '{"StartAt": "Wait30", "States": {"Wait30": {"Type": "Wait", "Seconds": 30, "End": true}}}'


def _policy(actions: list[str], resources: list[str]) -> tuple[str, dict[str, Any]]:
    return POLICY, {"policy": document({"Action": actions, "Resource": resources})}


def _function(**more: Any) -> tuple[str, dict[str, Any]]:
    return FUNCTION, {"role": "somerole", "runtime": "nodejs22.x", **more}


def _guarded(identifier: str, version: str) -> tuple[str, dict[str, Any]]:
    return AGENT, {
        "agentName": "test-agent",
        "guardrailConfigurations": [{"guardrailIdentifier": identifier, "guardrailVersion": version}],
    }


def _bus(principal: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    return BUS_POLICY, {
        "policy": document({"Principal": principal, "Action": "events:PutEvents", "Resource": BUS, **more})
    }


def _source(queue: str, function: str) -> tuple[str, dict[str, Any]]:
    return MAPPING, {"eventSourceArn": ref(f"{queue}.arn"), "functionName": ref(f"{function}.arn"), "batchSize": 1}


GROUPS = (
    Group(
        f"{PLACE}/IAM.test.ts (IAMNoWildcardPermissions, actions)",
        "a policy names its actions",
        "iam-no-wildcard-action",
        violates={
            "policy-everything": _policy(["*"], ["arn*"]),
            "policy-service": _policy(["s3:*"], ["arn:aws:s3:::awsexamplebucket1"]),
            "policy-hidden": _policy(["s3:GetBucketAcl", "s3:*"], ["arn:aws:s3:::awsexamplebucket1"]),
            "policy-both": _policy(["glacier:DescribeJob", "*"], ["*"]),
        },
        complies={
            "policy-one": _policy(["s3:ListBucket"], ["arn:aws:s3:::awsexamplebucket1"]),
            "policy-list": _policy(["s3:ListAllMyBuckets"], ["arn:aws:s3:::*"]),
        },
    ),
    Group(
        f"{PLACE}/IAM.test.ts (IAMNoWildcardPermissions, resources)",
        "a policy names its resources",
        "iam-no-wildcard-resource",
        violates={
            "role-everywhere": (
                ROLE,
                {
                    "assumeRolePolicy": ACCOUNT,
                    "inlinePolicies": [
                        {"name": "foo", "policy": document({"Action": "s3:PutObject", "Resource": "*"})}
                    ],
                },
            )
        },
        complies={"policy-every-bucket": _policy(["s3:ListAllMyBuckets"], ["*"])},
    ),
    Group(
        f"{PLACE}/IAM.test.ts (IAMNoManagedPolicies, IAMUserNoPolicies)",
        "roles have policies of their own; users have none",
        beside={
            "role-managed": (
                ROLE,
                {
                    "assumeRolePolicy": ACCOUNT,
                    "managedPolicyArns": ["arn:aws:iam::123456789012:policy/teststack"],
                },
            ),
            "user": ("aws:iam/user:User", {"name": "user"}),
            "group": ("aws:iam/group:Group", {"name": "foo"}),
        },
    ),
    Group(
        f"{PLACE}/Lambda.test.ts (LambdaFunctionPublicAccessProhibited)",
        "not everyone may invoke a function",
        "no-public-invoker",
        violates={"permission-all": (PERMISSION, {"principal": "*", "action": "lambda:bar", "function": "foo"})},
        complies={
            "permission-organisation": (
                PERMISSION,
                {
                    "principal": "*",
                    "principalOrgId": "o-thebestorg",
                    "action": "lambda:InvokeFunction",
                    "function": "foo",
                },
            ),
            "permission-source": (
                PERMISSION,
                {"principal": "*", "sourceArn": "arn:aws:s3:::the-best-bucket", "action": "a", "function": "foo"},
            ),
            "permission-account": (
                PERMISSION,
                {"principal": "*", "sourceAccount": "123456789012", "action": "a", "function": "foo"},
            ),
            "permission-root": (
                PERMISSION,
                {"principal": "arn:aws:iam::111122223333:root", "action": "a", "function": "foo"},
            ),
        },
    ),
    Group(
        f"{PLACE}/Lambda.test.ts (LambdaFunctionUrlAuth)",
        "a function's address asks who calls",
        "function-url-auth",
        violates={"url-open": (URL, {"authorizationType": "NONE", "functionName": "somearn"})},
        complies={"url-iam": (URL, {"authorizationType": "AWS_IAM", "functionName": "somearn"})},
    ),
    Group(
        f"{PLACE}/Lambda.test.ts (LambdaConcurrency)",
        "a function has a most that run at once",
        "function-concurrency-bounded",
        violates={"function-unbounded": _function(), "function-zero": _function(reservedConcurrentExecutions=0)},
        complies={"function-bounded": _function(reservedConcurrentExecutions=42)},
        otherwise={"function-zero": "0 keeps the function from running at all, which is a bound"},
    ),
    Group(
        f"{PLACE}/Lambda.test.ts (LambdaDLQ)",
        "a function has a dead-letter queue",
        beside={
            "function-letters": _function(deadLetterConfig={"targetArn": "mySnsTopicArn"}),
            "function-network": _function(vpcConfig={"subnetIds": ["somesubnet"], "securityGroupIds": ["a"]}),
        },
    ),
    Group(
        f"{PLACE}/Lambda.test.ts (LambdaLatestVersion)",
        "a function runs on a runtime that is kept",
        "runtime-supported",
        violates={
            "runtime-node16": _function(runtime="nodejs16.x"),
            "runtime-python39": _function(runtime="python3.9"),
            "runtime-dotnet21": _function(runtime="dotnetcore2.1"),
            "runtime-ruby25": _function(runtime="ruby2.5"),
        },
        complies={"runtime-node22": _function(), "runtime-provided": _function(runtime="provided.al2023")},
    ),
    Group(
        f"{PLACE}/Lambda.test.ts (LambdaEventSourceSQSVisibilityTimeout)",
        "a queue hides messages for six times the function's time",
        "visibility-ge-6x-timeout",
        beside={
            "function-5": _function(timeout=5),
            "function-6": _function(timeout=6),
            "function-default": _function(),
            "queue-20": (QUEUE, {"visibilityTimeoutSeconds": 20}),
            "queue-17": (QUEUE, {"visibilityTimeoutSeconds": 17}),
            "queue-18": (QUEUE, {"visibilityTimeoutSeconds": 18}),
            "queue-default": (QUEUE, {}),
        },
        violates={
            "source-defined": _source("queue-20", "function-5"),
            "source-queue-default": _source("queue-default", "function-6"),
            "source-function-default": _source("queue-17", "function-default"),
        },
        complies={
            "source-defaults": _source("queue-default", "function-default"),
            "source-fits": _source("queue-default", "function-5"),
            "source-exact": _source("queue-18", "function-default"),
            "source-kafka": (
                MAPPING,
                {"functionName": "a", "selfManagedEventSource": {"endpoints": {"KAFKA_BOOTSTRAP_SERVERS": "a:9096"}}},
            ),
        },
    ),
    Group(
        f"{PLACE}/SQS.test.ts (SQSQueueDLQ)",
        "a queue has a dead-letter queue",
        "queue-has-dlq",
        violates={"queue-alone": (QUEUE, {})},
        complies={
            "queue-letters": (QUEUE, {}),
            "queue-redriven": (QUEUE, {"redrivePolicy": ref("queue-letters.arn|redrive")}),
        },
    ),
    Group(
        f"{PLACE}/SQS.test.ts (SQSQueueSSE)",
        "a queue is encrypted",
        "queue-topic-encrypted",
        violates={"queue-no-key": (QUEUE, {})},
        complies={"queue-key": (QUEUE, {"kmsMasterKeyId": KEY})},
        otherwise={
            "queue-no-key": "SQS has encrypted new queues by itself since 2022; only switched off is a violation"
        },
    ),
    Group(
        f"{PLACE}/SNS.test.ts (SNSEncryptedKMS)",
        "a topic is encrypted",
        "queue-topic-encrypted",
        violates={"topic-plain": (TOPIC, {})},
        complies={"topic-key": (TOPIC, {"kmsMasterKeyId": KEY})},
    ),
    Group(
        f"{PLACE}/APIGW.test.ts (APIGWAccessLogging)",
        "an API's stage logs requests",
        "api-access-logs",
        violates={
            "stage-silent": (STAGE, {"restApi": "foo", "deployment": "bar", "stageName": "prod"}),
            "stage-v2-silent": (STAGE_V2, {"apiId": "foo", "name": "$default", "autoDeploy": True}),
        },
        complies={
            "stage-logged": (
                STAGE,
                {
                    "restApi": "foo",
                    "stageName": "prod",
                    "accessLogSettings": {"destinationArn": "bar", "format": "$context.requestId"},
                },
            ),
            "stage-v2-logged": (
                STAGE_V2,
                {
                    "apiId": "bar",
                    "name": "baz",
                    "accessLogSettings": {"destinationArn": "foo", "format": "$context.requestId"},
                },
            ),
        },
    ),
    Group(
        f"{PLACE}/APIGW.test.ts (APIGWAssociatedWithWAF)",
        "a web ACL stands before a REST API's stage",
        "api-waf",
        violates={"stage-open": (STAGE, {"restApi": "foo", "stageName": "bar"})},
        complies={"stage-guarded": (STAGE, {"restApi": "foo", "stageName": "foo"})},
        after={"association": (ASSOCIATION, {"webAclArn": "bar", "resourceArn": ref("stage-guarded.arn")})},
    ),
    Group(
        f"{PLACE}/APIGW.test.ts (APIGWAuthorization)",
        "an API's routes ask who calls",
        "api-route-authorized",
        violates={
            "method-open": (
                METHOD,
                {"restApi": "a", "resourceId": "b", "httpMethod": "ANY", "authorization": "NONE"},
            ),
            "route-open": (ROUTE, {"apiId": "foo", "routeKey": "ANY /bar", "authorizationType": "NONE"}),
        },
        complies={
            "method-custom": (
                METHOD,
                {
                    "restApi": "a",
                    "resourceId": "b",
                    "httpMethod": "ANY",
                    "authorization": "CUSTOM",
                    "authorizerId": "c",
                },
            ),
            "route-custom": (
                ROUTE,
                {"apiId": "foo", "routeKey": "ANY /bar", "authorizationType": "CUSTOM", "authorizerId": "baz"},
            ),
        },
    ),
    Group(
        f"{PLACE}/Bedrock.test.ts (BedrockAgentGuardrailConfigured)",
        "an agent has a guardrail and its version",
        "agent-guardrail-attached",
        violates={
            "agent-bare": (AGENT, {"agentName": "test-agent"}),
            "agent-no-version": (
                AGENT,
                {"agentName": "a", "guardrailConfigurations": [{"guardrailIdentifier": "abcdef123456"}]},
            ),
            "agent-only-version": (
                AGENT,
                {"agentName": "a", "guardrailConfigurations": [{"guardrailVersion": "1"}]},
            ),
            "agent-empty-guardrail": _guarded("", "1"),
            "agent-empty-version": _guarded("abcdef123456", ""),
        },
        complies={
            "agent-guarded": _guarded("abcdef123456", "1"),
            "agent-draft": _guarded("abcdef123456", "DRAFT"),
            "agent-arn": _guarded("arn:aws:bedrock:us-east-1:123456789012:guardrail/abcdef123456", "1"),
        },
    ),
    Group(
        f"{PLACE}/Bedrock.test.ts (keys)",
        "agents, guardrails and data sources have a key of the customer",
        "genai-resource-cmk",
        violates={
            "agent-no-key": (AGENT, {"agentName": "test-agent"}),
            "agent-empty-key": (AGENT, {"agentName": "test-agent", "customerEncryptionKeyArn": ""}),
            "guardrail-no-key": (GUARDRAIL, {"name": "test-guardrail", **MESSAGES}),
            "source-no-key": (DATA_SOURCE, {"name": "a", "knowledgeBaseId": "ABCDEFGHIJ"}),
            "source-empty-key": (
                DATA_SOURCE,
                {"name": "a", "knowledgeBaseId": "A", "serverSideEncryptionConfiguration": {}},
            ),
        },
        complies={
            "agent-key": (AGENT, {"agentName": "test-agent", "customerEncryptionKeyArn": KEY}),
            "guardrail-key": (GUARDRAIL, {"name": "test-guardrail", **MESSAGES, "kmsKeyArn": KEY}),
            "source-key": (
                DATA_SOURCE,
                {"name": "a", "knowledgeBaseId": "A", "serverSideEncryptionConfiguration": {"kmsKeyArn": KEY}},
            ),
        },
    ),
    Group(
        f"{PLACE}/StepFunctions.test.ts (StepFunctionStateMachineXray)",
        "a state machine is traced",
        "tracing-enabled",
        violates={
            "machine-untraced": (MACHINE, {"definition": WAIT, "roleArn": "a"}),
            "machine-off": (
                MACHINE,
                {
                    "definition": WAIT,
                    "roleArn": "a",
                    "tracingConfiguration": {"enabled": False},
                    "loggingConfiguration": {"level": "ALL"},
                },
            ),
        },
        complies={
            "machine-traced": (
                MACHINE,
                {
                    "definition": WAIT,
                    "roleArn": "a",
                    "tracingConfiguration": {"enabled": True},
                    "loggingConfiguration": {"level": "ALL"},
                },
            )
        },
    ),
    Group(
        f"{PLACE}/EventBridge.test.ts (EventBusOpenAccess)",
        "not everyone may put events on a bus",
        "resource-policy-not-public",
        violates={
            "bus-all": _bus("*"),
            "bus-one-and-all": _bus({"AWS": ["arn:aws:iam::111122223333:user/alice", "*"]}),
            "bus-empty-condition": _bus({"AWS": "*"}, Condition={}),
        },
        complies={
            "bus-organisation": _bus("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
            "bus-named": _bus({"AWS": ["arn:aws:iam::111122223333:user/alice"]}),
            "bus-denied": _bus({"AWS": "*"}, Effect="Deny"),
        },
    ),
    Group(
        f"{PLACE}/ECR.test.ts (ECROpenAccess)",
        "not everyone may use a repository",
        "resource-policy-not-public",
        violates={
            "repository-open": (
                "aws:ecr/repositoryPolicy:RepositoryPolicy",
                {
                    "repository": "a",
                    "policy": document(
                        {"Action": "ecr:*", "Principal": {"AWS": ["*", "arn:aws:iam::123456789012:root"]}}
                    ),
                },
            )
        },
        complies={"repository": ("aws:ecr/repository:Repository", {"name": "a"})},
    ),
    Group(
        f"{PLACE}/IAM.test.ts (IAMNoInlinePolicy)",
        "a role has no inline policies",
        beside={"role-service": (ROLE, {"assumeRolePolicy": trust("sns.amazonaws.com")})},
    ),
)
