"""Identity, tenancy and routes."""

import json
from typing import Any

from .case import Case, Made, each, ref

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE = "aws:iam/role:Role"
MEMBER = "gcp:projects/iAMMember:IAMMember"
FUNCTION = "aws:lambda/function:Function"
TABLE_ARN = "arn:aws:dynamodb:eu-central-1:123456789012:table/jobs"
MODEL = "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0"
ACCOUNT = "serviceAccount:worker@project.iam.gserviceaccount.com"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": list(statements)})}


def allow(actions: Any, resources: Any = TABLE_ARN, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def trust(principal: Any, action: str = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, **more}
    return {"assumeRolePolicy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


OIDC = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
SUBJECT = "token.actions.githubusercontent.com:sub"

CASES = (
    each(
        "iam-no-wildcard-action",
        ROLE_POLICY,
        broken=[
            policy(allow("*")),
            policy(allow(["s3:GetObject", "dynamodb:*"])),
            policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": TABLE_ARN}),
            policy({"effect": "Allow", "action": "s3:?*", "resource": TABLE_ARN}),
            {"policy": {"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": TABLE_ARN}}},
        ],
        kept=[
            policy(allow(["dynamodb:GetItem", "dynamodb:Query"])),
            policy(allow("dynamodb:Get*")),
            policy({"Effect": "Deny", "Action": "*", "Resource": "*"}),
            policy({"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*"}),
        ],
    ),
    each(
        "iam-no-wildcard-action",
        MEMBER,
        broken=[{"role": "roles/editor", "member": ACCOUNT}, {"role": "roles/owner", "member": "user:a@example.com"}],
        kept=[{"role": "roles/run.invoker", "member": ACCOUNT}],
    ),
    each(
        "iam-no-wildcard-resource",
        ROLE_POLICY,
        broken=[
            policy(allow("dynamodb:GetItem", "*")),
            policy(allow(["s3:PutObject"], ["arn:aws:s3:::a/*", "*"])),
            policy({"Effect": "Allow", "Action": "sqs:SendMessage", "NotResource": "arn:aws:sqs:*:*:a"}),
        ],
        kept=[
            policy(allow("dynamodb:GetItem")),
            policy(allow(["xray:PutTraceSegments", "logs:DescribeLogGroups"], "*")),
            policy(allow("cloudwatch:PutMetricData", "*", Condition={"StringEquals": {"cloudwatch:namespace": "a"}})),
            policy(allow("s3:GetObject", "*", Condition={"StringEquals": {"aws:ResourceAccount": "123456789012"}})),
            policy({"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}),
        ],
    ),
    each(
        "iam-no-wildcard-resource",
        MEMBER,
        broken=[{"role": "roles/datastore.user", "member": ACCOUNT}],
        kept=[
            {"role": "roles/datastore.user", "member": ACCOUNT, "condition": {"expression": "a", "title": "b"}},
            {"role": "roles/aiplatform.user", "member": ACCOUNT},
        ],
    ),
    each(
        "iam-no-managed-full-access",
        ROLE,
        broken=[
            {
                **trust({"Service": "lambda.amazonaws.com"}),
                "managedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
            },
            {
                **trust({"Service": "lambda.amazonaws.com"}),
                "managedPolicyArns": ["arn:aws:iam::aws:policy/AmazonBedrockFullAccess"],
            },
        ],
        kept=[
            {
                **trust({"Service": "lambda.amazonaws.com"}),
                "managedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
            },
            trust({"Service": "lambda.amazonaws.com"}),
        ],
    ),
    each(
        "iam-no-managed-full-access",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        broken=[{"role": "a", "policyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"}],
        kept=[
            {"role": "a", "policyArn": "arn:aws:iam::123456789012:policy/OwnFullAccess"},
            {"role": "a", "policyArn": "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"},
        ],
    ),
    each(
        "iam-no-managed-full-access",
        MEMBER,
        broken=[{"role": "roles/storage.admin", "member": ACCOUNT}],
        kept=[
            {"role": "roles/storage.admin", "member": "user:a@example.com"},
            {"role": "roles/logging.logWriter", "member": ACCOUNT},
        ],
    ),
    each(
        "iam-trust-scoped",
        ROLE,
        broken=[
            trust("*"),
            trust({"AWS": "*"}),
            trust({"Federated": OIDC}, "sts:AssumeRoleWithWebIdentity"),
            trust({"Federated": OIDC}, "sts:AssumeRoleWithWebIdentity", Condition={"StringLike": {SUBJECT: "*"}}),
        ],
        kept=[
            trust({"Service": "lambda.amazonaws.com"}),
            trust({"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
            trust(
                {"Federated": OIDC}, "sts:AssumeRoleWithWebIdentity", Condition={"StringLike": {SUBJECT: "repo:a/b:*"}}
            ),
        ],
    ),
    each(
        "iam-trust-scoped",
        "gcp:serviceaccount/iAMMember:IAMMember",
        broken=[
            {
                "serviceAccountId": "a",
                "role": "roles/iam.serviceAccountTokenCreator",
                "member": "allAuthenticatedUsers",
            },
            {
                "serviceAccountId": "a",
                "role": "roles/iam.workloadIdentityUser",
                "member": "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*",
            },
        ],
        kept=[{"serviceAccountId": "a", "role": "roles/iam.serviceAccountTokenCreator", "member": ACCOUNT}],
    ),
    Case(
        "iam-no-static-keys",
        {
            "key": Made("aws:iam/accessKey:AccessKey", {"user": "a"}),
            "person": Made("aws:iam/user:User"),
            "account": Made("gcp:serviceaccount/key:Key", {"serviceAccountId": "a"}),
            "role": Made(ROLE, trust({"Service": "lambda.amazonaws.com"})),
        },
        frozenset({"key", "person", "account"}),
    ),
    Case(
        "function-dedicated-identity",
        {
            "role": Made(ROLE, trust({"Service": "lambda.amazonaws.com"})),
            "other": Made(ROLE, trust({"Service": "lambda.amazonaws.com"})),
            "a-first": Made(FUNCTION, {"role": ref("role.arn")}),
            "b-second": Made(FUNCTION, {"role": ref("role.arn")}),
            "c-alone": Made(FUNCTION, {"role": ref("other.arn")}),
        },
        frozenset({"b-second"}),
    ),
    each(
        "function-dedicated-identity",
        "gcp:cloudrunv2/service:Service",
        broken=[
            {"location": "a", "template": {}},
            {"location": "a", "template": {"serviceAccount": "1-compute@developer.gserviceaccount.com"}},
        ],
        kept=[{"location": "a", "template": {"serviceAccount": "a@b.iam.gserviceaccount.com"}}],
    ),
    each(
        "lambda-permission-source-scoped",
        "aws:lambda/permission:Permission",
        broken=[{"action": "lambda:InvokeFunction", "function": "f", "principal": "s3.amazonaws.com"}],
        kept=[
            {"action": "a", "function": "f", "principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::a"},
            {"action": "a", "function": "f", "principal": "s3.amazonaws.com", "sourceAccount": "123456789012"},
            {"action": "a", "function": "f", "principal": "123456789012"},
        ],
    ),
    Case(
        "iam-roles-of-the-stack",
        {
            "role": Made(ROLE, trust({"Service": "scheduler.amazonaws.com"})),
            "own": Made(ROLE_POLICY, {"role": "a", "policy": ref("role.arn|policy:iam:PassRole")}),
            "foreign": Made(ROLE_POLICY, policy(allow("sts:AssumeRole", "arn:aws:iam::210987654321:role/admin"))),
            "other": Made(ROLE_POLICY, policy(allow("dynamodb:GetItem"))),
        },
        frozenset({"foreign"}),
    ),
    each(
        "bedrock-invoke-scoped",
        ROLE_POLICY,
        broken=[
            policy(allow("bedrock:InvokeModel", "*")),
            policy(allow(["bedrock:InvokeModel*"], "arn:aws:bedrock:*::foundation-model/*")),
        ],
        kept=[
            policy(allow("bedrock:InvokeModel", [MODEL])),
            policy(allow("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/amazon.nova-*")),
            policy(allow("bedrock:ListFoundationModels", "*")),
        ],
    ),
    each(
        "bedrock-invoke-scoped",
        MEMBER,
        broken=[{"role": "roles/aiplatform.admin", "member": ACCOUNT}],
        kept=[{"role": "roles/aiplatform.user", "member": ACCOUNT}],
    ),
    Case(
        "tenant-key-condition",
        {
            "table": Made("aws:dynamodb/table:Table", {"tags": {"tenancy": "pooled"}}),
            "open": Made(ROLE_POLICY, {"role": "a", "policy": ref("table.arn|policy:dynamodb:GetItem")}),
            "bounded": Made(ROLE_POLICY, {"role": "a", "policy": ref("table.arn|tenant-policy:dynamodb:GetItem")}),
        },
        frozenset({"open"}),
    ),
    each(
        "api-route-authorized",
        "aws:apigatewayv2/route:Route",
        broken=[
            {"apiId": "a", "routeKey": "POST /ask"},
            {"apiId": "a", "routeKey": "GET /b", "authorizationType": "JWT"},
        ],
        kept=[{"apiId": "a", "routeKey": "POST /c", "authorizationType": "AWS_IAM"}],
    ),
)
