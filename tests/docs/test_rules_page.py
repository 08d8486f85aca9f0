from pages import read

from tools.rules_page import RULES, page


def test_the_page_has_every_rule_as_it_is() -> None:
    text = read("docs/policy-rules.md")
    assert text == page(), "docs/policy-rules.md is out of date: run `python -m tools.rules_page`"
    assert all(f"\n### {rule.id}\n" in text for rule in RULES)
