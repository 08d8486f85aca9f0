"""The vectors are those of the TypeID specification 0.3.0: spec/valid.json and spec/invalid.json."""

import subprocess
import sys
import time
from uuid import UUID

import pytest

from genai_runtime.ids import HIGHEST_NUMBER, PREFIXES, derived_id, format_id, is_id, new_id, numbered_id, parse_id

VALID = [
    ("00000000000000000000000000", "", "00000000-0000-0000-0000-000000000000"),
    ("00000000000000000000000001", "", "00000000-0000-0000-0000-000000000001"),
    ("0000000000000000000000000a", "", "00000000-0000-0000-0000-00000000000a"),
    ("0000000000000000000000000g", "", "00000000-0000-0000-0000-000000000010"),
    ("00000000000000000000000010", "", "00000000-0000-0000-0000-000000000020"),
    ("7zzzzzzzzzzzzzzzzzzzzzzzzz", "", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    ("prefix_0123456789abcdefghjkmnpqrs", "prefix", "0110c853-1d09-52d8-d73e-1194e95b5f19"),
    ("prefix_01h455vb4pex5vsknk084sn02q", "prefix", "01890a5d-ac96-774b-bcce-b302099a8057"),
    ("pre_fix_00000000000000000000000000", "pre_fix", "00000000-0000-0000-0000-000000000000"),
]
INVALID = [
    "PREFIX_00000000000000000000000000",
    "12345_00000000000000000000000000",
    "pre.fix_00000000000000000000000000",
    "préfix_00000000000000000000000000",
    "  prefix_00000000000000000000000000",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl_00000000000000000000000000",
    "_00000000000000000000000000",
    "_",
    "prefix_1234567890123456789012345",
    "prefix_123456789012345678901234567",
    "prefix_1234567890123456789012345 ",
    "prefix_0123456789ABCDEFGHJKMNPQRS",
    "prefix_123456789-123456789-123456",
    "prefix_ooooooiiiiiiuuuuuuulllllll",
    "prefix_i23456789ol23456789oi23456",
    "prefix_123456789-0123456789-0123456",
    "prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz",
    "_prefix_00000000000000000000000000",
    "prefix__00000000000000000000000000",
    "",
    "prefix_00000000000000000000000000\n",
]


@pytest.mark.parametrize(("value", "prefix", "uuid"), VALID)
def test_valid_vectors_go_both_ways(value: str, prefix: str, uuid: str):
    assert parse_id(value) == (prefix, UUID(uuid))
    assert format_id(prefix, UUID(uuid)) == value
    assert is_id(value, prefix)


@pytest.mark.parametrize("value", INVALID)
def test_invalid_vectors_are_refused(value: str):
    with pytest.raises(ValueError, match="is not a TypeID"):
        parse_id(value)
    assert not is_id(value, "prefix")


@pytest.mark.parametrize("prefix", ["Prefix", "a-b", "_a", "a_", "a" * 64, "é"])
def test_format_refuses_prefixes_that_the_specification_does_not_allow(prefix: str):
    with pytest.raises(ValueError, match="is not a TypeID prefix"):
        format_id(prefix, UUID(int=0))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_new_id_is_a_uuid_version_7_of_now(prefix: str):
    before = time.time_ns() // 1_000_000
    found, uuid = parse_id(new_id(prefix))
    after = time.time_ns() // 1_000_000
    assert found == prefix
    assert uuid.version == 7
    assert uuid.variant == "specified in RFC 4122"
    assert before <= uuid.int >> 80 <= after


def test_new_ids_differ_and_survive_a_round_trip():
    ids = {new_id("req") for _ in range(1000)}
    assert len(ids) == 1000
    for value in ids:
        assert format_id(*parse_id(value)) == value


def test_derived_ids_depend_on_every_part_and_on_nothing_else():
    assert derived_id("doc", "acme", "a.md") == derived_id("doc", "acme", "a.md")
    uuid = parse_id(derived_id("doc", "acme", "a.md"))[1]
    assert uuid.version == 8
    assert uuid.variant == "specified in RFC 4122"
    others = [("doc", "acme", "b.md"), ("doc", "acmea", ".md"), ("doc", "acme"), ("file", "acme", "a.md")]
    assert len({derived_id("doc", "acme", "a.md"), *(derived_id(*other) for other in others)}) == 5


def test_derived_ids_of_a_release_are_those_of_the_next():
    # Stored documents are found again by this id: it may never change.
    assert derived_id("doc", "acme", "handbook.md") == "doc_6qjk5hd6jkhxpb1f1an196caa4"


@pytest.mark.parametrize("make", [lambda: new_id("nope"), lambda: derived_id("nope", "x"), lambda: derived_id("doc")])
def test_unknown_prefixes_and_missing_parts_are_refused(make):
    with pytest.raises(ValueError, match=r"use one of|at least one part"):
        make()


@pytest.mark.parametrize("value", [None, 7, b"req_00000000000000000000000000", ["req"]])
def test_is_id_takes_anything(value: object):
    assert not is_id(value, "req")


def test_the_command_prints_one_id():
    command = [sys.executable, "-m", "genai_runtime.ids"]
    done = subprocess.run([*command, "tnt"], capture_output=True, text=True, check=True)
    assert is_id(done.stdout.strip(), "tnt")
    wrong = subprocess.run([*command, "nope"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "tnt" in wrong.stderr


def test_numbered_ids_sort_by_number_and_by_what_they_belong_to() -> None:
    first = new_id("req")
    time.sleep(0.002)
    second = new_id("req")
    ids = [numbered_id("msg", of, number) for of in (first, second) for number in (0, 1, HIGHEST_NUMBER)]
    assert ids == sorted(set(ids))
    assert all(is_id(value, "msg") for value in ids)
    assert numbered_id("msg", ids[2], 0) == ids[0]


@pytest.mark.parametrize(("prefix", "number"), [("nope", 0), ("msg", -1), ("msg", HIGHEST_NUMBER + 1)])
def test_a_numbered_id_has_bounds(prefix: str, number: int) -> None:
    with pytest.raises(ValueError, match=r"prefix|number"):
        numbered_id(prefix, new_id("req"), number)
