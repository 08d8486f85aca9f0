"""What the network reaches, how, and where things are."""

import json
from typing import Any

from .case import Case, Made, each, ref

BUCKET = "aws:s3/bucket:Bucket"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
GCP_BUCKET = "gcp:storage/bucket:Bucket"
SERVICE = "gcp:cloudrunv2/service:Service"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
LISTENER = "aws:lb/listener:Listener"
BLOCKED = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
PRIVATE = {"publicAccessPrevention": "enforced", "uniformBucketLevelAccess": True}
REDIRECT = [{"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}]


def document(**statement: object) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **statement}],
        }
    )


INSECURE = document(Effect="Deny", Principal="*", Action="s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}})
ORG = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
NETWORK = [{"Rules": [{"ResourceType": "collection", "Resource": ["collection/a"]}], "AllowFromPublic": True}]


def letting_in(principal: Any, **more: Any) -> str:
    """A policy of a resource."""
    return json.dumps({"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", **more}})


CASES = (
    each(
        "resource-policy-not-public",
        "aws:sqs/queuePolicy:QueuePolicy",
        broken=[
            {"queueUrl": "a", "policy": letting_in("*")},
            {"queueUrl": "a", "policy": letting_in({"AWS": ["arn:aws:iam::123456789012:root", "*"]})},
            {"queueUrl": "a", "policy": letting_in("*", Condition={"StringLike": {"aws:UserAgent": "curl*"}})},
        ],
        kept=[
            {"queueUrl": "a", "policy": letting_in({"Service": "sns.amazonaws.com"})},
            {"queueUrl": "a", "policy": letting_in("*", Condition={"ArnEquals": {"aws:SourceArn": "arn:aws:sns:a"}})},
            {"queueUrl": "a", "policy": letting_in("*", Effect="Deny")},
        ],
    ),
    each("resource-policy-not-public", "aws:kms/key:Key", broken=[{"policy": letting_in("*")}], kept=[{}]),
    each(
        "function-url-auth",
        "aws:lambda/functionUrl:FunctionUrl",
        broken=[{"functionName": "a", "authorizationType": "NONE"}],
        kept=[{"functionName": "a", "authorizationType": "AWS_IAM"}],
    ),
    each("function-url-auth", SERVICE, broken=[{"invokerIamDisabled": True}], kept=[{}, {"invokerIamDisabled": False}]),
    each(
        "no-public-invoker",
        "aws:lambda/permission:Permission",
        broken=[{"function": "a", "principal": "*"}],
        kept=[
            {"function": "a", "principal": "*", "principalOrgId": "o-a"},
            {"function": "a", "principal": "123456789012"},
        ],
    ),
    each(
        "no-public-invoker",
        "gcp:cloudrunv2/serviceIamMember:ServiceIamMember",
        broken=[{"role": "roles/run.invoker", "member": "allUsers"}],
        kept=[{"role": "roles/run.invoker", "member": "serviceAccount:a"}],
    ),
    each(
        "no-public-invoker",
        "gcp:cloudfunctionsv2/functionIamBinding:FunctionIamBinding",
        broken=[{"role": "roles/cloudfunctions.invoker", "members": ["serviceAccount:a", "allAuthenticatedUsers"]}],
        kept=[{"role": "roles/cloudfunctions.invoker", "members": ["serviceAccount:a"]}],
    ),
    each(
        "restricted-ingress",
        SERVICE,
        broken=[{}, {"ingress": "INGRESS_TRAFFIC_ALL"}],
        kept=[{"ingress": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"}, {"ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY"}],
    ),
    each(
        "restricted-ingress",
        "gcp:cloudfunctionsv2/function:Function",
        broken=[{"serviceConfig": {"ingressSettings": "ALLOW_ALL"}}, {}],
        kept=[{"serviceConfig": {"ingressSettings": "ALLOW_INTERNAL_AND_GCLB"}}],
    ),
    each(
        "bucket-not-public",
        BLOCK,
        broken=[{"bucket": "a"}, {"bucket": "a", **BLOCKED, "restrictPublicBuckets": False}],
        kept=[{"bucket": "a", **BLOCKED}],
    ),
    each("bucket-not-public", "aws:s3/bucketAcl:BucketAcl", broken=[{"acl": "public-read"}], kept=[{"acl": "private"}]),
    each(
        "bucket-not-public",
        BUCKET_POLICY,
        broken=[{"policy": document(Principal="*")}, {"policy": document(Principal={"AWS": ["*"]})}],
        kept=[
            {"policy": INSECURE},
            {"policy": document(Principal="*", Condition=ORG)},
            {"policy": document(Principal={"Service": "cloudfront.amazonaws.com"})},
        ],
    ),
    each(
        "bucket-not-public", GCP_BUCKET, broken=[{}, {**PRIVATE, "publicAccessPrevention": "inherited"}], kept=[PRIVATE]
    ),
    each(
        "bucket-not-public",
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        broken=[{"role": "roles/storage.objectViewer", "member": "allUsers"}],
        kept=[{"role": "roles/storage.objectViewer", "member": "serviceAccount:a"}],
    ),
    Case(
        "bucket-public-access-block",
        {"open": Made(BUCKET), "closed": Made(BUCKET), "block": Made(BLOCK, {"bucket": ref("closed.id"), **BLOCKED})},
        frozenset({"open"}),
    ),
    each(
        "no-open-ingress",
        "aws:ec2/securityGroup:SecurityGroup",
        broken=[
            {"ingress": [{"cidrBlocks": ["0.0.0.0/0"], "fromPort": 22, "toPort": 22, "protocol": "tcp"}]},
            {"ingress": {"ipv6CidrBlocks": ["::/0"], "fromPort": 0, "toPort": 65535, "protocol": "tcp"}},
        ],
        kept=[
            {"ingress": [{"cidrBlocks": ["0.0.0.0/0"], "fromPort": 443, "toPort": 443, "protocol": "tcp"}]},
            {"ingress": [{"cidrBlocks": ["10.0.0.0/8"], "fromPort": 22, "toPort": 22, "protocol": "tcp"}]},
            {"egress": [{"cidrBlocks": ["0.0.0.0/0"], "fromPort": 0, "toPort": 0, "protocol": "-1"}]},
        ],
    ),
    each(
        "no-open-ingress",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        broken=[{"cidrIpv4": "0.0.0.0/0", "ipProtocol": "-1"}],
        kept=[
            {"cidrIpv4": "10.0.0.0/8", "ipProtocol": "-1"},
            {"referencedSecurityGroupId": "sg-a", "ipProtocol": "-1"},
        ],
    ),
    each(
        "no-open-ingress",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        broken=[{"type": "ingress", "cidrBlocks": ["0.0.0.0/0"], "fromPort": 5432, "toPort": 5432}],
        kept=[{"type": "egress", "cidrBlocks": ["0.0.0.0/0"], "fromPort": 0, "toPort": 0}],
    ),
    each(
        "no-open-ingress",
        "gcp:compute/firewall:Firewall",
        broken=[
            {"network": "a", "allows": [{"protocol": "tcp", "ports": ["22"]}], "sourceRanges": ["0.0.0.0/0"]},
            {"network": "a", "allows": [{"protocol": "all"}]},
        ],
        kept=[
            {"network": "a", "allows": [{"protocol": "tcp", "ports": ["443"]}], "sourceRanges": ["0.0.0.0/0"]},
            {"network": "a", "allows": [{"protocol": "tcp", "ports": ["22"]}], "sourceRanges": ["10.0.0.0/8"]},
            {"network": "a", "allows": [{"protocol": "tcp"}], "sourceTags": ["web"]},
            {"network": "a", "denies": [{"protocol": "all"}], "sourceRanges": ["0.0.0.0/0"]},
            {"network": "a", "direction": "EGRESS", "allows": [{"protocol": "all"}]},
        ],
    ),
    each(
        "database-not-public",
        "aws:rds/instance:Instance",
        broken=[{"publiclyAccessible": True}],
        kept=[{}, {"publiclyAccessible": False}],
    ),
    each(
        "database-not-public",
        "gcp:sql/databaseInstance:DatabaseInstance",
        broken=[{}, {"settings": {"ipConfiguration": {"ipv4Enabled": True}}}],
        kept=[{"settings": {"ipConfiguration": {"ipv4Enabled": False, "privateNetwork": "a"}}}],
    ),
    each(
        "vector-store-private",
        "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy",
        broken=[{"type": "network", "policy": json.dumps(NETWORK)}],
        kept=[
            {
                "type": "network",
                "policy": json.dumps(
                    [{**NETWORK[0], "AllowFromPublic": False, "SourceServices": ["bedrock.amazonaws.com"]}]
                ),
            },
            {"type": "encryption", "policy": json.dumps({"Rules": [], "AWSOwnedKey": True})},
        ],
    ),
    each(
        "vector-store-private",
        "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint",
        broken=[{"publicEndpointEnabled": True}],
        kept=[{"privateServiceConnectConfig": {"enablePrivateServiceConnect": True}}],
    ),
    each(
        "cors-no-wildcard",
        "aws:apigatewayv2/api:Api",
        broken=[{"protocolType": "HTTP", "corsConfiguration": {"allowOrigins": ["*"]}}],
        kept=[
            {"protocolType": "HTTP", "corsConfiguration": {"allowOrigins": ["https://example.com"]}},
            {"protocolType": "HTTP"},
        ],
    ),
    each(
        "cors-no-wildcard",
        GCP_BUCKET,
        broken=[{"cors": [{"origins": ["*"]}]}],
        kept=[{"cors": [{"origins": ["https://a.b"]}]}, {}],
    ),
    each(
        "tls-min-12",
        DISTRIBUTION,
        broken=[
            {"viewerCertificate": {"acmCertificateArn": "a", "minimumProtocolVersion": "TLSv1"}},
            {"viewerCertificate": {"acmCertificateArn": "a"}},
            {"defaultCacheBehavior": {"viewerProtocolPolicy": "allow-all"}},
            {"origins": [{"domainName": "a.example.com", "customOriginConfig": {"originProtocolPolicy": "http-only"}}]},
        ],
        kept=[
            {
                "viewerCertificate": {"acmCertificateArn": "a", "minimumProtocolVersion": "TLSv1.2_2021"},
                "defaultCacheBehavior": {"viewerProtocolPolicy": "redirect-to-https"},
            },
            {"viewerCertificate": {"cloudfrontDefaultCertificate": True}},
        ],
    ),
    each(
        "tls-min-12",
        LISTENER,
        broken=[
            {"protocol": "HTTP", "defaultActions": [{"type": "forward"}]},
            {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-2016-08"},
        ],
        kept=[
            {"protocol": "HTTP", "defaultActions": REDIRECT},
            {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
            {"protocol": "TCP"},
        ],
    ),
    each(
        "tls-min-12",
        "aws:apigateway/domainName:DomainName",
        broken=[{"securityPolicy": "TLS_1_0"}],
        kept=[{"securityPolicy": "TLS_1_2"}],
    ),
    each(
        "tls-min-12",
        "gcp:compute/sSLPolicy:SSLPolicy",
        broken=[{}, {"minTlsVersion": "TLS_1_1"}],
        kept=[{"minTlsVersion": "TLS_1_2"}],
    ),
    each(
        "tls-min-12",
        "gcp:cloudfunctions/function:Function",
        broken=[{"triggerHttp": True}],
        kept=[{"triggerHttp": True, "httpsTriggerSecurityLevel": "SECURE_ALWAYS"}, {"eventTrigger": {}}],
    ),
    each(
        "tls-min-12",
        "gcp:sql/databaseInstance:DatabaseInstance",
        broken=[{"settings": {"tier": "a"}}],
        kept=[{"settings": {"ipConfiguration": {"sslMode": "ENCRYPTED_ONLY"}}}],
    ),
    Case(
        "bucket-queue-deny-insecure-transport",
        {
            "plain": Made(BUCKET),
            "secured": Made(BUCKET),
            "policy": Made(BUCKET_POLICY, {"bucket": ref("secured.id"), "policy": INSECURE}),
            "queue": Made("aws:sqs/queue:Queue"),
            "inline": Made("aws:sqs/queue:Queue", {"policy": INSECURE.replace("s3:*", "sqs:*")}),
        },
        frozenset({"plain", "queue"}),
    ),
    each(
        "region-allowed",
        "aws:dynamodb/table:Table",
        broken=[{"replicas": [{"regionName": "us-east-1"}]}, {"region": "us-east-1"}],
        kept=[{"replicas": [{"regionName": "eu-west-1"}]}, {"region": "eu-central-1"}, {}],
        settings={"regions": ["eu-central-1", "eu-west-1", "europe-west4", "EU"]},
    ),
    each(
        "region-allowed",
        GCP_BUCKET,
        broken=[{"location": "US"}],
        kept=[{"location": "eu"}, {"location": "EUROPE-WEST4"}],
    ),
    each(
        "region-allowed",
        "gcp:vertex/aiEndpoint:AiEndpoint",
        broken=[{"location": "us-central1"}, {"location": "global"}],
        kept=[{"location": "europe-west4"}],
    ),
    each(
        "region-allowed",
        "aws:bedrock/inferenceProfile:InferenceProfile",
        broken=[
            {
                "modelSource": {
                    "copyFrom": "arn:aws:bedrock:eu-central-1:1:inference-profile/global.amazon.nova-2-lite-v1:0"
                }
            }
        ],
        kept=[
            {"modelSource": {"copyFrom": "arn:aws:bedrock:eu-central-1:1:inference-profile/eu.amazon.nova-lite-v1:0"}}
        ],
    ),
)
