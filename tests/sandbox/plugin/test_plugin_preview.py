from pulumi_sandbox.plugin import preview
from pulumi_sandbox.plugin.facts import TypeFacts, type_facts
from pulumi_sandbox.plugin.schema import resource_schema
from pulumi_sandbox.plugin.secrecy import keep_secrets
from pulumi_sandbox.plugin.values import DEFAULTS, UNKNOWN, Secret

QUEUE = resource_schema("aws:sqs/queue:Queue")
QUEUE_FACTS = type_facts("aws:sqs/queue:Queue")
NO_FACTS = TypeFacts("t", {})


def test_a_resource_to_be_created() -> None:
    inputs = {"name": "q", "delaySeconds": 1, "tagsAll": {"a": "b"}, DEFAULTS: ["name"]}
    outputs = preview.created(QUEUE, QUEUE_FACTS, inputs, {"region": "eu-central-1"})
    assert outputs["name"] == "q"
    assert outputs["arn"] is UNKNOWN
    assert outputs["url"] is UNKNOWN
    assert outputs["region"] == "eu-central-1"
    assert outputs["tagsAll"] == {"a": "b"}
    assert "redrivePolicy" not in outputs or outputs["redrivePolicy"] is UNKNOWN
    assert "tags" not in outputs
    assert DEFAULTS not in outputs


def test_computed_parts_of_a_given_block_are_unknown() -> None:
    facts = TypeFacts("t", {"box.size": {"computed": True}, "box.label": {}, "boxes[].size": {"computed": True}})
    outputs = preview.created(QUEUE, facts, {"box": {"label": "x", DEFAULTS: []}, "boxes": [{"size": 1}, {}]}, {})
    assert outputs["box"] == {"label": "x", "size": UNKNOWN}
    assert outputs["boxes"] == [{"size": 1}, {"size": UNKNOWN}]


def test_a_resource_to_be_changed_keeps_what_does_not_change() -> None:
    outputs = preview.updated(
        QUEUE,
        NO_FACTS,
        {"delaySeconds": 1, "kmsMasterKeyId": "k"},
        {"delaySeconds": 1, "kmsMasterKeyId": "k", "arn": "a"},
        {"delaySeconds": 2},
    )
    assert outputs == {"delaySeconds": 2, "arn": "a"}


def test_recomputed_outputs_are_unknown_when_their_cause_changes() -> None:
    rule = {"outputs": ["version"], "when_changed": ["code"], "if": {"publish": True}}
    facts = TypeFacts("t", {}, recompute=(rule,))
    old = {"code": "1", "publish": True}
    outputs = {**old, "version": "7"}

    def version(new: dict[str, object]) -> object:
        return preview.updated(QUEUE, facts, old, outputs, new)["version"]

    assert version({"code": "2", "publish": True}) is UNKNOWN
    assert version({"code": "2", "publish": False}) == "7"
    assert version({"code": "1", "publish": True}) == "7"


def test_outputs_of_secret_inputs_are_secret() -> None:
    inputs = {"policy": Secret("p"), "tags": {"open": "o", "hidden": Secret("h")}, "list": [Secret("x"), "y"]}
    outputs = keep_secrets(
        inputs, {"policy": "p", "tags": {"open": "o", "hidden": "h"}, "list": ["x", "y", "z"]}, QUEUE, NO_FACTS
    )
    assert outputs == {
        "policy": Secret("p"),
        "tags": {"open": "o", "hidden": Secret("h")},
        # The shapes differ, so which item is which is not known.
        "list": Secret(["x", "y", "z"]),
    }


def test_outputs_made_from_a_secret_are_secret() -> None:
    outputs = keep_secrets({"name": Secret("hush-hush")}, {"arn": "arn:aws:x:::hush-hush", "url": "u"}, QUEUE, NO_FACTS)
    assert outputs == {"arn": Secret("arn:aws:x:::hush-hush"), "url": "u"}


def test_short_secrets_do_not_hide_everything() -> None:
    assert keep_secrets({"name": Secret("a")}, {"arn": "arn:a"}, QUEUE, NO_FACTS) == {"arn": "arn:a"}


def test_outputs_that_the_type_marks_are_secret() -> None:
    client = resource_schema("aws:cognito/userPoolClient:UserPoolClient")
    assert keep_secrets({}, {"clientSecret": "s", "name": "n"}, client, NO_FACTS) == {
        "clientSecret": Secret("s"),
        "name": "n",
    }
    sensitive = TypeFacts("t", {"token": {"sensitive": True}})
    assert keep_secrets({}, {"token": "s"}, QUEUE, sensitive) == {"token": Secret("s")}
