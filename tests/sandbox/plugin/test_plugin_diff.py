from typing import Any

import pytest

from pulumi_sandbox.plugin.assets import Archive, Asset
from pulumi_sandbox.plugin.diff import Difference, difference
from pulumi_sandbox.plugin.facts import TypeFacts, type_facts
from pulumi_sandbox.plugin.schema import resource_schema
from pulumi_sandbox.plugin.values import DEFAULTS, UNKNOWN, Secret

QUEUE = "aws:sqs/queue:Queue"
TABLE = "aws:dynamodb/table:Table"


def diff(
    token: str,
    old: dict[str, Any],
    new: dict[str, Any],
    outputs: dict[str, Any] | None = None,
    ignore: tuple[str, ...] = (),
) -> Difference:
    return difference(
        resource_schema(token),
        type_facts(token),
        old_inputs=old,
        old_outputs=old if outputs is None else outputs,
        news=new,
        ignore=ignore,
    )


def changes(*arguments: Any, **more: Any) -> dict[str, tuple[str, bool]]:
    return {change.path: (change.kind.value, change.replaces) for change in diff(*arguments, **more).changes}


def test_equal_inputs_differ_in_nothing() -> None:
    inputs = {"tags": {"a": "b"}, "delaySeconds": 1, DEFAULTS: ["name"]}
    assert changes(QUEUE, inputs, dict(inputs)) == {}


def test_kinds_of_change_and_replacement() -> None:
    old = {"delaySeconds": 1, "fifoQueue": False, "policy": "p"}
    assert changes(QUEUE, old, {"delaySeconds": 2, "fifoQueue": True, "tags": {"a": "b"}}, outputs={}) == {
        "delaySeconds": ("UPDATE", False),
        "fifoQueue": ("UPDATE", True),
        "tags": ("ADD", False),
    }


def test_paths_of_nested_properties_and_odd_keys() -> None:
    old = {"tags": {"a.b": "1", "gone": "x"}}
    assert changes(QUEUE, old, {"tags": {"a.b": "2", "new": "y"}}) == {
        'tags["a.b"]': ("UPDATE", False),
        "tags.new": ("ADD", False),
        "tags.gone": ("DELETE", False),
    }


def test_order_means_nothing_in_sets_and_something_in_lists() -> None:
    one, two = {"name": "a", "type": "S"}, {"name": "b", "type": "N"}
    assert changes(TABLE, {"attributes": [one, two]}, {"attributes": [two, one]}) == {}
    assert changes(TABLE, {"attributes": [one]}, {"attributes": [two, one]}) == {"attributes[0]": ("ADD", False)}
    function = "aws:lambda/function:Function"
    assert changes(function, {"layers": ["a", "b"]}, {"layers": ["b", "a"]}) == {
        "layers[0]": ("UPDATE", False),
        "layers[1]": ("UPDATE", False),
    }


def test_a_block_that_comes_or_goes_replaces_by_what_it_sets() -> None:
    facts = TypeFacts("t", {"box.size": {"replace": True}, "box.label": {}})
    schema = resource_schema(QUEUE)

    def replaced(old: dict[str, Any], new: dict[str, Any]) -> bool:
        found = difference(schema, facts, old_inputs=old, old_outputs=old, news=new)
        return bool(found.replaces)

    assert replaced({}, {"box": {"size": 1}})
    assert not replaced({}, {"box": {"label": "x"}})
    assert replaced({"box": {"size": 1}}, {})


def test_a_rule_may_name_the_changes_that_replace() -> None:
    facts = TypeFacts("t", {"note": {"replace": ["add", "update"]}})
    schema = resource_schema(QUEUE)

    def replaced(old: dict[str, Any], new: dict[str, Any]) -> bool:
        return bool(difference(schema, facts, old_inputs=old, old_outputs=old, news=new).replaces)

    assert replaced({}, {"note": "a"})
    assert replaced({"note": "a"}, {"note": "b"})
    assert not replaced({"note": "a"}, {})


def test_json_is_compared_by_meaning() -> None:
    assert changes(QUEUE, {"policy": '{"a": 1, "b": [2]}'}, {"policy": '{"b":[2],"a":1}'}) == {}
    assert changes(QUEUE, {"policy": '{"a": 1}'}, {"policy": '{"a": 2}'}) == {"policy": ("UPDATE", False)}


def test_unknowns_are_changes_and_replace_where_a_change_would() -> None:
    assert changes(QUEUE, {"delaySeconds": 1, "name": "a"}, {"delaySeconds": UNKNOWN, "name": UNKNOWN}) == {
        "delaySeconds": ("UPDATE", False),
        "name": ("UPDATE", True),
    }


def test_secrets_are_compared_by_value() -> None:
    assert changes(QUEUE, {"policy": "p"}, {"policy": Secret("p")}) == {}
    assert changes(QUEUE, {"policy": Secret("p")}, {"policy": Secret("q")}) == {"policy": ("UPDATE", False)}


def test_assets_are_compared_by_hash() -> None:
    token = "aws:lambda/function:Function"
    old = {"code": Archive(path="was/here.zip", hash="1")}
    assert changes(token, old, {"code": Archive(path="now/there.zip", hash="1")}) == {}
    assert changes(token, old, {"code": Archive(path="was/here.zip", hash="2")}) == {"code": ("UPDATE", False)}
    token = "aws:s3/bucketObjectv2:BucketObjectv2"
    assert "source" in changes(token, {"source": Asset(text="a")}, {"source": Asset(text="b")})


def test_what_is_left_to_the_cloud_keeps_its_value() -> None:
    assert changes(QUEUE, {"kmsDataKeyReusePeriodSeconds": 60}, {}) == {}
    assert changes(TABLE, {"attributes": [{"name": "a", "type": "S"}]}, {}) == {}


def test_stating_what_is_already_so_changes_nothing() -> None:
    token = "gcp:storage/bucket:Bucket"
    assert changes(token, {"name": "b"}, {"name": "b", "project": "shop"}, outputs={"project": "shop"}) == {}
    assert changes(token, {"name": "b"}, {"name": "b", "project": "other"}, outputs={"project": "shop"}) == {
        "project": ("UPDATE", True)
    }


def test_empty_is_absent() -> None:
    assert changes(QUEUE, {}, {"tags": {}, "tagsAll": {}}, outputs={}) == {}


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        (("delaySeconds",), {"tags.a", "tags.b"}),
        (("tags.a",), {"delaySeconds", "tags.b"}),
        (("tags",), {"delaySeconds"}),
        (('tags["a"]', "tags.*"), {"delaySeconds"}),
        (("*",), set[str]()),
    ],
)
def test_ignored_changes(ignored: tuple[str, ...], left: set[str]) -> None:
    old = {"delaySeconds": 1, "tags": {"a": "1", "b": "1"}}
    new = {"delaySeconds": 2, "tags": {"a": "2", "b": "2"}}
    assert set(changes(QUEUE, old, new, ignore=ignored)) == left


def test_a_name_that_the_program_fixed_must_be_free_first() -> None:
    old = {"name": "fixed", "fifoQueue": False, DEFAULTS: list[str]()}
    assert diff(QUEUE, old, {**old, "fifoQueue": True}).delete_before_replace
    assert not diff(QUEUE, old, {**old, "fifoQueue": True, "name": "other"}).delete_before_replace
    assert not diff(QUEUE, old, {**old, "delaySeconds": 5}).delete_before_replace
    automatic = {**old, DEFAULTS: ["name"]}
    assert not diff(QUEUE, automatic, {**automatic, "fifoQueue": True}).delete_before_replace


def test_another_region_is_another_resource() -> None:
    assert changes(QUEUE, {"region": "eu-west-1"}, {"region": "eu-west-3"}) == {"region": ("UPDATE", True)}
    assert changes(QUEUE, {}, {"region": "eu-west-1"}, outputs={"region": "eu-west-1"}) == {}
