"""Renames and moves that aliases can carry, found and applied on the real engine: nothing is created or deleted."""

from refactor_project import Refactored

NOTE = "notes:index:Note"
GROUP = "own:index:Group"

BEFORE = """
from_root = note("from-root")
first = Group("first")
note("first-a", parent=first)
note("first-b", text="twin", file="b1", parent=first)
note("first-c", text="twin", file="b2", parent=first)
note("fixed", parent=first)
inner = Group("first-inner", pulumi.ResourceOptions(parent=first))
deep = note("first-inner-deep", parent=inner)
note("user", text=deep.text)
app = Group("app")
note("application", parent=app)
note("app-x", file="x", parent=app)
old_kind = Group("kind", kind="own:index:Former")
note("kind-a", file="kind", parent=old_kind)
note("conditional")
note("gone")
"""

AFTER = """
home = Group("home")
from_root = note("home-from-root", file="from-root", parent=home)
first = Group("second")
note("second-a", file="first-a", parent=first)
note("second-b", text="twin", file="b1", parent=first)
note("second-c", text="twin", file="b2", parent=first)
note("fixed", parent=first)
inner = Group("second-inner", pulumi.ResourceOptions(parent=first))
deep = note("second-inner-deep", file="first-inner-deep", parent=inner)
note("user", text=deep.text)
app = Group("web")
note("application", parent=app)
note("web-x", file="x", parent=app)
old_kind = Group("kind", kind="own:index:Later")
note("kind-a", file="kind", parent=old_kind)
"""


def test_one_plan_carries_a_whole_refactoring(notes: Refactored) -> None:
    notes.deploy(BEFORE)
    before = notes.ids()
    notes.write(AFTER)
    answer = notes.refactor("plan", "--json")
    assert answer.code == 0
    # A component's move carries its children; `fixed` and `application` have the same identity as before.
    assert answer.moves == {
        f"{NOTE}::from-root": f"{GROUP}${NOTE}::home-from-root",
        f"{GROUP}::first": f"{GROUP}::second",
        f"{GROUP}::app": f"{GROUP}::web",
        "own:index:Former::kind": "own:index:Later::kind",
    }
    assert answer.plan["created"] == [f"{GROUP}::home"]
    assert sorted(answer.plan["deleted"]) == [f"{NOTE}::conditional", f"{NOTE}::gone"]
    assert "matching" in answer.err

    # Without a line in the program, as the planner applies it; then with the line.
    assert notes.project.changes()["delete"] > 2
    notes.write("from genai_tiers.refactor import apply_moves\napply_moves()\n" + AFTER)
    steps = {step["urn"].split("::", 2)[2]: step for step in notes.project.preview()["steps"]}
    for match in answer.plan["matches"]:
        step = steps[match["to"]]
        assert step["op"] == "same", step
        assert step["oldState"]["urn"].endswith(f"::{match['from']}")
    assert sorted(op for op in (s["op"] for s in steps.values()) if op != "same") == ["create", "delete", "delete"]

    notes.project.up()
    after = notes.ids()
    assert sorted(after.values()) == sorted(set(before.values()) - {"conditional", "gone"})
    assert notes.project.changes() == {"same": len(notes.project.resources()) - 1}
    assert notes.refactor("plan", "--prune").code == 0
    assert not notes.file.exists()


def test_a_person_decides_between_twins(notes: Refactored) -> None:
    notes.deploy('[note(name, file="same-file") for name in ("one", "two")]')
    notes.write('note("three", file="same-file")')
    answer = notes.refactor("plan")
    assert answer.code == 1
    assert "0 entr" not in answer.out
    choices = [line for line in notes.file.read_text().splitlines() if line.startswith("#   - {from:")]
    assert [choice.split("'")[1] for choice in choices] == [f"{NOTE}::one", f"{NOTE}::two"]

    entry = choices[1].removeprefix("#").rsplit("#", 1)[0].strip()
    notes.file.write_text(notes.file.read_text().replace("moves: []", f"moves:\n  {entry}"))
    again = notes.refactor("plan", "--json")
    assert again.code == 0
    assert again.plan["deleted"] == [f"{NOTE}::one"]
