"""The planner's matching, on random refactorings whose truth is known."""

import pytest
from corpus import TYPE_ALIASES, Case, decidable, make_case

from genai_tiers.refactor.contested import find_contested
from genai_tiers.refactor.graph import Sides, read_sides
from genai_tiers.refactor.matching import Matching, match

SEEDS = range(500)
LEAST_FOUND = 0.99


def matched(sides: Sides) -> Matching:
    taken = find_contested(sides).taken
    return match(sides, {new: old for new, old in sides.kept.items() if new not in taken}, TYPE_ALIASES)


def judge(case: Case) -> tuple[list[str], list[str], int]:
    """What is matched wrongly, what is missed, and how much could be found. Components hold nothing: a wrong one loses
    nothing, and their children are judged themselves."""
    sides = read_sides(case.steps())
    truth, can = case.truth(), decidable(case)
    found = {each.new: each.old for each in matched(sides).matches if sides.news[each.new].custom}
    wrong = [f"{old} -> {new}, was {truth.get(new)}" for new, old in found.items() if truth.get(new) != old]
    return wrong, [new for new in can if new not in found], len(can)


@pytest.mark.timeout(600)
def test_random_refactorings_are_matched_without_a_mistake() -> None:
    wrong: list[str] = []
    missed: list[str] = []
    can_be_found = 0
    for seed in SEEDS:
        mistakes, not_found, number = judge(make_case(seed))
        wrong += [f"seed {seed}: {each}" for each in mistakes]
        missed += [f"seed {seed}: {each}" for each in not_found]
        can_be_found += number
    assert not wrong, wrong
    assert can_be_found > 4_000
    assert len(missed) <= (1 - LEAST_FOUND) * can_be_found, missed


def test_a_case_is_made_again_from_its_seed() -> None:
    assert make_case(7).steps() == make_case(7).steps()
    assert make_case(7).steps() != make_case(8).steps()


def test_what_is_matched_does_not_hang_on_the_order_of_the_steps() -> None:
    for seed in range(20):
        sides = read_sides(make_case(seed).steps())
        turned = Sides(dict(reversed(sides.olds.items())), dict(reversed(sides.news.items())), sides.kept, sides.steps)
        assert {(m.old, m.new) for m in matched(sides).matches} == {(m.old, m.new) for m in matched(turned).matches}
