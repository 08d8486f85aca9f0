from pages import read

from tools.rules_table import RULES, with_table


def test_the_table_has_every_rule_as_it_is() -> None:
    page = read("docs/governance.md")
    assert page == with_table(page), "docs/governance.md is out of date: run `python -m tools.rules_table`"
    assert all(f"| `{rule.id}` |" in page for rule in RULES)


def test_a_changed_rule_shows() -> None:
    page = read("docs/governance.md")
    assert with_table(page.replace("| critical |", "| medium |", 1)) == page
