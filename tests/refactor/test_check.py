"""The check for CI, on previews as the engine makes them, and the file of moves when it is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from genai_tiers.refactor import RefactorError
from genai_tiers.refactor.check import find_losses
from genai_tiers.refactor.command_line import main
from genai_tiers.refactor.graph import read_sides
from genai_tiers.refactor.moves_file import read_moves
from genai_tiers.refactor.plan import check_entries

TABLE = "aws:dynamodb/table:Table"
FUNCTION = "aws:lambda/function:Function"


def state(kind: str, called: str, /, **inputs: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::p::{kind}::{called}", "type": kind, "custom": True, "id": called, "inputs": inputs}


def step(operation: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    old = state(kind, name, **more.pop("before", {}))
    new = state(kind, name, **more.pop("after", {}))
    sides = {"delete": {"oldState": old}, "create": {"newState": new}}.get(
        operation, {"oldState": old, "newState": new}
    )
    return {"op": operation, "urn": old["urn"], **sides, **more}


KEPT = step("same", TABLE, "orders")
REPLACED = step("replace", TABLE, "orders", replaceReasons=["hashKey"], after={"hashKey": "id"})
DELETED = step("delete", TABLE, "carts")
FUNCTION_REPLACED = step("replace", FUNCTION, "worker", replaceReasons=["name"], after={"name": "worker-2"})


@pytest.mark.parametrize(
    ("steps", "options", "code", "lines"),
    [
        ([KEPT], (), 0, ["nothing would be replaced or deleted"]),
        ([REPLACED], (), 1, [f"{TABLE}::orders  replaced  hashKey     yes         no"]),
        ([KEPT, DELETED], (), 1, [f"{TABLE}::carts  deleted   no longer in the program  yes         no"]),
        ([FUNCTION_REPLACED], (), 0, [f"{FUNCTION}::worker  replaced  name        no          no"]),
        ([FUNCTION_REPLACED], ("--strict",), 1, []),
        ([REPLACED], ("--allow", "orders=empty still, OPS-1"), 0, ["yes         empty still, OPS-1"]),
        ([REPLACED, DELETED], ("--allow", f"{TABLE}::orders=OPS-1"), 1, ["carts", "OPS-1"]),
    ],
    ids=["kept", "replaced", "deleted", "not stateful", "strict", "allowed", "one of two allowed"],
)
def test_the_exit_code_and_the_table(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    steps: list[dict[str, Any]],
    options: tuple[str, ...],
    code: int,
    lines: list[str],
) -> None:
    file = tmp_path / "preview.json"
    file.write_text(json.dumps({"steps": steps}))
    assert main(["check", "--preview", str(file), *options]) == code
    printed = capsys.readouterr().out
    for line in lines:
        assert line in printed


def test_two_that_may_have_changed_names_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = {"readCapacity": 10, "tagName": "first"}, {"readCapacity": 20, "tagName": "second"}
    exchanged = [
        step("update", TABLE, "a", before=one, after=other),
        step("update", TABLE, "b", before=other, after=one),
    ]
    file = tmp_path / "preview.json"
    file.write_text(json.dumps({"steps": exchanged}))
    assert main(["check", "--preview", str(file)]) == 1
    assert "it would take the settings of" in capsys.readouterr().out
    # One that changes alone is a change.
    file.write_text(json.dumps({"steps": [exchanged[0], step("same", TABLE, "b", before=other, after=other)]}))
    assert main(["check", "--preview", str(file)]) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--allow", "orders"), "needs a resource's name or identity and a reason"),
        (("--allow", "orders="), "needs a resource's name or identity and a reason"),
        (("--allow", "ordres=OPS-1"), "no resource of that name would be lost"),
    ],
)
def test_an_allowance_needs_a_name_and_a_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], message: str
) -> None:
    file = tmp_path / "preview.json"
    file.write_text(json.dumps({"steps": [REPLACED]}))
    assert main(["check", "--preview", str(file), *options]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "this is not the JSON of a preview"),
        ("no JSON", "this is not the JSON of a preview"),
        ('{"steps": []}', "was it made with --show-sames?"),
        ('{"diagnostics": [{"severity": "error", "message": "it broke"}]}', "it broke"),
    ],
)
def test_a_preview_that_says_nothing_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    file = tmp_path / "preview.json"
    file.write_text(text)
    assert main(["check", "--preview", str(file)]) == 2
    assert message in capsys.readouterr().err


MOVE = "- {from: 'a:b:C::x', to: 'a:b:C::y'}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: [", "is not YAML"),
        ("version: 2", "this release reads version 1"),
        ("version: 1\nmove: []", "move is not a field; there are moves, stacks, type_aliases, version"),
        ("version: 1\nmoves: {}", "it must be a list"),
        ("version: 1\nmoves: [{from: x, to: y}]", "it must be an identity"),
        ("version: 1\nmoves:\n- {from: 'a:b:C::x', to: 'a:b:C::x'}", "moved to itself"),
        (f"version: 1\nmoves:\n{MOVE}\n{MOVE}", "the `from` of two entries"),
        (f"version: 1\nmoves:\n{MOVE}\n- {{from: 'a:b:C::z', to: 'a:b:C::y'}}", "the `to` of two entries"),
        (f"version: 1\nmoves:\n{MOVE}\n- {{from: 'a:b:C::y', to: 'a:b:C::x'}}", "a cycle"),
        ("version: 1\nstacks: {dev: {}}", "fingerprint is None"),
    ],
)
def test_a_file_of_moves_that_is_wrong_says_where(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "refactor.yaml"
    file.write_text(text)
    with pytest.raises(RefactorError) as error:
        read_moves(file)
    assert message in str(error.value)
    assert str(file) in str(error.value)


def test_entries_must_fit_the_state(tmp_path: Path) -> None:
    file = tmp_path / "refactor.yaml"
    file.write_text(f"version: 1\nmoves:\n{MOVE}\n")
    moves = read_moves(file)
    check_entries(moves, [state("a:b:C", "x")], "dev")
    check_entries(moves, [state("a:b:C", "y")], "dev")
    with pytest.raises(RefactorError, match="has neither"):
        check_entries(moves, [state("a:b:C", "z")], "dev")
    with pytest.raises(RefactorError, match="in the state of dev already"):
        check_entries(moves, [state("a:b:C", "x"), state("a:b:C", "y")], "dev")


def test_what_is_deleted_before_it_is_replaced_is_one_loss() -> None:
    first = step("delete-replaced", TABLE, "orders")
    first["oldState"]["delete"] = True
    replaced = {**REPLACED, "oldState": first["oldState"]}
    for steps in ([first, replaced], [replaced, first]):
        assert [(loss.identity, loss.because) for loss in find_losses(read_sides(steps), {})] == [
            (f"{TABLE}::orders", "hashKey")
        ]
