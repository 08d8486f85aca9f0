"""Swaps, shifts and cycles of names: what no alias can say, carried by renames in the state."""

import json

import pytest
from refactor_project import Refactored

from genai_tiers.refactor import RefactorError
from genai_tiers.refactor.apply import pending_renames
from genai_tiers.refactor.moves_file import Moves, Rename, StackPlan
from genai_tiers.refactor.plan import fingerprint

NOTE = "notes:index:Note"


def program(**names: str) -> str:
    """Notes whose file tells which one it is."""
    return "\n".join(f'note("{name}", file="{file}")' for name, file in names.items())


CHANGES = {
    "swap": (program(a="x", b="y"), program(a="y", b="x")),
    "shift": (program(n0="x", n1="y", n2="z"), program(n0="y", n1="z")),
    "cycle": (program(a="x", b="y", c="z"), program(a="y", b="z", c="x")),
    "chain": (program(a="x", b="y"), program(b="x", c="y")),
}


def test_names_change_owners_and_nothing_is_replaced(notes: Refactored) -> None:
    """All kinds at once, in components of their own."""

    def whole(side: int) -> str:
        parts: list[str] = []
        for kind, programs in CHANGES.items():
            parts.append(f'{kind} = Group("{kind}")')
            for line in programs[side].splitlines():
                parts.append(
                    line.replace('note("', f'note("{kind}-').replace('file="', f'parent={kind}, file="{kind}-')
                )
        return "\n".join(parts)

    notes.deploy(whole(0))
    before = notes.ids()
    notes.write(whole(1))
    # The engine would replace them: it looks under their own names.
    assert notes.project.changes()["replace"] == 8
    answer = notes.refactor("plan", "--json")
    assert answer.code == 0, answer
    assert answer.plan["deleted"] == [f"own:index:Group${NOTE}::shift-n0"]
    assert "would" not in answer.err

    dry = notes.refactor("apply")
    assert "to be renamed in the state: " in dry.out
    assert notes.ids() == before
    done = notes.refactor("apply", "--yes", "--backups", str(notes.file.parent / "backups"))
    assert done.code == 0, done
    after = {identity.split("::")[1]: file for identity, file in notes.ids().items()}
    expected = {
        f"{kind}-{name}": f"{kind}-{file}"
        for kind, (_, later) in CHANGES.items()
        for name, file in (
            line.removeprefix('note("').removesuffix('")').split('", file="') for line in later.splitlines()
        )
    }
    assert after == expected
    assert set(notes.project.changes()) == {"same"}
    assert len(list((notes.file.parent / "backups").iterdir())) == 1
    # A second time there is nothing to rename.
    again = notes.refactor("apply", "--yes")
    assert again.code == 0
    assert "renaming" not in again.err


def test_what_was_renamed_is_put_back_when_the_update_would_lose_something(
    notes: Refactored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genai_tiers.refactor.check.STATEFUL_TYPES", frozenset({NOTE}))
    notes.deploy(program(a="x", b="y", c="z"))
    notes.write(program(a="y", b="x", c="z"))
    assert notes.refactor("plan").code == 0
    before = notes.ids()
    notes.write(program(a="y", b="x"))
    answer = notes.refactor("apply", "--yes", "--backups", str(notes.file.parent / "backups"))
    assert answer.code == 2
    assert "putting the state back" in answer.err
    assert f"{NOTE}::c" in answer.err
    assert notes.ids() == before
    allowed = notes.refactor("apply", "--yes", "--allow", "c=not needed any more")
    assert allowed.code == 0, allowed
    assert json.dumps(sorted(notes.ids().items())) == json.dumps([(f"{NOTE}::a", "y"), (f"{NOTE}::b", "x")])


def test_a_plan_of_another_state_renames_nothing() -> None:
    state = [{"urn": f"urn:pulumi:dev::p::{NOTE}::{name}", "id": name} for name in ("a", "b")]
    renames = (Rename(f"{NOTE}::a", "a--moved"), Rename(f"{NOTE}::b", "b--moved"))
    moves = Moves(stacks={"dev": StackPlan(fingerprint(state), renames)})
    assert pending_renames(moves, state, "dev") == renames
    other = [state[0], {**state[1], "id": "replaced-since"}]
    with pytest.raises(RefactorError, match="run `plan` again"):
        pending_renames(moves, other, "dev")
    assert pending_renames(moves, other, "another") == ()
    halfway = [{**each, "urn": f"{each['urn']}--moved"} for each in state]
    assert pending_renames(moves, halfway, "dev") == ()
