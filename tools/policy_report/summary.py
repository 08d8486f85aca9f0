"""The summary by theme, for people."""

from collections.abc import Iterator, Sequence

from tools.policy_report.findings import Finding
from tools.policy_report.pack import THEMES

LEVELS = ("mandatory", "advisory", "remediate", "undecided")
HEADINGS = ("blocked", "advised", "mended", "left to the update")


def summary(findings: Sequence[Finding]) -> str:
    """A table of themes: their rules, and how many resources each level has; then what is blocked."""
    rows: list[tuple[str, ...]] = [("theme", "rules", *HEADINGS)]
    for theme, rules in THEMES.items():
        names = {rule.id for rule in rules}
        counts = [sum(found.rule in names and found.level == level for found in findings) for level in LEVELS]
        rows.append((theme, str(len(rules)), *(str(count) if count else "" for count in counts)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([*lines, *_blocked(findings)])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *numbers = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join([row[0].ljust(len(first)), *numbers]).rstrip()


def _blocked(findings: Sequence[Finding]) -> Iterator[str]:
    for found in findings:
        if found.blocks:
            yield ""
            yield f"{found.rule}  {found.resource.rpartition('::')[2]}"
            yield f"  {found.message}"
