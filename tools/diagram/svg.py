"""SVG: shapes as text, and colours that suit a light page and a dark one."""

from collections.abc import Sequence
from html import escape

Point = tuple[float, float]

STYLE = """
svg { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  --page: #ffffff; --ink: #1f2933; --faint: #66727f; --line: #8793a0; --card: #ffffff; --edge: #cbd2d9;
  --frontend: #f3effb; --middleware: #eaf3fb; --patterns: #f5f7fa; --backend: #ecf6ef; }
@media (prefers-color-scheme: dark) { svg {
  --page: #0d1117; --ink: #e4e7eb; --faint: #9aa5b1; --line: #7b8794; --card: #161b22; --edge: #3e4c59;
  --frontend: #1c1830; --middleware: #10202f; --patterns: #13181f; --backend: #11231a; }
  .rail { filter: brightness(1.45); } }
.page { fill: var(--page); }
.card, .node { fill: var(--card); stroke: var(--edge); }
text { fill: var(--ink); }
.tier { font-size: 15px; font-weight: 600; }
.title { font-weight: 600; }
.faint { fill: var(--faint); font-size: 11px; }
.icon { fill: #ffffff; font-size: 9px; font-weight: 700; text-anchor: middle; }
.flow { fill: none; stroke: var(--line); stroke-width: 1.3; marker-end: url(#tip); }
.rail { fill: none; stroke-width: 1.6; opacity: 0.85; }
.tip { fill: var(--line); }
.dead { fill: #c2410c; }
""".strip()

COLOURS = {
    "compute": "#d97706",
    "messages": "#be185d",
    "storage": "#15803d",
    "data": "#1d4ed8",
    "models": "#0f766e",
    "edge": "#7c3aed",
    "safety": "#b91c1c",
}


def page(width: float, height: float, title: str, shapes: Sequence[str]) -> str:
    """A picture of this size, on a ground of its own."""
    body = "\n".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}"'
        f' width="{number(width)}" height="{number(height)}" role="img">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}\n</style>\n"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="tip" d="M0 0 L8 4 L0 8 z"/></marker></defs>\n'
        f'<rect class="page" width="100%" height="100%"/>\n{body}\n</svg>\n'
    )


def number(value: float) -> str:
    """A length, without digits that nobody sees."""
    return f"{value:.1f}".removesuffix(".0")


def box(at: Point, width: float, height: float, kind: str, *, radius: int = 8, fill: str = "") -> str:
    """A rectangle of a class of the style."""
    colour = f' style="fill:{fill}"' if fill else ""
    return (
        f'<rect class="{kind}" x="{number(at[0])}" y="{number(at[1])}" width="{number(width)}"'
        f' height="{number(height)}" rx="{radius}"{colour}/>'
    )


def words(at: Point, text: str, kind: str = "", *, anchor: str = "") -> str:
    """A line of text."""
    classes = f' class="{kind}"' if kind else ""
    anchored = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{number(at[0])}" y="{number(at[1])}"{classes}{anchored}>{escape(text)}</text>'


def down(start: Point, end: Point) -> str:
    """An arrow that leaves and arrives from above."""
    middle = (start[1] + end[1]) / 2
    return _flow(f"M{_at(start)} C{_at((start[0], middle))} {_at((end[0], middle))} {_at(end)}")


def across(start: Point, end: Point) -> str:
    """An arrow that leaves and arrives from the side."""
    middle = (start[0] + end[0]) / 2
    return _flow(f"M{_at(start)} C{_at((middle, start[1]))} {_at((middle, end[1]))} {_at(end)}")


def down_and_across(start: Point, end: Point) -> str:
    """An arrow that leaves downward and arrives from the side."""
    near = end[0] - (40 if end[0] > start[0] else -40)
    return _flow(f"M{_at(start)} C{_at((start[0], end[1]))} {_at((near, end[1]))} {_at(end)}")


def along(points: Sequence[Point], radius: float = 6) -> str:
    """An arrow through points, each straight below or beside the one before, with round corners."""
    path = f"M{_at(points[0])}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        path += f" L{_at(_towards(corner, before, radius))} Q{_at(corner)} {_at(_towards(corner, after, radius))}"
    return _flow(f"{path} L{_at(points[-1])}")


def polyline(points: Sequence[Point], colour: str) -> str:
    """A part of a rail."""
    return f'<path class="rail" d="M{" L".join(map(_at, points))}" stroke="{colour}"/>'


def tip(at: Point, colour: str, *, downward: bool) -> str:
    """The head of an arrow that ends here."""
    x, y = at
    back = y - 6 if downward else y + 6
    return f'<path d="M{_at((x - 4, back))} L{_at((x + 4, back))} L{_at(at)} z" fill="{colour}"/>'


def dot(at: Point, colour: str) -> str:
    """Where a rail is joined."""
    return f'<circle cx="{number(at[0])}" cy="{number(at[1])}" r="2.6" fill="{colour}"/>'


def _flow(path: str) -> str:
    return f'<path class="flow" d="{path}"/>'


def _at(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _towards(corner: Point, other: Point, distance: float) -> Point:
    """The point at a distance from a corner on the way to another point, at most half of it."""
    x, y = other[0] - corner[0], other[1] - corner[1]
    length = max(abs(x), abs(y))
    share = min(distance, length / 2) / length if length else 0
    return corner[0] + x * share, corner[1] + y * share
