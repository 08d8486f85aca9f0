"""Writes docs/policy-rules.md, the page of the policy pack's rules, from the rules themselves."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "policy-rules.md"
sys.path.insert(0, str(ROOT / "policy"))

from rule import Rule  # noqa: E402 - needs the line above
from rules import RULES, THEMES  # noqa: E402 - likewise


def page() -> str:
    """The page's text as the rules are now."""
    lines = [
        "# Rules of the policy pack",
        "",
        "<!-- `python -m tools.rules_page` writes this page from policy/rules. -->",
        "",
        f"{len(RULES)} rules, by theme. How to run them, and how to change their levels, is in",
        "[For security and governance](governance.md).",
        "",
        *_overview(),
    ]
    for theme, rules in THEMES.items():
        lines += ["", f"## {theme[0].upper()}{theme[1:]}"]
        for rule in rules:
            lines += ["", *_section(rule)]
    return "\n".join(lines) + "\n"


def _overview() -> Iterator[str]:
    yield "| rule | what it asks | severity | level |"
    yield "| --- | --- | --- | --- |"
    for rule in RULES:
        yield f"| [`{rule.id}`](#{rule.id}) | {rule.title} | {rule.severity.value} | {rule.level.value} |"


def _section(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}"
    yield ""
    yield f"{rule.title}. {rule.why} {rule.mend}"
    yield ""
    yield f"- severity: {rule.severity.value}; {rule.level.value}"
    yield f"- judges: {_types(rule.types)}{', in the whole stack' if rule.over_stack else ''}"
    if rule.frameworks:
        yield f"- frameworks: {', '.join(rule.frameworks)}"
    for name, setting in rule.settings.items():
        yield f"- setting `{name}` ({setting.schema['type']}): {json.dumps(setting.default)} unless configured"
    if rule.remedy:
        yield "- can be set to `remediate`"


def _types(tokens: tuple[str, ...]) -> str:
    """Type tokens as Pulumi prints them: `aws:iam/role:Role` is `aws:iam:Role`."""
    return ", ".join(f"`{re.sub(r'/[^:]*', '', token)}`" for token in tokens)


if __name__ == "__main__":
    PAGE.write_text(page())
