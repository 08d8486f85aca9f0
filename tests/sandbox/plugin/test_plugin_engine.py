"""The plugins behind the real engine, on a daemon of these tests' own."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from engine_fixture import Engine, Project

from pulumi_sandbox import lifecycle
from pulumi_sandbox.layout import StateDirectory, standard_environment

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    state = StateDirectory(tmp_path_factory.mktemp("sandbox"))
    try:
        yield {**standard_environment(lifecycle.start(state, 0)), "AWS_REGION": REGION}
    finally:
        lifecycle.stop(state)


@pytest.fixture
def project(cloud: dict[str, str], tmp_path: Path) -> Iterator[Project]:
    made = Engine(tmp_path / "engine", cloud).project(tmp_path / "program", "")
    yield made
    made.write("")
    made.destroy()


@pytest.fixture
def sqs(cloud: dict[str, str]) -> Any:
    return boto3.client(
        "sqs",
        endpoint_url=cloud["AWS_ENDPOINT_URL"],
        region_name=REGION,
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
    )


def program(text: str) -> str:
    return f"import pulumi, pulumi_aws as aws, pulumi_gcp as gcp\n{text}"


def errors(preview: dict[str, Any]) -> list[str]:
    return [entry["message"] for entry in preview.get("diagnostics", []) if entry["severity"] == "error"]


def attribute(sqs: Any, url: str, name: str) -> str:
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]


def test_deploy_drift_and_replacement(project: Project, sqs: Any) -> None:
    queue = 'q = aws.sqs.Queue("q", visibility_timeout_seconds=60, tags={"a": "b"}'
    outputs = 'pulumi.export("url", q.url)'
    project.write(program(f"{queue})\n{outputs}"))
    project.up()
    url = project.outputs()["url"]
    assert attribute(sqs, url, "VisibilityTimeout") == "60"
    project.up("--refresh", "--expect-no-changes")

    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "99"})
    assert "~ 1 updated" in project.up("--refresh").stdout
    assert attribute(sqs, url, "VisibilityTimeout") == "60"

    project.write(program(f"{queue}, fifo_queue=True)\n{outputs}"))
    assert "+-1 replaced" in project.up().stdout
    replaced = project.outputs()["url"]
    assert replaced.endswith(".fifo")

    sqs.delete_queue(QueueUrl=replaced)
    assert "+ 1 created" in project.up("--refresh").stdout


def test_mistakes_stop_a_preview_with_their_place(project: Project) -> None:
    project.write(program('aws.dynamodb.Table("t", attributes=[{"name": "pk", "typ": "S"}], hash_key="pk")'))
    found = errors(project.preview())
    assert any(
        "unknown property 'typ': did you mean 'type'. Examine values at 't.attributes[0].typ'" in text for text in found
    )
    assert any("missing required property 'type'" in text for text in found)


def test_an_import_needs_no_change(project: Project, sqs: Any) -> None:
    # The provider's default is not the service's, so that a queue made elsewhere differs unless it says so.
    attributes = {"DelaySeconds": "5", "MaximumMessageSize": "262144"}
    url = sqs.create_queue(QueueName="imported", Attributes=attributes, tags={"x": "y"})["QueueUrl"]
    queue = 'aws.sqs.Queue("imp", name="imported", delay_seconds=5, tags={"x": "y"}'
    project.write(program(f'{queue}, opts=pulumi.ResourceOptions(import_="{url}"))'))
    assert "= 1 imported\n    2 changes" in project.up().stdout
    project.write(program(f"{queue})"))
    project.up("--expect-no-changes")


def test_import_from_the_command_line_has_no_warnings(project: Project, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="by-hand", tags={"x": "y"})["QueueUrl"]
    done = project.run("import", "aws:sqs/queue:Queue", "byhand", url, "--yes", "--protect=false")
    assert "warning" not in done.stdout + done.stderr
    assert [entry["id"] for entry in project.resources() if entry["type"] == "aws:sqs/queue:Queue"] == [url]


def test_names_tags_secrets_and_functions(project: Project) -> None:
    project.write(
        program(
            """
a = pulumi.ResourceOptions(
    provider=aws.Provider("a", region="us-west-2", default_tags={"tags": {"team": "x", "env": "dev"}})
)
g = pulumi.ResourceOptions(provider=gcp.Provider("g", project="shop", default_labels={"team": "x"}))
q = aws.sqs.Queue("q", tags={"env": "prod"}, kms_master_key_id=pulumi.Output.secret("alias/hush-hush"), opts=a)
t = gcp.pubsub.Topic("t", labels={"env": "prod"}, opts=g)
v = gcp.secretmanager.SecretVersion("v", secret="projects/shop/secrets/s", secret_data="hush-hush", opts=g)
pulumi.export("tags", [q.tags, q.tags_all])
pulumi.export("name", q.name)
pulumi.export("arn", q.arn)
pulumi.export("labels", t.effective_labels)
pulumi.export("hidden", [q.kms_master_key_id, v.secret_data])
pulumi.export("account", aws.get_caller_identity().account_id)
pulumi.export("region", aws.get_region().region)
pulumi.export("partition", aws.get_partition().partition)
pulumi.export("zones", aws.get_availability_zones(state="available").names)
pulumi.export("policy", aws.iam.get_policy_document(statements=[{"actions": ["s3:GetObject"]}]).minified_json)
"""
        )
    )
    project.run("config", "set", "--path", "pulumi:autonaming.pattern", "${project}-${stack}-${name}")
    project.up()
    outputs = project.outputs()
    assert outputs["tags"] == [{"env": "prod"}, {"team": "x", "env": "prod"}]
    assert outputs["name"] == "project-dev-q"
    assert outputs["arn"] == "arn:aws:sqs:us-west-2:123456789012:project-dev-q"
    assert outputs["labels"] == {"goog-pulumi-provisioned": "true", "team": "x", "env": "prod"}
    assert outputs["hidden"] == ["alias/hush-hush", "hush-hush"]
    assert (outputs["account"], outputs["region"], outputs["partition"]) == ("123456789012", REGION, "aws")
    assert outputs["zones"][0] == f"{REGION}a"
    assert json.loads(outputs["policy"])["Statement"] == [{"Effect": "Allow", "Action": "s3:GetObject"}]
    assert "hush-hush" not in json.dumps(project.export())
    project.up("--refresh", "--expect-no-changes")


def test_without_the_sandbox_nothing_is_deployed(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "engine", {"AWS_REGION": REGION})
    lonely = engine.project(tmp_path / "program", program('aws.sqs.Queue("q")'))
    done = lonely.run("preview", check=False)
    assert done.returncode != 0
    assert "this is the sandbox's provider plugin and it deploys to the local sandbox only" in done.stdout + done.stderr
    assert os.environ.get("AWS_ENDPOINT_URL") is None
