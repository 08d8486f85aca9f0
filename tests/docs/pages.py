"""The project's pages, taken apart: fenced blocks, tables, links."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PAGES = (
    "README.md",
    "docs/architecture.md",
    "docs/aws-gotchas.md",
    "docs/cost.md",
    "docs/failures.md",
    "docs/newcomer.md",
    "docs/platform-engineer.md",
    "docs/product-engineer.md",
    "docs/refactoring.md",
    "docs/governance.md",
    "docs/policy-rules.md",
    "docs/policy-precision.md",
)
"""In the order in which their commands are run: the first page deploys, the newcomer's ends with `make down`."""


@dataclass(frozen=True)
class Block:
    """A fenced block; `info` is what follows its language."""

    page: str
    line: int
    language: str
    info: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def read(page: str) -> str:
    return (ROOT / page).read_text()


def blocks(page: str) -> list[Block]:
    """All fenced blocks of a page, in order."""
    text = read(page)
    fences = re.finditer(r"^```(\w*) ?([^\n]*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [Block(page, text.count("\n", 0, each.start()) + 1, each[1], each[2], each[3]) for each in fences]


def table(page: str, heading: str) -> list[dict[str, str]]:
    """The rows of the first table under a heading, by column."""
    section = read(page).split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(head, row, strict=True)) for row in rows]


def code(cell: str) -> list[str]:
    """What stands between backquotes in a cell."""
    return re.findall(r"`([^`]+)`", cell)
