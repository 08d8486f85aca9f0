"""The whole picture: clients, the tiers as bands, the patterns as cards, and rails between what all of them share."""

import re
from collections.abc import Mapping, Sequence

from tools.stack_graph import Node

from . import svg
from .cards import NODE_HEIGHT, NODE_WIDTH, PADDING, Card, card
from .flows import API, BUCKET, DRAWN, FUNCTION, GRAPHQL, MODELS, QUEUE, TOPIC, Flows, flows
from .rails import rails
from .rows import in_a_row
from .svg import COLOURS, Point

MARGIN = 24
GUTTER = 132
"""Where bands have their titles."""
BAND_PADDING = 22
CARD_GAP = 16
RAIL_GAP = 9
PACKAGE = "genai-tiers:index:Aws"
TABLE = "aws:dynamodb/table:Table"
KEY = "aws:kms/key:Key"
USERS = "aws:cognito/userPool:UserPool"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"

CLIENTS = {API: "any OpenAI-compatible client", GRAPHQL: "GraphQL client"}
"""Type of an API -> who calls it; a WebSocket API has clients of its own."""

PATTERNS = (
    "AsyncRequestResponse",
    "StreamingResponse",
    "RequestResponse",
    "BufferedRequestResponse",
    "ParallelFanOut",
    "BatchProcessing",
)
"""From left to right; a component that hands on to another stands next to it."""

BELOW = {"KnowledgeBase": "knowledge base", "Tools": "tools"}
"""Components that patterns use, which stand in the band of the backend -> what they are called there."""

KINDS = {
    FUNCTION: "compute",
    QUEUE: "messages",
    TOPIC: "messages",
    "aws:scheduler/schedule:Schedule": "messages",
    "aws:sfn/stateMachine:StateMachine": "messages",
    API: "edge",
    GRAPHQL: "edge",
    DISTRIBUTION: "edge",
    TABLE: "data",
    "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase": "models",
    "aws:s3/vectorsIndex:VectorsIndex": "models",
    MODELS: "models",
    BUCKET: "storage",
    "aws:bedrock/guardrail:Guardrail": "safety",
    USERS: "safety",
    KEY: "safety",
    "aws:wafv2/webAcl:WebAcl": "safety",
    "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration": "safety",
}
"""What colour a type has."""


class Picture:
    """Draws one stack; `draw` returns the SVG."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes
        self._flows: Flows = flows(nodes)
        self._shapes: list[str] = []
        self._lines: list[str] = []
        self._placed: dict[str, Point] = {}

    def draw(self) -> str:
        """Return the picture as SVG."""
        components = self._components()
        cards = [self._card(component) for component in components]
        inner = sum(each.width for each in cards) + CARD_GAP * (len(cards) - 1)
        width = 2 * MARGIN + GUTTER + inner + 14
        y = self._frontend(width, MARGIN)
        y = self._middleware(width, y + 24)
        above, below = self._shared(cards)
        upper, y = y, y + 14 + len(above) * RAIL_GAP + 14
        y = self._patterns(width, y, components, cards)
        lower, y = y, y + 14 + len(below) * RAIL_GAP + 14
        y = self._backend(width, y)
        self._lines += rails(self._flows, cards, self._placed, above, upper + 14, RAIL_GAP, upward=True)
        self._lines += rails(self._flows, cards, self._placed, below, lower + 14, RAIL_GAP, upward=False)
        self._between_cards(cards)
        height = self._notes(y + 24)
        return svg.page(width, height, "The stack, drawn from its state", [*self._shapes, *self._lines])

    def _components(self) -> list[Node]:
        order = {f"{PACKAGE}{name}": place for place, name in enumerate(PATTERNS)}
        found = [node for node in self._nodes.values() if node.type in order]
        return sorted(found, key=lambda node: order[node.type])

    def _tier(self, kind: str) -> Node:
        [found] = [node for node in self._nodes.values() if node.type == f"{PACKAGE}{kind}"]
        return found

    def _drawn(self, parent: str) -> list[str]:
        return [
            node.name
            for node in self._nodes.values()
            if node.parent == parent and node.type in DRAWN and node.name not in self._flows.dead_letters
        ]

    def _card(self, component: Node, *, across: bool = False) -> Card:
        stack = self._tier("ThreeTierStack").name
        title = component.name.removeprefix(f"{stack}-").removeprefix("backend-").replace("-", " ")
        return card(title, self._drawn(component.name), self._flows.edges, across=across)

    def _count(self, component: str) -> str:
        below = {component}
        for _ in range(4):
            below |= {node.name for node in self._nodes.values() if node.parent in below}
        return f"{sum(self._nodes[name].type.startswith('aws:') for name in below)} resources"

    def _node(self, name: str, at: Point, parent: str) -> None:
        self._placed[name] = at
        kind = self._nodes[name].type if name in self._nodes else name
        x, y = at
        self._shapes += [
            svg.box(at, NODE_WIDTH, NODE_HEIGHT, "node", radius=6),
            svg.box((x + 4, y + 4), 28, NODE_HEIGHT - 8, "kind", radius=4, fill=COLOURS[KINDS[kind]]),
            svg.words((x + 18, y + 16.5), DRAWN.get(kind, "LLM"), "icon"),
            svg.words((x + 37, y + 17), _label(name, parent)),
        ]
        if name in self._flows.dead_letters.values():
            self._shapes.append(f'<circle class="dead" cx="{svg.number(x + NODE_WIDTH)}" cy="{svg.number(y)}" r="4"/>')

    def _band(self, at: Point, width: float, height: float, title: str, texts: Sequence[str]) -> None:
        x, y = at
        self._shapes.append(svg.box(at, width, height, "band", radius=12, fill=f"var(--{title.lower()})"))
        self._shapes.append(svg.words((x + 14, y + 27), title, "tier"))
        self._shapes += [svg.words((x + 14, y + 45 + 14 * line), text, "faint") for line, text in enumerate(texts)]

    def _frontend(self, width: float, y: float) -> float:
        """The band stands at the right, so that what clients call below it is in sight of them."""
        tier = self._tier("Frontend")
        names = in_a_row(self._drawn(tier.name), self._flows.edges)
        left = MARGIN + (width - 2 * MARGIN) * 0.5
        height = NODE_HEIGHT + 2 * BAND_PADDING
        top = y + 62
        texts = ("chat page, sign-in", self._count(tier.name))
        self._band((left, top), width - MARGIN - left, height, "Frontend", texts)
        step = (width - MARGIN - 14 - left - GUTTER) / len(names)
        for place, name in enumerate(names):
            at = (left + GUTTER + step * (place + 0.5) - NODE_WIDTH / 2, top + BAND_PADDING)
            self._node(name, at, tier.name)
        self._edges_in_a_row(names)
        entries = [name for name in names if self._nodes[name].type in (DISTRIBUTION, USERS)]
        x = sum(self._placed[name][0] for name in entries) / len(entries) + NODE_WIDTH / 2
        self._client("browser", (x, y))
        for name in entries:
            at = self._placed[name]
            self._lines.append(svg.down((x, y + 30), (at[0] + NODE_WIDTH / 2, at[1])))
        return top + height

    def _client(self, text: str, middle: Point) -> None:
        x, y = middle
        width = 6.6 * len(text) + 24
        self._shapes.append(svg.box((x - width / 2, y), width, 30, "node", radius=15))
        self._shapes.append(svg.words((x, y + 19.5), text, anchor="middle"))

    def _middleware(self, width: float, y: float) -> float:
        tier = self._tier("Middleware")
        own = self._drawn(tier.name)
        names = in_a_row(own, self._flows.edges, [name for name in own if self._nodes[name].type in CLIENTS])
        height = NODE_HEIGHT + 2 * BAND_PADDING + 12
        self._band(
            (MARGIN, y), width - 2 * MARGIN, height, "Middleware", ("gateways, prompt layer", self._count(tier.name))
        )
        step = (width - 2 * MARGIN - GUTTER - 14) / len(names)
        for place, name in enumerate(names):
            at = (MARGIN + GUTTER + step * (place + 0.5) - NODE_WIDTH / 2, y + BAND_PADDING + 12)
            self._node(name, at, tier.name)
        self._edges_in_a_row(names)
        for name in names:
            kind = self._nodes[name].type
            if kind in CLIENTS:
                x, at_y = self._placed[name][0] + NODE_WIDTH / 2, self._placed[name][1]
                text = "WebSocket client" if name.endswith("-websocket") else CLIENTS[kind]
                self._client(text, (x, MARGIN + 62 + BAND_PADDING - 2))
                self._lines.append(svg.down((x, MARGIN + 90 + BAND_PADDING), (x, at_y)))
                self._from_page(name)
        return y + height

    def _from_page(self, api: str) -> None:
        for one, other in self._flows.edges:
            if other == api and self._nodes[one].type == DISTRIBUTION:
                (x1, y1), (x2, y2) = self._placed[one], self._placed[api]
                self._lines.append(svg.down((x1 + NODE_WIDTH / 2, y1 + NODE_HEIGHT), (x2 + NODE_WIDTH - 18, y2)))

    def _edges_in_a_row(self, names: Sequence[str]) -> None:
        """Neighbours by a straight arrow, others by one that goes over those between them."""
        for one, other in sorted(self._flows.edges):
            if one not in names or other not in names:
                continue
            (x1, y), (x2, _) = self._placed[one], self._placed[other]
            right, middle = x2 > x1, y + NODE_HEIGHT / 2
            if abs(names.index(one) - names.index(other)) == 1:
                # The way back stands below the way there.
                shift = 5 if (other, one) in self._flows.edges else 0
                middle += shift if right else -shift
                start, end = (x1 + NODE_WIDTH, x2) if right else (x1, x2 + NODE_WIDTH)
                self._lines.append(svg.across((start, middle), (end, middle)))
            else:
                start, end = (x1 + NODE_WIDTH - 30, x2 + 30) if right else (x1 + 30, x2 + NODE_WIDTH - 30)
                self._lines.append(svg.along([(start, y), (start, y - 13), (end, y - 13), (end, y)]))

    def _patterns(self, width: float, y: float, components: Sequence[Node], cards: Sequence[Card]) -> float:
        tallest = max(each.height for each in cards) + 24
        height = tallest + 28
        self._band((MARGIN, y), width - 2 * MARGIN, height, "Patterns", ("each a component", "of its own"))
        x = MARGIN + GUTTER
        for component, each in zip(components, cards, strict=True):
            each.origin, each.height = (x, y + 14), tallest
            self._shapes.append(svg.box(each.origin, each.width, tallest, "card"))
            self._shapes.append(svg.words((x + PADDING, y + 33), each.title, "title"))
            self._shapes.append(svg.words((x + PADDING, y + 14 + tallest - 9), self._count(component.name), "faint"))
            self._contents(component.name, each)
            x += each.width + CARD_GAP
        return y + height

    def _contents(self, component: str, each: Card) -> None:
        for name in each.places:
            self._node(name, each.at(name), component)
        for one, other in each.edges:
            (x1, y1), (x2, y2) = each.at(one), each.at(other)
            start, end = (x1 + NODE_WIDTH / 2, y1 + NODE_HEIGHT), (x2 + NODE_WIDTH / 2, y2)
            if y2 - y1 > 2 * (NODE_HEIGHT + 26):
                self._lines.append(self._around(each, (x1, y1), (x2, y2)))
            else:
                self._lines.append(svg.down(start, end))

    def _around(self, each: Card, start: Point, end: Point) -> str:
        """Along the card's edge, past the layers between the two."""
        left = start[0] + NODE_WIDTH / 2 < each.origin[0] + each.width / 2
        edge = each.origin[0] + (5 if left else each.width - 5)
        side = 0 if left else NODE_WIDTH
        y1, y2 = start[1] + NODE_HEIGHT / 2, end[1] + NODE_HEIGHT / 2
        return svg.along([(start[0] + side, y1), (edge, y1), (edge, y2), (end[0] + side, y2)])

    def _shared(self, cards: Sequence[Card]) -> tuple[list[str], list[str]]:
        """What the patterns meet above them, and what below; the key, which everything uses, is in the notes."""
        inside = {name for each in cards for name in each.places}
        met = {other for one, other in self._flows.edges if one in inside and other not in inside}
        met |= {one for one, other in self._flows.edges if other in inside and one not in inside}
        middleware = set(self._drawn(self._tier("Middleware").name))
        above = sorted(met & middleware, key=lambda name: self._placed[name][0])
        return above, [name for name in self._below() if name in met and not self._is(name, KEY)]

    def _below(self) -> list[str]:
        inside = [name for each in self._below_patterns() for name in self._drawn(each.name)]
        return [MODELS, *inside, *self._drawn(self._tier("Backend").name)]

    def _below_patterns(self) -> list[Node]:
        return [node for node in self._nodes.values() if node.type.removeprefix(PACKAGE) in BELOW]

    def _is(self, name: str, kind: str) -> bool:
        return name in self._nodes and self._nodes[name].type == kind

    def _backend(self, width: float, y: float) -> float:
        """What patterns use stands above, what they do not below it."""
        tier = self._tier("Backend")
        made = [self._card(each, across=True) for each in self._below_patterns()]
        models = sorted({model for node in self._nodes.values() for model in node.models})
        height = 28 + max([each.height for each in made] + [2 * NODE_HEIGHT + 14, NODE_HEIGHT + 8 + 14 * len(models)])
        self._band(
            (MARGIN, y), width - 2 * MARGIN, height, "Backend", ("models, knowledge,", "data", self._count(tier.name))
        )
        x, top = MARGIN + GUTTER, y + 14
        self._node(MODELS, (x, top), "")
        for line, model in enumerate(models):
            self._shapes.append(svg.words((x + 2, top + NODE_HEIGHT + 16 + 14 * line), model, "faint"))
        x += NODE_WIDTH + 46
        for component, each in zip(self._below_patterns(), made, strict=True):
            each.origin = (x, top)
            self._shapes.append(svg.box(each.origin, each.width, each.height, "card"))
            self._shapes.append(
                svg.words((x + PADDING, top + 19), BELOW[component.type.removeprefix(PACKAGE)], "title")
            )
            for name in each.places:
                self._node(name, each.at(name), component.name)
            for one, other in each.edges:
                (x1, y1), (x2, y2) = each.at(one), each.at(other)
                middle = NODE_HEIGHT / 2
                self._lines.append(svg.across((x1 + NODE_WIDTH, y1 + middle), (x2, y2 + middle)))
            x += each.width + 46
        own = self._drawn(tier.name)
        used = {other for _, other in self._flows.edges}
        rows = [
            [name for name in own if name in used and not self._is(name, KEY)],
            [name for name in own if name not in used or self._is(name, KEY)],
        ]
        step = (width - MARGIN - 14 - x) / max(map(len, rows))
        for row, names in enumerate(rows):
            for place, name in enumerate(names):
                self._node(name, (x + step * place, top + row * (NODE_HEIGHT + 14)), tier.name)
        return y + height

    def _between_cards(self, cards: Sequence[Card]) -> None:
        home = {name: each for each in cards for name in each.places}
        for one, other in sorted(self._flows.edges):
            if one in home and other in home and home[one] is not home[other]:
                (x1, y1), (x2, y2) = home[one].at(one), home[other].at(other)
                end = x2 if x1 < x2 else x2 + NODE_WIDTH
                start = (x1 + NODE_WIDTH / 2, y1 + NODE_HEIGHT)
                self._lines.append(svg.down_and_across(start, (end, y2 + NODE_HEIGHT / 2)))

    def _notes(self, y: float) -> float:
        resources = [node for node in self._nodes.values() if node.type.startswith("aws:")]
        keys = {node.name for node in resources if node.type == KEY}
        encrypted = sum(bool(keys & set(node.uses)) for node in resources)
        notes = (
            f"{len(resources)} resources; those that are not drawn are settings, roles, logs and alarms of these."
            f" {encrypted} of them use the key.",
            "Arrows and rails come from the routes, roles, event sources, subscriptions and notifications in the state;"
            " their heads are at what is called. A red dot: what fails for good is kept as a dead letter.",
        )
        for place, note in enumerate(notes):
            self._shapes.append(svg.words((MARGIN, y + 16 * place), note, "faint"))
        return y + 16 * len(notes) + 8


def _label(name: str, parent: str) -> str:
    """A resource's role, without what its icon says, and without the digits of a schedule."""
    text = re.sub(r"-[0-9a-f]{6,}$", "", name.removeprefix(f"{parent}-"))
    for kind in ("-queue", "-worker"):
        text = text.removesuffix(kind)
    return text if len(text) <= 14 else f"{text[:13]}…"
