"""A sample of the random refactorings on the real engine: it finds what was matched, and that is true."""

import json

import pytest
from corpus import FORMER_TYPE, LATER_TYPE, Case, Program, make_case
from refactor_project import Refactored

PROGRAM = """
import json
from pathlib import Path

made = {}
for key, kind, name, parent, literals, references in json.loads(Path("resources.json").read_text()):
    options = pulumi.ResourceOptions(parent=made.get(parent))
    if kind.startswith("own:"):
        made[key] = pulumi.ComponentResource(kind, name, None, options)
        continue
    inputs = {"path": f"{HERE}/{literals.pop('label', 'none')}", "text": json.dumps(literals)}
    inputs |= {property: made[target].id for property, target in references}
    made[key] = pulumi.CustomResource(kind, name, inputs, options)
"""


def as_notes(text: str) -> str:
    """A type or an identity with the provider that there is."""
    return text.replace("cloud:", "notes:")


def write(notes: Refactored, program: Program) -> None:
    """Declare the program's resources, what is used before what uses it."""
    ordered: Program = {}
    waiting = dict(program)
    while waiting:
        for key, each in list(waiting.items()):
            needed = {target for _, target in each.references} | ({each.parent} if each.parent is not None else set())
            if needed <= ordered.keys():
                ordered[key] = waiting.pop(key)
    rows = [(e.key, as_notes(e.kind), e.name, e.parent, dict(e.literals), e.references) for e in ordered.values()]
    (notes.project.directory / "resources.json").write_text(json.dumps(rows))
    notes.write(PROGRAM)


@pytest.mark.parametrize("seed", [24, 45])
def test_the_engine_agrees(notes: Refactored, seed: int) -> None:
    """In 45, a new resource has taken the name of one that was renamed."""
    case: Case = make_case(seed, most=80)
    write(notes, case.before)
    notes.project.up()
    before = made_at(notes)
    write(notes, case.after)
    notes.file.write_text(f"version: 1\ntype_aliases: {{'{as_notes(FORMER_TYPE)}': '{as_notes(LATER_TYPE)}'}}\n")
    answer = notes.refactor("plan", "--json")
    assert bool(answer.plan["renames"]) == (seed == 45)
    found = {each["to"]: each["from"] for each in answer.plan["matches"] if each["from"] in before}
    truth = {as_notes(new): as_notes(old) for new, old in case.truth().items()}
    assert len(found) >= 10
    assert {new: old for new, old in found.items() if truth.get(new) != old} == {}

    applied = notes.refactor("apply", "--yes")
    assert applied.code == 0, applied
    after = made_at(notes)
    replaced = {as_notes(case.identities(case.after)[key]) for key in case.changed & case.after.keys()}
    kept = {**{new: new for new in after if new in before}, **found}
    again = [new for new, old in kept.items() if after[new] != before[old] and new not in replaced | found.keys()]
    assert [new for new in found if after[new] != before[found[new]] and new not in replaced] == []
    assert set(again) <= set(answer.plan["created"])
    assert after.keys() - kept.keys() <= set(answer.plan["created"])


def made_at(notes: Refactored) -> dict[str, str]:
    """Identity -> when the physical resource was made, for all that a provider manages."""
    resources = [each for each in notes.project.resources() if each["type"].startswith("notes:")]
    return {each["urn"].split("::", 2)[2]: each["created"] for each in resources}
