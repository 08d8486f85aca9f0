from typing import Any

from genai_tiers.aws.models import invoke_statements, resolve_models
from genai_tiers.model_settings import Model


def test_models_are_called_through_the_profile_of_the_regions_geography() -> None:
    ids = {region: resolve_models((), region)[0].model_id for region in ("us-east-1", "eu-west-1", "ap-south-1")}
    assert ids == {
        "us-east-1": "us.amazon.nova-lite-v1:0",
        "eu-west-1": "eu.amazon.nova-lite-v1:0",
        "ap-south-1": "apac.amazon.nova-lite-v1:0",
    }
    assert resolve_models((), "sa-east-1")[0].model_id == "global.amazon.nova-lite-v1:0"


def test_an_id_of_the_users_is_left_as_it_is() -> None:
    assert resolve_models((Model("mine", "meta.llama3-8b"),), "eu-west-1")[0].model_id == "meta.llama3-8b"


def test_a_profile_may_be_invoked_and_its_model_only_through_it() -> None:
    profile, behind = invoke_statements(["us.amazon.nova-lite-v1:0"], "aws", "us-east-1", "1")
    arn = "arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-lite-v1:0"
    assert profile["Resource"] == [arn]
    assert behind["Resource"] == ["arn:aws:bedrock:us-*::foundation-model/amazon.nova-lite-v1:0"]
    assert behind["Condition"] == {"StringEquals": {"bedrock:InferenceProfileArn": arn}}


def test_a_model_on_demand_is_one_arn_in_its_own_region() -> None:
    statements: list[dict[str, Any]] = invoke_statements(["amazon.titan-x"], "aws", "eu-west-1", "1")
    assert [statement["Resource"] for statement in statements] == [
        ["arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-x"]
    ]


def test_no_statement_allows_every_model_or_every_action() -> None:
    statements: list[dict[str, Any]] = invoke_statements(["global.a.b", "us.c.d", "e.f"], "aws", "us-east-1", "1")
    for statement in statements:
        assert statement["Action"] == ["bedrock:InvokeModel"]
        assert all(not str(resource).endswith("*") for resource in statement["Resource"])


def test_a_streamed_answer_is_another_action_on_the_same_models() -> None:
    streamed = invoke_statements(["us.a.b"], "aws", "us-east-1", "1", "bedrock:InvokeModelWithResponseStream")
    assert [statement["Action"] for statement in streamed] == [["bedrock:InvokeModelWithResponseStream"]] * 2
    whole = invoke_statements(["us.a.b"], "aws", "us-east-1", "1")
    assert [statement["Resource"] for statement in streamed] == [statement["Resource"] for statement in whole]
