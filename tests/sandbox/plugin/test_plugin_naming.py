import re

import pytest

from pulumi_sandbox.plugin.facts import type_facts
from pulumi_sandbox.plugin.naming import EngineNaming, NamingError, auto_name, named_property
from pulumi_sandbox.plugin.schema import resource_schema


def named(token: str) -> str | None:
    return named_property(resource_schema(token), type_facts(token))


def test_the_named_property() -> None:
    assert named("aws:sqs/queue:Queue") == "name"
    assert named("aws:s3/bucket:Bucket") == "bucket"
    assert named("gcp:serviceaccount/account:Account") == "accountId"
    assert named("aws:dynamodb/tableItem:TableItem") is None
    assert named("gcp:storage/bucketIAMMember:BucketIAMMember") is None


def test_a_name_follows_from_the_seed() -> None:
    first = auto_name("orders", b"1", {}, None, {})
    assert re.fullmatch(r"orders-[0-9a-f]{7}", first)
    assert auto_name("orders", b"1", {}, None, {}) == first
    assert auto_name("orders", b"2", {}, None, {}) != first


def test_case_prefix_and_suffix() -> None:
    assert auto_name("Data", b"1", {"lower": True}, None, {}).startswith("data-")
    assert auto_name("k", b"1", {"prefix": "alias/"}, None, {}).startswith("alias/k-")
    options = {"suffix_when": {"fifoQueue": ".fifo"}}
    assert auto_name("q", b"1", options, None, {"fifoQueue": True}).endswith(".fifo")
    assert not auto_name("q", b"1", options, None, {"fifoQueue": False}).endswith(".fifo")


def test_a_name_that_cannot_fit_is_an_error_with_a_mend() -> None:
    with pytest.raises(NamingError, match="at most 20 are allowed: shorten"):
        auto_name("x" * 20, b"1", {"max_length": 20}, None, {})


def test_the_engines_autonaming_is_honoured() -> None:
    fifo = {"suffix_when": {"fifoQueue": ".fifo"}, "lower": True}
    inputs = {"fifoQueue": True}
    assert auto_name("q", b"1", fifo, EngineNaming("propose", "Dev-q"), inputs) == "dev-q.fifo"
    assert auto_name("q", b"1", fifo, EngineNaming("enforce", "Dev-q"), inputs) == "Dev-q"
    with pytest.raises(NamingError, match="disabled"):
        auto_name("q", b"1", fifo, EngineNaming("disable"), inputs)
