"""Public programs of Pulumi of containers, web sites and data on AWS, and of Google Cloud."""

import json
from typing import Any

from .fact import Described, Group, document, ref, trust

PLACE = "pulumi/examples"
BUCKET = "aws:s3/bucket:Bucket"
ROLE = "aws:iam/role:Role"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
LISTENER = "aws:lb/listener:Listener"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
GCP_BUCKET = "gcp:storage/bucket:Bucket"
GCP_FUNCTION = "gcp:cloudfunctions/function:Function"
RUN = "gcp:cloudrun/service:Service"
RUN_MEMBER = "gcp:cloudrun/iamMember:IamMember"
GCP_INVOKER = "gcp:cloudfunctions/functionIamMember:FunctionIamMember"
EVERYWHERE = ["0.0.0.0/0"]
TASKS = trust("ecs-tasks.amazonaws.com")


def _program(path: str, **resources: Described) -> Group:
    return Group(f"{PLACE}: {path}", "", beside={name.replace("_", "-"): made for name, made in resources.items()})


def _ingress(first: int, last: int, protocol: str = "tcp") -> Described:
    return SECURITY_GROUP, {
        "ingress": [{"protocol": protocol, "fromPort": first, "toPort": last, "cidrBlocks": EVERYWHERE}],
        "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": EVERYWHERE}],
    }


def _run(image: str, *variables: dict[str, Any]) -> Described:
    container: dict[str, Any] = {"image": image, **({"envs": list(variables)} if variables else {})}
    return RUN, {"location": "us-central1", "template": {"spec": {"containers": [container]}}}


CONTAINERS = (
    _program(
        "aws-py-langserve/__main__.py",
        repository=("aws:ecr/repository:Repository", {"name": "langserve-dev", "forceDelete": True}),
        front=_ingress(80, 80),
        balancer=(LOAD_BALANCER, {"loadBalancerType": "application", "securityGroups": [ref("front.id")]}),
        listener=(
            LISTENER,
            {
                "loadBalancerArn": ref("balancer.arn"),
                "port": 80,
                "protocol": "HTTP",
                "defaultActions": [{"type": "forward", "targetGroupArn": "arn:a"}],
            },
        ),
        logs=("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 7}),
        key=("aws:kms/key:Key", {"enableKeyRotation": True, "tags": {"pulumi-environment": "dev"}}),
        parameter=(
            "aws:ssm/parameter:Parameter",
            {
                "type": "SecureString",
                "value": "CHANGEME",
                "keyId": ref("key.id"),
                "name": "/pulumi/langserve/dev/OPENAI_API_KEY",
            },
        ),
        execution_role=(
            ROLE,
            {
                "assumeRolePolicy": TASKS,
                "managedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"],
                "inlinePolicies": [
                    {
                        "name": "secrets",
                        "policy": document(
                            {
                                "Action": ["ssm:GetParameters"],
                                "Resource": ["arn:aws:ssm:eu-central-1:123456789012:parameter/pulumi/langserve"],
                                "Condition": {"StringEquals": {"ssm:ResourceTag/pulumi-environment": "dev"}},
                            }
                        ),
                    }
                ],
            },
        ),
        task_role=(
            ROLE,
            {
                "assumeRolePolicy": TASKS,
                "inlinePolicies": [
                    {
                        "name": "ExecuteCommand",
                        "policy": document(
                            {
                                "Action": ["ssmmessages:CreateControlChannel", "ssmmessages:OpenDataChannel"],
                                "Resource": "*",
                            },
                            {
                                "Action": ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:PutLogEvents"],
                                "Resource": "*",
                            },
                        ),
                    },
                    {"name": "DenyIAM", "policy": document({"Action": "iam:*", "Effect": "Deny", "Resource": "*"})},
                ],
            },
        ),
        task=(
            TASK,
            {
                "family": "langserve-dev",
                "containerDefinitions": json.dumps(
                    [
                        {
                            "name": "langserve",
                            "image": "langserve-dev@sha256:0123456789abcdef",
                            "secrets": [{"name": "OPENAI_API_KEY", "valueFrom": "/pulumi/langserve/OPENAI_API_KEY"}],
                        }
                    ]
                ),
            },
        ),
        inside=_ingress(0, 0, "-1"),
    ),
    _program(
        "aws-py-voting-app/__main__.py",
        votes=_ingress(0, 65535),
        votes_role=(ROLE, {"assumeRolePolicy": TASKS}),
        votes_access=(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": ref("votes-role.id"), "policyArn": "arn:aws:iam::aws:policy/AmazonECS_FullAccess"},
        ),
        votes_repository=("aws:ecr/repository:Repository", {"imageTagMutability": "MUTABLE"}),
        votes_balancer=(LOAD_BALANCER, {"loadBalancerType": "network", "internal": False}),
        votes_listener=(
            LISTENER,
            {"loadBalancerArn": ref("votes-balancer.arn"), "port": 80, "protocol": "TCP", "defaultActions": []},
        ),
        votes_task=(
            TASK,
            {
                "family": "frontend",
                "containerDefinitions": json.dumps(
                    [
                        {
                            "name": "flask-container",
                            "image": "redis:alpine",
                            "environment": [
                                {"name": "REDIS", "value": "host"},
                                {"name": "REDIS_PORT", "value": "6379"},
                                {"name": "REDIS_PWD", "value": "a configured value"},
                            ],
                        }
                    ]
                ),
            },
        ),
    ),
    _program(
        "aws-py-static-website/__main__.py",
        content=(
            BUCKET,
            {
                "bucket": "www.example.com",
                "acl": "public-read",
                "website": {"indexDocument": "index.html", "errorDocument": "404.html"},
            },
        ),
        request_logs=(BUCKET, {"bucket": "www.example.com-logs", "acl": "private"}),
        cdn=(
            "aws:cloudfront/distribution:Distribution",
            {
                "enabled": True,
                "origins": [
                    {
                        "originId": "a",
                        "domainName": "www.example.com.s3-website.eu-central-1.amazonaws.com",
                        "customOriginConfig": {"originProtocolPolicy": "http-only", "originSslProtocols": ["TLSv1.2"]},
                    }
                ],
                "defaultCacheBehavior": {"targetOriginId": "a", "viewerProtocolPolicy": "redirect-to-https"},
                "viewerCertificate": {"acmCertificateArn": "arn:aws:acm:a", "sslSupportMethod": "sni-only"},
                "loggingConfig": {"bucket": "www.example.com-logs.s3.amazonaws.com"},
            },
        ),
    ),
    _program(
        "aws-py-s3-folder/__main__.py",
        site=(BUCKET, {"website": {"indexDocument": "index.html"}}),
        site_policy=(
            "aws:s3/bucketPolicy:BucketPolicy",
            {
                "bucket": ref("site.id"),
                "policy": document({"Principal": "*", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::site/*"]}),
            },
        ),
    ),
    _program(
        "aws-py-secrets-manager/__main__.py",
        secret=("aws:secretsmanager/secret:Secret", {}),
        secret_version=(
            "aws:secretsmanager/secretVersion:SecretVersion",
            {"secretId": ref("secret.id"), "secretString": "mysecret"},
        ),
    ),
    _program("aws-py-webserver/__main__.py", web=_ingress(80, 80)),
    _program(
        "aws-py-redshift-glue-etl/__main__.py",
        events=(BUCKET, {"forceDestroy": True}),
        redshift_role=(
            ROLE,
            {
                "assumeRolePolicy": trust("redshift.amazonaws.com"),
                "managedPolicyArns": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
            },
        ),
        cluster=(
            "aws:redshift/cluster:Cluster",
            {"clusterIdentifier": "a", "nodeType": "ra3.xlplus", "publiclyAccessible": False},
        ),
        glue_role=(
            ROLE,
            {
                "assumeRolePolicy": trust("glue.amazonaws.com"),
                "managedPolicyArns": [
                    "arn:aws:iam::aws:policy/AmazonS3FullAccess",
                    "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole",
                ],
            },
        ),
    ),
)

GOOGLE_CLOUD = (
    _program(
        "gcp-py-functions/__main__.py",
        eta_bucket=(GCP_BUCKET, {"location": "US"}),
        eta_function=(
            GCP_FUNCTION,
            {
                "entryPoint": "get_demo",
                "environmentVariables": {
                    "DESTINATION": "a",
                    "TRAVEL_OFFSET": "0",
                    "GOOGLE_MAPS_API_KEY": "a configured value",
                    "TWILLIO_ACCESS_TOKEN": "another one",
                    "TWILLIO_ACCOUNT_SID": "an account",
                    "TO_PHONE_NUMBER": "+1555",
                },
                "region": "us-central1",
                "runtime": "python37",
                "sourceArchiveBucket": ref("eta-bucket.id"),
                "triggerHttp": True,
            },
        ),
        eta_invoker=(GCP_INVOKER, {"role": "roles/cloudfunctions.invoker", "member": "allUsers"}),
    ),
    _program(
        "gcp-py-serverless-raw/__main__.py",
        raw_bucket=(GCP_BUCKET, {"location": "US"}),
        raw_go=(
            GCP_FUNCTION,
            {"runtime": "go111", "entryPoint": "Handler", "triggerHttp": True, "availableMemoryMb": 128},
        ),
        raw_invoker=(GCP_INVOKER, {"role": "roles/cloudfunctions.invoker", "member": "allUsers"}),
    ),
    _program(
        "gcp-ts-cloudrun/index.ts",
        hello=_run("cloudrun/hello"),
        hello_everyone=(RUN_MEMBER, {"service": ref("hello.id"), "role": "roles/run.invoker", "member": "allUsers"}),
    ),
    _program(
        "gcp-py-cloudrun-cloudsql/__main__.py",
        sql=(
            "gcp:sql/databaseInstance:DatabaseInstance",
            {"databaseVersion": "POSTGRES_12", "deletionProtection": False, "settings": {"tier": "db-f1-micro"}},
        ),
        sql_service=_run(
            "cloudrun/hello",
            {"name": "DATABASE_URL", "value": "postgres://app:a-configured-value@/app?host=/cloudsql/a"},
        ),
    ),
)
