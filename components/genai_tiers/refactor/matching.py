"""Matches what a program no longer declares with what it newly declares.

Resources that share a key of :mod:`.evidence` with exactly one of the other side are matched, strongest evidence first;
each match may make its neighbours' keys unique, so it goes on until nothing changes. What stays is for a person.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from genai_tiers.refactor.evidence import EVIDENCE, Key, Meeting, place
from genai_tiers.refactor.graph import Sides
from genai_tiers.refactor.nodes import Node, Nodes, make_nodes, user_mark


@dataclass(frozen=True, slots=True)
class Match:
    """A resource of the state that a resource of the program is, and why."""

    old: str
    new: str
    why: str


@dataclass(frozen=True, slots=True)
class Matching:
    """What was found, and the nodes that are left."""

    matches: list[Match]
    olds: list[Node]
    news: list[Node]


def match(sides: Sides, settled: Mapping[str, str], type_aliases: Mapping[str, str] | None = None) -> Matching:
    """Match the two sides.

    Args:
        sides: what the preview says.
        settled: new identity -> old identity of what is known before: found by the engine itself, or by a person.
        type_aliases: former type -> type, for resources that a provider manages; components may change theirs.
    """
    nodes = make_nodes(sides, settled, type_aliases or {})
    return _Search(nodes).run()


class _Search:
    """The state of one search: who has which key, and which keys are worth a look."""

    def __init__(self, nodes: Nodes) -> None:
        self._unmatched = {
            id(node): node for side in (nodes.olds, nodes.news) for node in side.values() if node.pair is None
        }
        self._next_pair = nodes.pairs
        self._matches: list[Match] = []
        self._holders: dict[tuple[int, Key], tuple[dict[int, Node], dict[int, Node]]] = {}
        self._keys: dict[int, dict[int, Key]] = defaultdict(dict)
        self._queue: list[tuple[int, int, Key]] = []
        self._pushed = 0
        self._alike: dict[Key, list[int]] = {}
        """Of unmatched ones of one content: fingerprints of the places where they stand, on either side."""
        self._deferred: dict[Key, list[tuple[int, Key]]] = defaultdict(list)

    def run(self) -> Matching:
        """Match until nothing changes."""
        for node in self._unmatched.values():
            self._alike.setdefault(_content(node), [0, 0])[not node.old] += hash(place(node))
        for node in self._unmatched.values():
            self._file(node)
        while True:
            self._drain()
            found = self._by_children() or self._by_renaming() or self._by_staying()
            for old, new, why in found:
                if old.pair is None and new.pair is None:
                    self._pair(old, new, why)
            if not found:
                break
        left = list(self._unmatched.values())
        return Matching(self._matches, [n for n in left if n.old], [n for n in left if not n.old])

    def _file(self, node: Node) -> None:
        """Bring a node's keys up to date, and remember those that have become unique."""
        mine = self._keys[id(node)]
        for level, evidence in enumerate(EVIDENCE):
            key = evidence.key(node)
            before = mine.get(level)
            if key == before:
                continue
            if before is not None:
                self._take_away(node, level, before)
            if key is None:
                mine.pop(level, None)
                continue
            mine[level] = key
            self._holders.setdefault((level, key), ({}, {}))[not node.old][id(node)] = node
            self._look_at(level, key)

    def _take_away(self, node: Node, level: int, key: Key) -> None:
        del self._holders[level, key][not node.old][id(node)]
        self._look_at(level, key)

    def _look_at(self, level: int, key: Key) -> None:
        olds, news = self._holders[level, key]
        if len(olds) == 1 and len(news) == 1:
            self._pushed += 1
            heapq.heappush(self._queue, (level, self._pushed, key))

    def _drain(self) -> None:
        while self._queue:
            level, _, key = heapq.heappop(self._queue)
            olds, news = self._holders[level, key]
            if len(olds) != 1 or len(news) != 1:
                continue
            (old,), (new,) = olds.values(), news.values()
            if old.pair is not None or new.pair is not None:
                continue  # one that stayed where it was, and might have been meant
            before, after = self._alike[_content(old)]
            if EVIDENCE[level].enough(Meeting(old, new, before == after)):
                self._pair(old, new, EVIDENCE[level].text)
            else:
                self._deferred[_content(old)].append((level, key))

    def _pair(self, old: Node, new: Node, why: str) -> None:
        places = [(child, hash(place(child))) for node in (old, new) for child in node.children if child.pair is None]
        marks = [(node, [(label, user_mark(label, node)) for label in _labels(node)]) for node in (old, new)]
        old.pair = new.pair = self._next_pair
        self._next_pair += 1
        if old.resource.identity != new.resource.identity:
            self._matches.append(Match(old.resource.identity, new.resource.identity, why))
        touched: dict[int, Node] = {}
        for node, before in marks:
            del self._unmatched[id(node)]
            content = _content(node)
            self._alike[content][not node.old] -= hash(place(node))
            # One that stays for lack of anything better leaves the others like it as doubtful as before.
            if why:
                for level, key in self._keys.pop(id(node)).items():
                    self._take_away(node, level, key)
            for level, key in self._deferred.pop(content, ()):
                self._look_at(level, key)
            _tell_neighbours(node, dict(before))
            touched |= {id(each): each for each in _neighbours(node) if each.pair is None}
        for child, before in places:
            self._alike[_content(child)][not child.old] += hash(place(child)) - before
        for node in touched.values():
            self._file(node)

    def _by_children(self) -> list[tuple[Node, Node, str]]:
        """Components most of whose children, on both sides, are matched with each other or have equal contents."""
        shared: dict[tuple[int, int], list[Node]] = defaultdict(list)
        components = [n for n in self._unmatched.values() if not n.resource.custom and n.children]
        parents: dict[tuple[int, str], dict[int, Node]] = defaultdict(dict)
        holders: dict[Key, tuple[list[Node], list[Node]]] = defaultdict(lambda: ([], []))
        for component in components:
            for child in component.children:
                if child.pair is not None:
                    parents[child.pair, child.role][id(component)] = component
                elif child.tells or child.children:
                    holders[component.kind, child.kind, child.role, child.contents][not child.old].append(component)
        tied = [tuple(both.values()) for both in parents.values() if len(both) == 2]
        # Many twins tell nothing, and would take long.
        tied += [(o, n) for olds, news in holders.values() if len(olds) * len(news) <= 16 for o in olds for n in news]
        for one, other in tied:
            old, new = (one, other) if one.old else (other, one)
            shared[id(old), id(new)].append(new)
        by_id = {id(component): component for component in components}
        found: list[tuple[Node, Node, str]] = []
        best: dict[int, list[int]] = defaultdict(list)
        for (old, new), evidence in shared.items():
            best[old].append(len(evidence))
            best[new].append(len(evidence))
        for (old, new), evidence in shared.items():
            count, one, other = len(evidence), by_id[old], by_id[new]
            unrivalled = all(max(best[side]) == count and best[side].count(count) == 1 for side in (old, new))
            if unrivalled and 2 * count >= max(len(one.children), len(other.children)):
                found.append((one, other, "most children are the same"))
        return found

    def _by_renaming(self) -> list[tuple[Node, Node, str]]:
        """Resources of equal contents whose names changed as others' did, such as `one-…` to `two-…`."""
        changes: dict[tuple[str, str], int] = defaultdict(int)
        for each in self._matches:
            old, new = each.old.split("::", 1)[1], each.new.split("::", 1)[1]
            if change := _change(old, new):
                changes[change] += 1
        rules = sorted((change for change, times in changes.items() if times >= 2), key=lambda c: -changes[c])[:32]
        if not rules:
            return []
        names: dict[Key, list[Node]] = defaultdict(list)
        for node in self._unmatched.values():
            if not node.old and node.resource.custom:
                names[node.kind, node.own, node.name].append(node)
        claims: dict[int, list[Node]] = defaultdict(list)
        found: list[tuple[Node, Node]] = []
        for node in self._unmatched.values():
            if not node.old or not node.resource.custom:
                continue
            hits = {
                id(hit): hit
                for before, after in rules
                if before in node.name
                for hit in names.get((node.kind, node.own, node.name.replace(before, after, 1)), ())
            }
            if len(hits) == 1:
                (hit,) = hits.values()
                claims[id(hit)].append(node)
                found.append((node, hit))
        return [
            (old, new, "equal inputs, renamed as others were")
            for old, new in found
            if len(claims[id(new)]) == 1 and (old.unpaired_uses == new.unpaired_uses == 0 or old.closure == new.closure)
        ]

    def _by_staying(self) -> list[tuple[Node, Node, str]]:
        """Resources that were found nowhere else than where they were."""
        olds = {node.resource.identity: node for node in self._unmatched.values() if node.old}
        news = {node.resource.identity: node for node in self._unmatched.values() if not node.old}
        return [(old, news[identity], "") for identity, old in olds.items() if identity in news]


def _content(node: Node) -> Key:
    return node.kind, node.closure


def _labels(node: Node) -> set[str]:
    return {label for label, _ in (*node.uses, *node.users)}


def _neighbours(node: Node) -> Iterable[Node]:
    yield from node.children
    for _, each in (*node.uses, *node.users):
        yield each


def _tell_neighbours(node: Node, marks: Mapping[str, int]) -> None:
    """Bring the neighbours' fingerprints up to date; `marks` are what the node contributed before, by label."""
    for label, user in node.users:
        user.uses_mark += user_mark(label, node) - marks[label]
        user.unpaired_uses -= 1
        user.paired_uses += label != "provider"
    for label, used in node.uses:
        used.users_mark += user_mark(label, node) - marks[label]
        used.paired_users += 1


def _change(old: str, new: str) -> tuple[str, str] | None:
    """The part of a name that changed, widened to whole words: `one-q` to `two-q` is `one` to `two`."""
    before, after = old.split("-"), new.split("-")
    while before and after and before[0] == after[0]:
        before, after = before[1:], after[1:]
    while before and after and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    return ("-".join(before), "-".join(after)) if before and after else None
