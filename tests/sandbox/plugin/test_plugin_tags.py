from typing import Any

from pulumi_sandbox.plugin.schema import resource_schema
from pulumi_sandbox.plugin.tags import own_tags, with_all_tags, with_labels
from pulumi_sandbox.plugin.values import UNKNOWN, Secret

QUEUE = resource_schema("aws:sqs/queue:Queue")
BUCKET = resource_schema("gcp:storage/bucket:Bucket")
DEFAULTS = {"defaultTags": {"tags": {"team": "x", "env": "dev"}}}


def all_tags(tags: Any, config: dict[str, Any]) -> Any:
    return with_all_tags({"tags": tags}, config, QUEUE)["tagsAll"]


def test_own_tags_win_over_defaults() -> None:
    assert all_tags({"env": "prod"}, DEFAULTS) == {"team": "x", "env": "prod"}


def test_no_tags_at_all_are_an_empty_map() -> None:
    assert with_all_tags({}, {}, QUEUE)["tagsAll"] == {}


def test_ignored_tags_are_left_out() -> None:
    config = {**DEFAULTS, "ignoreTags": {"keys": ["env"], "keyPrefixes": ["aws:"]}}
    assert all_tags({"aws:x": "1", "a": "b"}, config) == {"team": "x", "a": "b"}


def test_unknown_and_secret_parts_make_the_whole_so() -> None:
    assert all_tags({"a": UNKNOWN}, DEFAULTS) is UNKNOWN
    assert all_tags({"a": "b"}, {"defaultTags": UNKNOWN}) is UNKNOWN
    assert all_tags({"a": Secret("b")}, {}) == Secret({"a": "b"})


def test_types_without_tags_get_none() -> None:
    schema = resource_schema("aws:iam/rolePolicy:RolePolicy")
    assert with_all_tags({"role": "r"}, DEFAULTS, schema) == {"role": "r"}


def test_own_tags_are_what_the_defaults_do_not_explain() -> None:
    every = {"team": "x", "env": "prod", "a": "b"}
    assert own_tags(every, {}, DEFAULTS) == {"env": "prod", "a": "b"}
    assert own_tags(every, {"team": "x"}, DEFAULTS) == every


def test_labels_of_google_cloud() -> None:
    outputs = with_labels({"labels": {"a": "b"}}, {"defaultLabels": {"team": "x", "a": "z"}}, BUCKET)
    assert outputs["pulumiLabels"] == {"team": "x", "a": "b"}
    assert outputs["effectiveLabels"] == {"goog-pulumi-provisioned": "true", "team": "x", "a": "b"}
    assert with_labels({}, {"addPulumiAttributionLabel": False}, BUCKET)["effectiveLabels"] == {}
    assert with_labels({}, {}, resource_schema("gcp:kms/keyRing:KeyRing")) == {}
