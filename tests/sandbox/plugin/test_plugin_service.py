"""Providers over gRPC, on recorded resources."""

import grpc
import pytest
from plugin_calls import Calls, Deployed, RecordingSandbox, serving

from pulumi_sandbox.plugin.stubs import plugin_pb2, provider_pb2
from pulumi_sandbox.plugin.stubs import provider_pb2 as pb
from pulumi_sandbox.plugin.values import DEFAULTS, UNKNOWN, Secret, to_struct

TOPIC = "gcp:pubsub/topic:Topic"
BUCKET = "gcp:storage/bucket:Bucket"
SECRET_VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
QUEUE = "aws:sqs/queue:Queue"


def refusal(error: pytest.ExceptionInfo[grpc.RpcError]) -> str:
    return str(error.value.details())  # pyright: ignore[reportAttributeAccessIssue] - grpc's calls are errors, untyped


def test_a_resource_from_preview_to_deletion(gcp: Calls, sandbox: RecordingSandbox) -> None:
    inputs = gcp.checked(BUCKET, {"location": "EU", "labels": {"a": "b"}})
    assert inputs["name"].startswith("it-")
    assert inputs[DEFAULTS] == ["name"]
    none, known = gcp.create(BUCKET, inputs, preview=True)
    assert none == ""
    assert (known["url"], known["name"], known["project"]) == (UNKNOWN, inputs["name"], "shop")
    assert sandbox.recorded == {}

    bucket = gcp.deploy(BUCKET, {"location": "EU", "labels": {"a": "b"}})
    assert bucket.outputs["url"] == f"gs://{bucket.inputs['name']}"
    assert bucket.outputs["project"] == "shop"
    assert bucket.outputs["effectiveLabels"] == Secret({"goog-pulumi-provisioned": "true", "team": "x", "a": "b"})
    assert len(sandbox.recorded) == 1

    again = gcp.checked(BUCKET, {"location": "EU", "labels": {"a": "b"}}, bucket.inputs)
    same = gcp.diff(BUCKET, bucket, again)
    assert (same.changes, list(same.diffs)) == (pb.DiffResponse.DIFF_NONE, [])

    changed = gcp.checked(BUCKET, {"location": "EU", "storageClass": "NEARLINE"}, bucket.inputs)
    difference = gcp.diff(BUCKET, bucket, changed)
    assert set(difference.diffs) == {"labels", "storageClass"}
    assert list(difference.replaces) == []
    updated = gcp.update(BUCKET, bucket, changed)
    assert updated["storageClass"] == "NEARLINE"
    assert updated["timeCreated"] == bucket.outputs["timeCreated"]
    assert "labels" not in updated

    moved = gcp.diff(BUCKET, bucket, {**bucket.inputs, "location": "US"})
    assert list(moved.replaces) == ["location"]
    assert not moved.deleteBeforeReplace

    gcp.delete(BUCKET, bucket)
    assert sandbox.recorded == {}
    gcp.delete(BUCKET, bucket)  # already gone is success
    assert gcp.read(BUCKET, bucket) is None


def test_refresh_shows_what_changed_in_the_cloud(gcp: Calls, sandbox: RecordingSandbox) -> None:
    topic = gcp.deploy(TOPIC, {"name": "orders", "messageRetentionDuration": "600s"})
    assert gcp.read(TOPIC, topic) == topic
    (entry,) = sandbox.recorded.values()
    entry["outputs"]["messageRetentionDuration"] = "900s"
    entry["outputs"]["kmsKeyName"] = "key"
    found = gcp.read(TOPIC, topic)
    assert found is not None
    assert found.inputs["messageRetentionDuration"] == "900s"
    assert found.inputs["kmsKeyName"] == "key"
    news = gcp.checked(TOPIC, {"name": "orders", "messageRetentionDuration": "600s"}, found.inputs)
    assert set(gcp.diff(TOPIC, found, news).diffs) == {"messageRetentionDuration", "kmsKeyName"}


def test_an_import_is_up_to_date_with_a_program_that_says_the_same(gcp: Calls) -> None:
    topic = gcp.deploy(TOPIC, {"name": "orders", "labels": {"a": "b"}})
    imported = gcp.read(TOPIC, Deployed(topic.id, {}, {}))
    assert imported is not None
    news = gcp.checked(TOPIC, {"name": "orders", "labels": {"a": "b"}}, imported.inputs)
    assert gcp.diff(TOPIC, imported, news).changes == pb.DiffResponse.DIFF_NONE
    assert gcp.read(TOPIC, Deployed("projects/shop/topics/nowhere", {}, {})) is None


def test_secrets_stay_secret(gcp: Calls) -> None:
    inputs = {"secret": "projects/shop/secrets/s", "secretData": Secret("hush-hush")}
    version = gcp.deploy(SECRET_VERSION, inputs)
    assert version.inputs["secretData"] == Secret("hush-hush")
    assert version.outputs["secretData"] == Secret("hush-hush")
    read = gcp.read(SECRET_VERSION, version)
    assert read is not None
    assert read.outputs["secretData"] == Secret("hush-hush")


def test_what_exists_is_not_made_twice(gcp: Calls) -> None:
    gcp.deploy(TOPIC, {"name": "orders"})
    with pytest.raises(grpc.RpcError) as error:
        gcp.create(TOPIC, {"name": "orders"})
    assert "projects/shop/topics/orders exists already: choose another name, import it" in refusal(error)


def test_protected_resources_are_not_deleted(gcp: Calls, sandbox: RecordingSandbox) -> None:
    service = gcp.deploy(
        "gcp:cloudrunv2/service:Service",
        {"location": "europe-west1", "deletionProtection": True, "template": {"containers": [{"image": "i"}]}},
    )
    with pytest.raises(grpc.RpcError) as error:
        gcp.delete("gcp:cloudrunv2/service:Service", service)
    assert "is protected: set deletionProtection to another value" in refusal(error)
    assert sandbox.recorded


def test_a_type_without_facts_is_refused_by_name(aws: Calls) -> None:
    with pytest.raises(grpc.RpcError) as error:
        aws.check("aws:neptune/cluster:Cluster", {})
    assert "the sandbox does not model aws:neptune/cluster:Cluster" in refusal(error)
    assert "facts/aws/neptune.json" in refusal(error)


def test_a_type_that_does_not_exist_is_refused_by_name(aws: Calls) -> None:
    with pytest.raises(grpc.RpcError) as error:
        aws.check("aws:sqs/queue:Qeue", {})
    assert "aws:sqs/queue:Qeue is not a resource type of pulumi_aws" in refusal(error)


def test_the_engines_autonaming_reaches_the_name(aws: Calls) -> None:
    options = pb.CheckRequest.AutonamingOptions
    inputs, problems = aws.check(QUEUE, {}, autonaming=options(proposed_name="dev-it", mode=options.ENFORCE))
    assert (inputs["name"], problems) == ("dev-it", [])
    _, problems = aws.check(QUEUE, {}, autonaming=options(mode=options.DISABLE))
    assert "automatic naming is disabled" in problems[0]


def test_details_of_a_difference(aws: Calls) -> None:
    inputs = aws.checked(QUEUE, {"name": "fixed", "tags": {"a.b": "1"}})
    news = aws.checked(QUEUE, {"name": "fixed", "fifoQueue": True, "tags": {"a.b": "2"}}, inputs)
    found = aws.diff(QUEUE, Deployed("id", inputs, inputs), news)
    kinds = {path: pb.PropertyDiff.Kind.Name(entry.kind) for path, entry in found.detailedDiff.items()}
    assert kinds == {"fifoQueue": "UPDATE_REPLACE", 'tags["a.b"]': "UPDATE", 'tagsAll["a.b"]': "UPDATE"}
    assert list(found.replaces) == ["fifoQueue"]
    assert set(found.diffs) == {"fifoQueue", "tags", "tagsAll"}
    assert found.deleteBeforeReplace
    assert found.hasDetailedDiff


def test_default_tags_of_the_provider(sandbox: RecordingSandbox) -> None:
    assert sandbox.url
    with serving("aws") as calls:
        calls.configure(region="eu-central-1", defaultTags='{"tags": {"team": "x"}}')
        assert calls.checked(QUEUE, {"tags": {"a": "b"}})["tagsAll"] == {"a": "b", "team": "x"}
        assert calls.invoke("aws:index/getDefaultTags:getDefaultTags")["tags"] == {"team": "x"}


def test_functions_of_aws(aws: Calls) -> None:
    region = aws.invoke("aws:index/getRegion:getRegion")
    assert (region["region"], region["endpoint"]) == ("eu-central-1", "ec2.eu-central-1.amazonaws.com")
    assert region["description"] == "Europe (Frankfurt)"
    assert aws.invoke("aws:index/getPartition:getPartition")["dnsSuffix"] == "amazonaws.com"
    arn = aws.invoke("aws:index/getArn:getArn", arn="arn:aws:s3:::b/k")
    assert (arn["service"], arn["account"], arn["resource"]) == ("s3", "", "b/k")
    policy = aws.invoke("aws:iam/getPolicyDocument:getPolicyDocument", statements=[{"actions": ["a:b"]}])
    assert '"Action":"a:b"' in policy["minifiedJson"]
    principal = aws.invoke("aws:index/getServicePrincipal:getServicePrincipal", serviceName="lambda")
    assert principal["name"] == "lambda.amazonaws.com"


def test_results_from_secret_arguments_are_secret(aws: Calls) -> None:
    found = aws.invoke("aws:index/getArn:getArn", arn=Secret("arn:aws:s3:::b"))
    assert found["resource"] == Secret("b")


def test_mistakes_in_functions_are_named(aws: Calls) -> None:
    with pytest.raises(grpc.RpcError) as error:
        aws.invoke("aws:ec2/getAmi:getAmi")
    assert "the sandbox does not answer the function aws:ec2/getAmi:getAmi; it answers" in refusal(error)
    with pytest.raises(grpc.RpcError) as error:
        aws.invoke("aws:index/getRegion:getRegion", region="eu-nowhere-1")
    assert "there is no AWS region 'eu-nowhere-1'" in refusal(error)


def test_functions_of_gcp(gcp: Calls) -> None:
    project = gcp.invoke("gcp:organizations/getProject:getProject")
    assert project["projectId"] == "shop"
    assert len(project["number"]) == 12
    assert gcp.invoke("gcp:organizations/getClientConfig:getClientConfig")["region"] == "europe-west1"
    policy = gcp.invoke(
        "gcp:organizations/getIAMPolicy:getIAMPolicy", bindings=[{"role": "r", "members": ["user:b", "user:a"]}]
    )
    assert policy["policyData"] == '{"bindings":[{"members":["user:a","user:b"],"role":"r"}]}'


def test_without_an_endpoint_nothing_is_configured(sandbox: RecordingSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving("aws") as calls:
        sandbox.healthy = False
        with pytest.raises(grpc.RpcError) as error:
            calls.configure(region="eu-central-1")
        assert "is not the sandbox (GET /_sandbox/health gave HTTP 503)" in refusal(error)
        monkeypatch.setenv("PULUMI_SANDBOX_ENDPOINT", "http://127.0.0.1:1")
        with pytest.raises(grpc.RpcError) as error:
            calls.configure(region="eu-central-1")
        assert "the sandbox does not answer at http://127.0.0.1:1" in refusal(error)
        assert "python -m pulumi_sandbox start" in refusal(error)
        monkeypatch.delenv("PULUMI_SANDBOX_ENDPOINT")
        with pytest.raises(grpc.RpcError) as error:
            calls.configure(region="eu-central-1")
        assert "neither PULUMI_SANDBOX_ENDPOINT nor AWS_ENDPOINT_URL is set" in refusal(error)


def test_without_a_region_nothing_is_configured(sandbox: RecordingSandbox) -> None:
    assert sandbox.url
    with serving("aws") as calls, pytest.raises(grpc.RpcError) as error:
        calls.configure()
    assert "pulumi config set aws:region" in refusal(error)


def test_what_the_engine_asks_first(aws: Calls) -> None:
    hello = aws.stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="x"))
    assert hello.accept_secrets
    assert hello.supports_autonaming_configuration
    assert aws.stub.GetPluginInfo(plugin_pb2.PluginAttach()).version.count(".") == 2  # any message is empty on the wire
    checked = aws.stub.CheckConfig(pb.CheckRequest(urn="u"))
    assert list(checked.failures) == []


def test_a_provider_pointed_elsewhere_replaces_what_it_made(aws: Calls, gcp: Calls) -> None:
    inputs = aws.checked(QUEUE, {"name": "q"})
    here, there = {**inputs, "region": "eu-central-1"}, {**inputs, "region": "us-east-1"}
    assert list(aws.diff(QUEUE, Deployed("id", inputs, here), inputs).diffs) == []
    assert list(aws.diff(QUEUE, Deployed("id", inputs, there), inputs).replaces) == ["region"]
    topic = gcp.deploy(TOPIC, {"name": "orders"})
    gcp.configure(project="market")
    assert list(gcp.diff(TOPIC, topic, topic.inputs).replaces) == ["project"]


def test_another_region_of_the_provider_is_not_a_new_provider(aws: Calls) -> None:
    old, new = to_struct({"region": "eu-central-1"}), to_struct({"region": "us-east-1"})
    found = aws.stub.DiffConfig(pb.DiffRequest(urn="u", old_inputs=old, news=new))
    assert (list(found.diffs), list(found.replaces)) == (["region"], [])


def test_a_region_that_is_not_known_yet(sandbox: RecordingSandbox) -> None:
    assert sandbox.url
    with serving("aws") as calls:
        calls.configure(region=UNKNOWN)
        _, outputs = calls.create(QUEUE, calls.checked(QUEUE, {"name": "q"}), preview=True)
        assert outputs["region"] is UNKNOWN
