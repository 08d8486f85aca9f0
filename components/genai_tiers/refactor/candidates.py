"""What may belong together and is not certain: for a person."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from genai_tiers.refactor.evidence import similarity
from genai_tiers.refactor.nodes import Node

MOST_COMPARED = 50
"""Resources of one type that are compared with each other; more would take a person longer than writing the entries."""
LEAST_SIMILARITY = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A resource of the state that a new one may be."""

    old: str
    reason: str


@dataclass(frozen=True, slots=True)
class Question:
    """A new resource and what it may have been."""

    new: str
    candidates: tuple[Candidate, ...]


def find_candidates(olds: Iterable[Node], news: Iterable[Node]) -> list[Question]:
    """Rank what was left over, by type; resources that hold nothing, components, are left out."""
    by_kind: dict[tuple[str, bool], list[Node]] = defaultdict(list)
    for old in olds:
        by_kind[old.kind].append(old)
    questions: list[Question] = []
    asked: dict[tuple[str, bool], int] = defaultdict(int)
    for new in news:
        asked[new.kind] += 1
        if not new.resource.custom or asked[new.kind] > MOST_COMPARED:
            continue
        ranked = sorted(
            ((_score(old, new), old) for old in by_kind[new.kind][:MOST_COMPARED]),
            key=lambda scored: (-scored[0], scored[1].resource.identity),
        )
        found = [
            Candidate(old.resource.identity, _reason(old, new)) for score, old in ranked if score >= LEAST_SIMILARITY
        ]
        if found:
            questions.append(Question(new.resource.identity, tuple(found)))
    return sorted(questions, key=lambda question: question.new)


def _score(old: Node, new: Node) -> float:
    return 1.0 if old.own == new.own else similarity(old, new)


def _reason(old: Node, new: Node) -> str:
    if old.own != new.own:
        differing = sorted(n for n in old.inputs.keys() | new.inputs.keys() if old.inputs.get(n) != new.inputs.get(n))
        return f"differs in {', '.join(differing)}"
    return "equal inputs" if old.inputs else "no inputs to know it by"
