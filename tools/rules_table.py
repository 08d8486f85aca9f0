"""Writes the table of rules in docs/governance.md from the rules themselves."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "governance.md"
sys.path.insert(0, str(ROOT / "policy"))

from rules import RULES  # noqa: E402 - needs the line above

_TABLE = re.compile(r"(<!-- `python -m tools\.rules_table` .*? -->\n).*?(<!-- end -->)", re.DOTALL)


def with_table(page: str) -> str:
    """The page's text with the table as the rules are now."""
    rows = ["| rule | severity | what it asks | of | framework |", "| --- | --- | --- | --- | --- |"]
    rows += [
        f"| `{rule.id}` | {rule.severity.value} | {rule.title}. {rule.mend} | {_types(rule.types)}"
        f" | {', '.join(rule.frameworks)} |"
        for rule in RULES
    ]
    return _TABLE.sub(lambda found: found[1] + "\n".join(rows) + "\n" + found[2], page)


def _types(tokens: tuple[str, ...]) -> str:
    """Type tokens as Pulumi prints them: `aws:iam/role:Role` is `aws:iam:Role`."""
    return ", ".join(f"`{re.sub(r'/[^:]*', '', token)}`" for token in tokens)


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
