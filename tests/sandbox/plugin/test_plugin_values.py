from pathlib import Path
from typing import Any

import pytest

from pulumi_sandbox.plugin.assets import Archive, Asset
from pulumi_sandbox.plugin.values import (
    DEFAULTS,
    UNKNOWN,
    UNKNOWN_STRING,
    Secret,
    from_struct,
    has_secret,
    has_unknown,
    plain,
    to_struct,
)

SIGNATURE = "4dabf18193072939515e22adb298388d"


@pytest.mark.parametrize(
    "value",
    [
        "text",
        "",
        7,
        7.5,
        True,
        [],
        {},
        [1, ["a", {"b": False}]],
        {"a": {"b": [None, 1]}},
        UNKNOWN,
        Secret("s"),
        Secret({"a": UNKNOWN}),
        Asset(text="hello", hash="h"),
        Archive(assets={"a.txt": Asset(text="x"), "in": Archive(path="p.zip")}, hash="h"),
        Archive(uri="https://example.com/a.zip"),
    ],
)
def test_values_survive_the_wire(value: Any) -> None:
    assert from_struct(to_struct({"it": value})) == {"it": value}


def test_null_properties_are_absent() -> None:
    assert from_struct(to_struct({"a": None, "b": {"c": None}})) == {"b": {}}


def test_whole_numbers_are_integers() -> None:
    assert type(from_struct(to_struct({"n": 60.0}))["n"]) is int


def test_unknowns_of_every_kind_are_unknown() -> None:
    numbers = "3eeb2bf0-c639-47a8-9e75-3b44932eb421"
    assert from_struct(to_struct({"a": UNKNOWN_STRING, "b": [numbers]})) == {"a": UNKNOWN, "b": [UNKNOWN]}


def test_output_values_and_resource_references_become_what_they_stand_for() -> None:
    output = {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": "v", "secret": True, "dependencies": []}
    pending = {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4"}
    reference = {SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "u", "id": "the-id"}
    found = from_struct(to_struct({"o": output, "p": pending, "r": reference}))
    assert found == {"o": Secret("v"), "p": UNKNOWN, "r": "the-id"}


def test_an_unknown_signature_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown signature"):
        from_struct(to_struct({"x": {SIGNATURE: "nonsense"}}))


def test_relative_assets_start_at_the_program(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("content")
    found = from_struct(to_struct({"a": Asset(path="a.txt")}), tmp_path)
    assert found["a"].bytes() == b"content"


def test_plain_unwraps_secrets_and_drops_bookkeeping() -> None:
    assert plain(Secret({"a": [Secret(1)], DEFAULTS: ["a"]})) == {"a": [1]}


def test_unknowns_and_secrets_are_found_inside() -> None:
    assert has_unknown({"a": [Secret(UNKNOWN)]})
    assert not has_unknown({"a": [Secret("x")]})
    assert has_secret({"a": [Secret("x")]})
    assert not has_secret({"a": ["x"]})
