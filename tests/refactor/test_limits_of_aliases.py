"""What else aliases do not carry by themselves: providers, components that become resources, stacks that lack a part,
updates that were interrupted, names of physical things."""

import json

import pytest
from refactor_project import Refactored

NOTE = "notes:index:Note"
GROUP = "own:index:Group"


PROGRAM = """
class Provider(pulumi.ProviderResource):
    def __init__(self, name):
        super().__init__("notes", name, {{"team": "one-and-only"}})

class Memo(pulumi.CustomResource):
    def __init__(self, name):
        super().__init__("notes:index:{kind}", name, {{"path": f"{{HERE}}/retyped-file", "text": "text"}})

Memo("{name}-retyped")
provider = Provider("{name}-provider")
note("managed", opts=pulumi.ResourceOptions(provider=provider))
note("{name}-protected", file="protected-file", protect=True)
note("{name}-secret", file="secret-file", text=pulumi.Output.secret("hunter2-{name}"))
group = Group("{name}")
note("{name}-named", file="named-{name}", parent=group)
note("{name}-other", file="other-file", parent=group)
"""


def test_one_plan_knows_these_limits(notes: Refactored) -> None:
    notes.deploy(PROGRAM.format(name="one", kind="Memo") + f'Group("thing", kind="{NOTE}")')
    notes.write(PROGRAM.format(name="two", kind="Memorandum") + 'note("other-thing")')
    # That a provider gave a type another token, a person has to say.
    notes.file.write_text("version: 1\ntype_aliases: {'notes:index:Memo': 'notes:index:Memorandum'}\n")
    answer = notes.refactor("plan", "--json")
    # A component holds nothing: a resource of its type is another thing.
    assert answer.plan["created"] == [f"{NOTE}::other-thing"]
    assert answer.plan["deleted"] == [f"{NOTE}::thing"]
    # A provider, a protected resource, a component with its children.
    assert answer.moves == {
        "pulumi:providers:notes::one-provider": "pulumi:providers:notes::two-provider",
        f"{NOTE}::one-protected": f"{NOTE}::two-protected",
        f"{NOTE}::one-secret": f"{NOTE}::two-secret",
        f"{GROUP}::one": f"{GROUP}::two",
        "notes:index:Memo::one-retyped": "notes:index:Memorandum::two-retyped",
    }
    # A physical name that changes too.
    assert answer.plan["replaced"] == [{"to": f"{GROUP}${NOTE}::two-named", "because": ["path"]}]
    assert "hunter2" not in answer.out + answer.err + notes.file.read_text()

    assert notes.refactor("apply", "--yes").code == 0
    assert sorted(notes.ids().values()) == sorted(
        ["managed", "protected-file", "secret-file", "named-two", "other-file", "other-thing"]
    )
    (memo,) = (each for each in notes.project.resources() if each["type"] == "notes:index:Memorandum")
    assert memo["id"].endswith("/retyped-file")
    assert set(notes.project.changes()) == {"same"}


def test_stacks_that_lack_a_part_and_stacks_that_lag_behind(notes: Refactored) -> None:
    """Two renames after each other; one stack missed the first, another never had the resource."""
    program = 'note("{name}", file="same-file") if pulumi.get_stack() != "without" else None\nnote("always")'
    for stack in ("behind", "without"):
        notes.project.engine.run("stack", "init", stack, cwd=notes.project.directory)
    with_line = "from genai_tiers.refactor import apply_moves\napply_moves()\n" + program
    notes.deploy(with_line.format(name="one"))
    for stack in ("behind", "without"):
        run(notes, stack, "up", "--yes", "--skip-preview")
    notes.write(with_line.format(name="two"))
    assert notes.refactor("plan", "--json").moves == {f"{NOTE}::one": f"{NOTE}::two"}
    notes.project.up()
    notes.write(with_line.format(name="three"))
    assert notes.refactor("plan", "--json").moves == {f"{NOTE}::two": f"{NOTE}::three"}
    notes.project.up()
    assert notes.ids() == {f"{NOTE}::three": "same-file", f"{NOTE}::always": "always"}

    # Not yet to be pruned: this stack still needs both.
    assert "needed by behind" in notes.refactor("plan", "--prune").out
    assert notes.file.read_text().count("  to: ") == 2
    for stack in ("behind", "without"):
        steps = json.loads(run(notes, stack, "preview", "--json", "--show-sames"))["changeSummary"]
        assert set(steps) == {"same"}, stack
        run(notes, stack, "up", "--yes", "--skip-preview")
    pruned = notes.refactor("plan", "--prune")
    assert pruned.out.count("removed: ") == 2
    assert not notes.file.exists()


def test_an_interrupted_update_is_to_be_mended_first(notes: Refactored) -> None:
    notes.deploy('note("one")')
    (file,) = (notes.project.engine.base / "state" / ".pulumi" / "stacks" / notes.name).glob("dev.json")
    checkpoint = json.loads(file.read_text())
    latest = checkpoint["checkpoint"]["latest"]
    (note,) = (each for each in latest["resources"] if each["type"] == NOTE)
    latest["pending_operations"] = [{"resource": note, "type": "updating"}]
    file.write_text(json.dumps(checkpoint))
    notes.write('note("two", file="one")')
    for command in (("plan",), ("apply", "--yes")):
        answer = notes.refactor(*command)
        assert answer.code == 2
        assert f"was interrupted, and the state does not say how these ended: updating {note['urn']}" in answer.err
        assert "pulumi refresh" in answer.err
    assert not notes.file.exists()


def test_a_stack_that_cannot_be_read_is_an_error(notes: Refactored, monkeypatch: pytest.MonkeyPatch) -> None:
    notes.deploy('note("one", text=pulumi.Output.secret("hunter2"))')
    notes.write('note("two", file="one", text=pulumi.Output.secret("hunter2"))')
    unknown = notes.refactor("plan", "--stack", "nowhere")
    assert unknown.code == 2
    assert "no stack named 'nowhere' found" in unknown.err
    broken = notes.project.directory / "__main__.py"
    program = broken.read_text()
    broken.write_text("raise SystemError('out of order')")
    failed = notes.refactor("plan")
    assert failed.code == 2
    assert "out of order" in failed.err
    broken.write_text(program)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    locked = notes.refactor("plan")
    assert locked.code == 2
    assert "incorrect passphrase" in locked.err
    assert not notes.file.exists()
    assert notes.refactor("plan", "--pulumi", "no-such-command").code == 2


def run(notes: Refactored, stack: str, *arguments: str) -> str:
    return notes.project.engine.run(*arguments, "--stack", stack, cwd=notes.project.directory).stdout
