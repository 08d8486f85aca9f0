from typing import Any

import pytest

from pulumi_sandbox.plugin.check import Checked, check_config, check_resource
from pulumi_sandbox.plugin.facts import type_facts
from pulumi_sandbox.plugin.schema import provider_schema, resource_schema
from pulumi_sandbox.plugin.values import DEFAULTS, UNKNOWN, Archive, Secret

QUEUE = "aws:sqs/queue:Queue"
TABLE = "aws:dynamodb/table:Table"
FUNCTION = "aws:lambda/function:Function"


def check(token: str, news: dict[str, Any], olds: dict[str, Any] | None = None, **config: Any) -> Checked:
    return check_resource(
        "it", resource_schema(token), type_facts(token), olds=olds or {}, news=news, config=config, seed=b"seed"
    )


def problems(token: str, news: dict[str, Any]) -> list[str]:
    return check(token, news).problems


def test_good_inputs_have_no_problems() -> None:
    assert problems(QUEUE, {"visibilityTimeoutSeconds": 60, "tags": {"a": "b"}}) == []


def test_every_problem_is_reported_at_once_with_path_value_and_mend() -> None:
    found = problems(
        TABLE,
        {
            "attributes": [{"name": "pk"}, {"name": "sk", "type": "X", "tpye": "S"}],
            "hashKey": ["pk"],
            "readCapacty": 5,
            "name": "ab",
        },
    )
    assert sorted(found) == [
        "expected 3 to 255 characters, got 2: 'ab'. Examine values at 'it.name'.",
        "expected a string, got a list: ['pk']. Examine values at 'it.hashKey'.",
        "expected one of 'B', 'N', 'S', got 'X'. Examine values at 'it.attributes[1].type'.",
        "missing required property 'type': give it a value of type string. Examine values at 'it.attributes[0].type'.",
        "unknown property 'readCapacty': did you mean 'readCapacity'. Examine values at 'it.readCapacty'.",
        "unknown property 'tpye': did you mean 'type'. Examine values at 'it.attributes[1].tpye'.",
    ]


def test_a_python_spelling_is_recognised() -> None:
    (found,) = problems(QUEUE, {"fifo_queue": True})
    assert "did you mean 'fifoQueue'" in found or "did you mean 'fifo_queue'" in found


def test_a_missing_property_says_its_python_name() -> None:
    (found,) = problems("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": "r"})
    assert found.startswith(
        "missing required property 'policyArn' ('policy_arn' in Python): give it a value of type string"
    )


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"visibilityTimeoutSeconds": "60"}, {"visibilityTimeoutSeconds": 60}),
        ({"fifoQueue": "false"}, {"fifoQueue": False}),
        ({"policy": True}, {"policy": "true"}),
        ({"tags": {"n": 1, "f": 1.5, "b": False}}, {"tags": {"n": "1", "f": "1.5", "b": "false"}}),
    ],
)
def test_scalars_are_converted_as_the_bridge_does(given: dict[str, Any], stored: dict[str, Any]) -> None:
    checked = check(QUEUE, given)
    assert checked.problems == []
    assert {name: checked.inputs[name] for name in stored} == stored


@pytest.mark.parametrize("wrong", ["word", "1.5", True, 1.5, [1], {"a": 1}])
def test_what_is_no_whole_number_is_refused(wrong: Any) -> None:
    (found,) = problems(QUEUE, {"delaySeconds": wrong})
    assert found.startswith("expected a whole number, got ")


def test_ranges_name_the_bounds() -> None:
    assert problems(QUEUE, {"visibilityTimeoutSeconds": 43201}) == [
        "expected 0 to 43200, got 43201. Examine values at 'it.visibilityTimeoutSeconds'."
    ]


def test_exclusive_properties() -> None:
    found = problems(FUNCTION, {"role": "arn:aws:iam::123456789012:role/r", "code": Archive(path="x"), "imageUri": "i"})
    assert "code excludes imageUri: give exactly one of them. Examine values at 'it.code'." in found
    (none,) = problems(FUNCTION, {"role": "arn:aws:iam::123456789012:role/r"})
    assert none.startswith("none of code, imageUri, s3Bucket is given: give exactly one of them.")


def test_conflicts_and_companions() -> None:
    assert problems(QUEUE, {"name": "a", "namePrefix": "b"}) == [
        "name conflicts with namePrefix: give only one of them. Examine values at 'it.name'.",
        "namePrefix conflicts with name: give only one of them. Examine values at 'it.namePrefix'.",
    ]
    role = "arn:aws:iam::123456789012:role/r"
    assert any("s3Bucket needs s3Key" in text for text in problems(FUNCTION, {"role": role, "s3Bucket": "b"}))


def test_no_name_is_made_where_a_prefix_is_given() -> None:
    assert "name" not in check(QUEUE, {"namePrefix": "b"}).inputs


def test_unknowns_pass_and_satisfy() -> None:
    checked = check(
        FUNCTION, {"role": UNKNOWN, "code": UNKNOWN, "timeout": UNKNOWN, "environment": {"variables": UNKNOWN}}
    )
    assert checked.problems == []
    assert checked.inputs["timeout"] is UNKNOWN


def test_secrets_stay_secret_and_are_never_shown() -> None:
    checked = check(QUEUE, {"delaySeconds": Secret("901"), "name": Secret("n!n"), "tags": Secret({"a": "b"})})
    assert checked.inputs["delaySeconds"] == Secret(901)
    assert checked.inputs["tagsAll"] == Secret({"a": "b"})
    assert len(checked.problems) == 2
    assert all("[secret]" in text and "901" not in text and "n!n" not in text for text in checked.problems)


def test_defaults_are_filled_in_and_listed() -> None:
    inputs = check(
        TABLE, {"attributes": [{"name": "pk", "type": "S"}], "hashKey": "pk", "ttl": {"attributeName": "t"}}
    ).inputs
    assert inputs["billingMode"] == "PROVISIONED"
    assert inputs["ttl"] == {"attributeName": "t", "enabled": False, DEFAULTS: ["enabled"]}
    assert inputs["attributes"] == [{"name": "pk", "type": "S", DEFAULTS: []}]
    assert {"billingMode", "name"} <= set(inputs[DEFAULTS])
    assert not {"hashKey", "ttl"} & set(inputs[DEFAULTS])


def test_checking_again_changes_nothing() -> None:
    first = check(QUEUE, {"tags": {"a": "b"}}).inputs
    again = check_resource(
        "it",
        resource_schema(QUEUE),
        type_facts(QUEUE),
        olds=first,
        news={"tags": {"a": "b"}},
        config={},
        seed=b"another seed",
    ).inputs
    assert again == first


def test_a_default_of_before_is_kept_and_a_choice_of_before_is_not() -> None:
    olds: dict[str, Any] = {**check(QUEUE, {}).inputs, "delaySeconds": 3}
    assert check(QUEUE, {}, olds).inputs["delaySeconds"] == 3
    olds[DEFAULTS] = [name for name in olds[DEFAULTS] if name not in ("delaySeconds", "name")]
    again = check(QUEUE, {}, {**olds, "name": "chosen"}).inputs
    assert again["delaySeconds"] == 0
    assert again["name"] != "chosen"


def test_a_policy_may_be_an_object() -> None:
    token = "aws:iam/role:Role"
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
    inputs = check(token, {"assumeRolePolicy": policy}).inputs
    assert inputs["assumeRolePolicy"] == (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}'
    )
    assert check(token, {"assumeRolePolicy": {"Statement": [UNKNOWN]}}).inputs["assumeRolePolicy"] is UNKNOWN
    assert check(token, {"assumeRolePolicy": {"Sid": Secret("s")}}).inputs["assumeRolePolicy"] == Secret('{"Sid":"s"}')


def test_tags_of_an_import_are_taken_back() -> None:
    checked = check(QUEUE, {"tags": {"a": "b"}, "tagsAll": {"a": "b", "old": "x"}})
    assert checked.problems == []
    assert checked.inputs["tagsAll"] == {"a": "b"}


def test_an_automatic_name_that_does_not_fit_is_reported() -> None:
    checked = check_resource(
        "with space", resource_schema(QUEUE), type_facts(QUEUE), olds={}, news={}, config={}, seed=b""
    )
    assert [text for text in checked.problems if "Examine values at 'with space.name'" in text]


def test_provider_configuration_is_checked() -> None:
    declared = provider_schema("aws")
    assert check_config("aws", declared, {"region": "eu-central-1", "defaultTags": {"tags": {"a": "b"}}}).problems == []
    (found,) = check_config("aws", declared, {"regoin": "x"}).problems
    assert found == "unknown property 'regoin': did you mean 'region'. Examine values at 'provider aws.regoin'."


@pytest.mark.parametrize(
    ("token", "news", "reason"),
    [
        ("gcp:cloudrunv2/service:Service", {"ingress": "EVERYWHERE"}, "expected one of 'INGRESS_TRAFFIC_ALL'"),
        ("gcp:firestore/database:Database", {"type": "SQL"}, "expected one of 'FIRESTORE_NATIVE'"),
        ("gcp:redis/instance:Instance", {"tier": "GOLD"}, "expected one of 'BASIC', 'STANDARD_HA'"),
        ("gcp:serviceaccount/account:Account", {"accountId": "X"}, "expected 6 to 30 lower-case letters"),
        (
            "gcp:kms/cryptoKey:CryptoKey",
            {"rotationPeriod": "3600s"},
            "expected a duration in seconds of at least a day",
        ),
        ("gcp:storage/bucketIAMMember:BucketIAMMember", {"member": "me"}, "expected an IAM member such as"),
        ("gcp:cloudscheduler/job:Job", {"httpTarget": {"uri": "u"}, "pubsubTarget": {"topicName": "t"}}, "excludes"),
        ("gcp:pubsub/subscription:Subscription", {"ackDeadlineSeconds": "soon"}, "expected a whole number"),
        ("gcp:cloudrunv2/service:Service", {"template": "x"}, "expected an object, got a string: 'x'"),
        ("gcp:cloudrunv2/service:Service", {"template": {"containers": [{"imgae": "x"}]}}, "did you mean 'image'"),
    ],
)
def test_gcp_refuses_at_preview_what_the_real_plugin_refuses(token: str, news: dict[str, Any], reason: str) -> None:
    assert any(reason in text for text in problems(token, news))


@pytest.mark.parametrize("period", ["86400s", "90000s", "99999.5s", "7776000s"])
def test_gcp_rotation_of_a_day_and_more(period: str) -> None:
    assert problems("gcp:kms/cryptoKey:CryptoKey", {"keyRing": "k", "rotationPeriod": period}) == []


def test_gcp_leaves_to_the_api_what_the_real_plugin_leaves_to_it() -> None:
    assert (
        problems("gcp:storage/bucket:Bucket", {"location": "MARS", "publicAccessPrevention": "bogus", "name": "UP"})
        == []
    )
