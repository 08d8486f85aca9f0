"""The picture in the README is that of the recorded stack."""

import re
from dataclasses import replace

from pages import ROOT, read

from tools.diagram.flows import DRAWN, flows
from tools.diagram.picture import KINDS, Picture
from tools.stack_graph import recorded

PICTURE = "docs/architecture.svg"


def test_the_picture_is_drawn_from_the_recorded_stack() -> None:
    assert read(PICTURE) == Picture(recorded()).draw(), f"{PICTURE} is out of date: run `python -m tools.diagram`"
    assert f"]({PICTURE})" in read("README.md")
    assert (ROOT / PICTURE).stat().st_size < 100_000


def test_it_shows_every_tier_and_pattern() -> None:
    texts = re.findall(r"<text [^>]*>([^<]*)</text>", read(PICTURE))
    assert {"Frontend", "Middleware", "Patterns", "Backend"} <= set(texts)
    kinds = {node.type for node in recorded().values()}
    assert sum(kind.endswith(("Response", "FanOut", "Processing")) for kind in kinds) == 6
    assert {"async request response", "parallel fan out", "batch processing"} <= set(texts)


def test_arrows_are_what_the_state_says() -> None:
    nodes = recorded()
    edges = flows(nodes).edges
    buffered = "genai-buffered-request-response"
    assert (f"{buffered}-queue", f"{buffered}-worker") in edges
    assert (f"{buffered}-worker", f"{buffered}-queue") not in edges
    assert (f"{buffered}-worker", "models") in edges
    assert ("genai-request-response-function", f"{buffered}-queue") in edges
    assert ("genai-middleware-api", "genai-request-response-function") in edges
    assert (f"{buffered}-intake", "models") not in edges
    [source] = [node.name for node in nodes.values() if node.name == f"{buffered}-worker-source"]
    without = {name: node for name, node in nodes.items() if name != source}
    assert (f"{buffered}-queue", f"{buffered}-worker") not in flows(without).edges


def test_whatever_is_drawn_has_a_colour() -> None:
    assert set(DRAWN) <= set(KINDS)


def test_a_changed_stack_changes_the_picture() -> None:
    nodes = recorded()
    policy = nodes["genai-batch-processing-worker-policy"]
    poorer = replace(policy, models=(), uses=tuple(name for name in policy.uses if "guardrail" not in name))
    assert Picture({**nodes, policy.name: poorer}).draw() != read(PICTURE)
