"""Where code comes from, secrets and tags."""

import json

from .case import Case, Made, each, ref

FUNCTION = "aws:lambda/function:Function"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "gcp:cloudrunv2/service:Service"
DIGEST = "registry.example.com/a@sha256:" + "0" * 64
LAYER = "arn:aws:lambda:eu-central-1:123456789012:layer:tools:3"
# Made of parts, so that no scanner of this repository takes them for secrets.
ACCESS_KEY = "AKIA" + "ABCDEFGHIJKLMNOP"
LIVE = "sk_live_" + "abcdefgh12345678"
TEST = "sk_test_" + "abcdefgh12345678"


def variables(**given: str) -> dict[str, object]:
    return {"environment": {"variables": given}}


def service(**given: str) -> dict[str, object]:
    return {
        "template": {
            "containers": [{"image": DIGEST, "envs": [{"name": name, "value": value} for name, value in given.items()]}]
        }
    }


CASES = (
    each(
        "image-digest-pinned",
        FUNCTION,
        broken=[{"imageUri": "a.example.com/b:latest"}],
        kept=[{"imageUri": DIGEST}, {"runtime": "python3.13"}],
    ),
    each(
        "image-digest-pinned",
        TASK,
        broken=[{"containerDefinitions": json.dumps([{"image": "nginx"}])}],
        kept=[{"containerDefinitions": json.dumps([{"image": DIGEST}])}],
    ),
    each(
        "image-digest-pinned",
        SERVICE,
        broken=[{"template": {"containers": [{"image": "a:1"}]}}],
        kept=[{"template": {"containers": {"image": DIGEST}}}],
    ),
    each(
        "registry-immutable-scanned",
        "aws:ecr/repository:Repository",
        broken=[{}, {"imageTagMutability": "MUTABLE", "imageScanningConfiguration": {"scanOnPush": True}}],
        kept=[{"imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": {"scanOnPush": True}}],
    ),
    each(
        "registry-immutable-scanned",
        "gcp:artifactregistry/repository:Repository",
        broken=[{"format": "DOCKER"}],
        kept=[{"format": "DOCKER", "dockerConfig": {"immutableTags": True}}, {"format": "PYTHON"}],
    ),
    each(
        "code-signed",
        FUNCTION,
        broken=[{"runtime": "python3.13"}],
        kept=[{"codeSigningConfigArn": "a"}, {"packageType": "Image"}],
    ),
    each(
        "code-signed",
        "aws:lambda/codeSigningConfig:CodeSigningConfig",
        broken=[{"policies": {"untrustedArtifactOnDeployment": "Warn"}}],
        kept=[{"policies": {"untrustedArtifactOnDeployment": "Enforce"}}],
    ),
    each("code-signed", SERVICE, broken=[{"template": {}}], kept=[{"binaryAuthorization": {"useDefault": True}}]),
    each(
        "layer-pinned",
        FUNCTION,
        broken=[
            {"layers": ["arn:aws:lambda:eu-central-1:123456789012:layer:tools"]},
            {"layers": [LAYER.replace("123456789012", "210987654321")]},
        ],
        kept=[{"layers": [LAYER]}, {}],
        settings={"accounts": ["123456789012"]},
    ),
    each(
        "no-plaintext-secret-env",
        FUNCTION,
        broken=[
            variables(DB_PASSWORD="hunter2"),
            variables(NOTES=f"key {ACCESS_KEY}"),
            variables(DATABASE_URL="postgres://a:secret@b/c"),
        ],
        kept=[
            variables(DB_PASSWORD_ARN="arn:aws:secretsmanager:a:1:secret:b"),
            variables(API_KEY="arn:aws:secretsmanager:a:1:secret:b"),
            variables(MAX_TOKENS="100", TOKEN_URL="https://a.example.com/token"),
        ],
    ),
    each(
        "no-plaintext-secret-env",
        TASK,
        broken=[
            {
                "containerDefinitions": json.dumps(
                    [{"image": DIGEST, "environment": [{"name": "API_KEY", "value": "abc"}]}]
                )
            }
        ],
        kept=[
            {
                "containerDefinitions": json.dumps(
                    [{"image": DIGEST, "secrets": [{"name": "API_KEY", "valueFrom": "arn:a"}]}]
                )
            }
        ],
    ),
    each("no-plaintext-secret-env", SERVICE, broken=[service(CLIENT_SECRET="abc")], kept=[service(MODE="fast")]),
    each(
        "no-plaintext-secret-env",
        "aws:ssm/parameter:Parameter",
        broken=[{"name": "/app/api-key", "type": "String", "value": "a"}],
        kept=[
            {"name": "/app/api-key", "type": "SecureString", "value": "a"},
            {"name": "/app/mode", "type": "String", "value": "a"},
        ],
    ),
    Case(
        "no-known-secrets",
        {
            "tagged": Made("aws:sqs/queue:Queue", {"tags": {"note": ACCESS_KEY}}),
            "labelled": Made("gcp:storage/bucket:Bucket", {"labels": {"key": "AIza" + "a" * 35}}),
            "store": Made(
                "aws:secretsmanager/secretVersion:SecretVersion", {"secretId": "a", "secretString": ACCESS_KEY}
            ),
            "plain": Made("aws:sqs/queue:Queue", {"tags": {"note": "nothing"}}),
        },
        frozenset({"tagged", "labelled"}),
    ),
    Case(
        "no-live-keys-outside-prod",
        {
            "live": Made(FUNCTION, variables(STRIPE=LIVE)),
            "live-stored": Made("gcp:secretmanager/secretVersion:SecretVersion", {"secret": "a", "secretData": LIVE}),
            "test": Made(FUNCTION, variables(STRIPE=TEST)),
        },
        frozenset({"live", "live-stored"}),
    ),
    Case(
        "no-live-keys-outside-prod",
        {"live": Made(FUNCTION, variables(STRIPE=LIVE)), "test": Made(FUNCTION, variables(STRIPE=TEST))},
        frozenset({"test"}),
        alone=True,
        settings={"live": True},
    ),
    Case(
        "secret-rotated",
        {
            "old": Made("aws:secretsmanager/secret:Secret", {"kmsKeyId": "a"}),
            "fresh": Made("aws:secretsmanager/secret:Secret", {"kmsKeyId": "a"}),
            "rotation": Made("aws:secretsmanager/secretRotation:SecretRotation", {"secretId": ref("fresh.id")}),
            "gcp-old": Made("gcp:secretmanager/secret:Secret", {"secretId": "a"}),
            "gcp-fresh": Made("gcp:secretmanager/secret:Secret", {"rotation": {"rotationPeriod": "7776000s"}}),
        },
        frozenset({"old", "gcp-old"}),
    ),
    each(
        "required-tags",
        "aws:sqs/queue:Queue",
        broken=[{}, {"tags": {"project": "a"}}],
        kept=[{"tags": {"project": "a", "environment": "dev"}}],
    ),
    each(
        "required-tags",
        "gcp:pubsub/topic:Topic",
        broken=[{}],
        kept=[{"labels": {"project": "a", "environment": "dev"}}],
    ),
)
