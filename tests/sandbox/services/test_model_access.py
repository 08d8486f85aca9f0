"""Who may call a model: directly, through an inference profile, with a guardrail, with a key."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from own_cloud import ACCOUNT, REGION, OwnCloud, unique
from prompts import NOVA, asking, text_of

PROFILE = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/{NOVA}"


def model_arn(region: str, model: str = "amazon.nova-lite-v1:0") -> str:
    return f"arn:aws:bedrock:{region}::foundation-model/{model}"


def invoking(*resources: str, **condition: Any) -> dict[str, Any]:
    statement = {"Action": "bedrock:InvokeModel", "Resource": list(resources)}
    return {**statement, **({"Condition": condition} if condition else {})}


def refused(cloud: OwnCloud, role: str, request: dict[str, Any], operation: str = "converse") -> str:
    with pytest.raises(ClientError) as denied:
        getattr(cloud.client("bedrock-runtime", role), operation)(**request)
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"
    return denied.value.response["Error"]["Message"]


def test_a_model_called_directly(own_cloud: OwnCloud):
    role = own_cloud.role([invoking(model_arn(REGION))])
    request = asking("When are refunds paid?", model="amazon.nova-lite-v1:0")
    assert text_of(own_cloud.client("bedrock-runtime", role).converse(**request))
    other = asking("x", model="amazon.nova-micro-v1:0")
    assert "bedrock:InvokeModel on resource: " + model_arn(REGION, "amazon.nova-micro-v1:0") in refused(
        own_cloud, role, other
    )


def test_a_profile_needs_the_model_in_every_region(own_cloud: OwnCloud):
    request = asking("When are refunds paid?")
    every = [PROFILE, *(model_arn(region) for region in ("us-east-1", "us-east-2", "us-west-2"))]
    role = own_cloud.role([invoking(*every)])
    assert text_of(own_cloud.client("bedrock-runtime", role).converse(**request))
    for missing in every:
        own_cloud.allow(role, [invoking(*(arn for arn in every if arn != missing))])
        assert f"on resource: {missing} " in refused(own_cloud, role, request)


def test_a_condition_ties_the_models_to_the_profile(own_cloud: OwnCloud):
    tied = {"StringEquals": {"bedrock:InferenceProfileArn": PROFILE}}
    role = own_cloud.role([invoking(PROFILE), invoking(model_arn("us-*"), **tied)])
    assert text_of(own_cloud.client("bedrock-runtime", role).converse(**asking("When are refunds paid?")))
    direct = asking("x", model="amazon.nova-lite-v1:0")
    assert model_arn(REGION) in refused(own_cloud, role, direct)


def test_streams_have_an_action_of_their_own(own_cloud: OwnCloud):
    role = own_cloud.role([invoking("*")])
    told = refused(own_cloud, role, asking("x"), "converse_stream")
    assert "bedrock:InvokeModelWithResponseStream" in told


def test_an_application_profile_names_its_models(own_cloud: OwnCloud):
    bedrock = own_cloud.client("bedrock")
    created = bedrock.create_inference_profile(
        inferenceProfileName=unique("app"), modelSource={"copyFrom": PROFILE}, tags=[{"key": "team", "value": "a"}]
    )
    arn = created["inferenceProfileArn"]
    found = bedrock.get_inference_profile(inferenceProfileIdentifier=arn)
    behind = [each["modelArn"] for each in found["models"]]
    assert (found["type"], behind) == ("APPLICATION", [model_arn(r) for r in ("us-east-1", "us-east-2", "us-west-2")])
    role = own_cloud.role([invoking(arn, *behind)])
    runtime = own_cloud.client("bedrock-runtime", role)
    assert text_of(runtime.converse(**asking("When are refunds paid?", model=arn)))
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "team", "value": "a"}]
    bedrock.delete_inference_profile(inferenceProfileIdentifier=arn)
    with pytest.raises(ClientError, match="does not exist"):
        own_cloud.client("bedrock-runtime").converse(**asking("x", model=arn))


def test_a_guardrail_and_its_key_are_asked_for(own_cloud: OwnCloud):
    key = own_cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    rail = own_cloud.client("bedrock").create_guardrail(
        name=unique("rail"),
        blockedInputMessaging="no",
        blockedOutputsMessaging="no",
        wordPolicyConfig={"wordsConfig": [{"text": "lamp"}]},
        kmsKeyId=key,
    )
    applied = {"guardrailIdentifier": rail["guardrailId"], "guardrailVersion": "DRAFT"}
    allowed = [invoking("*"), {"Action": "bedrock:ApplyGuardrail", "Resource": rail["guardrailArn"]}]
    role = own_cloud.role([*allowed, {"Action": "kms:Decrypt", "Resource": key}])
    request = asking("When are refunds paid?", guardrailConfig=applied)
    assert own_cloud.client("bedrock-runtime", role).converse(**request)["stopReason"] == "end_turn"
    content = {"source": "INPUT", "content": [{"text": {"text": "x"}}], **applied}
    assert own_cloud.client("bedrock-runtime", role).apply_guardrail(**content)["action"] == "NONE"
    own_cloud.allow(role, allowed)
    assert "kms:Decrypt" in refused(own_cloud, role, request)
    assert "kms:Decrypt" in refused(own_cloud, role, content, "apply_guardrail")
    own_cloud.allow(role, [invoking("*"), {"Action": "kms:Decrypt", "Resource": key}])
    assert "bedrock:ApplyGuardrail" in refused(own_cloud, role, request)
    assert "bedrock:ApplyGuardrail" in refused(own_cloud, role, content, "apply_guardrail")


def test_what_roles_called_is_recorded(own_cloud: OwnCloud):
    import urllib.request

    role = own_cloud.role([invoking(model_arn(REGION))])
    own_cloud.client("bedrock-runtime", role).converse(**asking("x", model="amazon.nova-lite-v1:0"))
    with urllib.request.urlopen(f"{own_cloud.endpoint}/_sandbox/iam/calls", timeout=10) as answer:  # noqa: S310 - loopback
        calls = [each for each in json.load(answer) if each["role"] == role]
    assert [(each["action"], each["resources"], each["allowed"]) for each in calls] == [
        ("bedrock:InvokeModel", [model_arn(REGION)], True)
    ]


def test_models_and_profiles_are_listed(own_cloud: OwnCloud):
    bedrock = own_cloud.client("bedrock")
    embedding = bedrock.list_foundation_models(byOutputModality="EMBEDDING", byProvider="Amazon")["modelSummaries"]
    assert {each["modelId"] for each in embedding} == {"amazon.titan-embed-text-v1", "amazon.titan-embed-text-v2:0"}
    assert bedrock.get_foundation_model(modelIdentifier="amazon.nova-lite-v1:0")["modelDetails"]["modelName"]
    system = bedrock.list_inference_profiles(typeEquals="SYSTEM_DEFINED")["inferenceProfileSummaries"]
    assert NOVA in {each["inferenceProfileId"] for each in system}
    assert not [each for each in system if each["inferenceProfileId"].startswith("eu.")]
    with pytest.raises(bedrock.exceptions.ResourceNotFoundException):
        bedrock.get_inference_profile(inferenceProfileIdentifier="eu.amazon.nova-lite-v1:0")
