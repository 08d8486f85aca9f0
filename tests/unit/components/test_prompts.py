import pytest

from genai_runtime.core.prompt import TemplateError, parse_template
from genai_tiers.prompts import DEFAULT_PROMPT, prompt_problem

GOOD = "[system]\nBe brief.\n[passage]\n{{passage}}\n[question]\n{{question}}\n"


@pytest.mark.parametrize("text", [DEFAULT_PROMPT, GOOD, GOOD.replace("brief.", "brief. {{instructions}}")])
def test_what_may_be_deployed_can_be_rendered(text: str) -> None:
    assert prompt_problem(text) == ""
    parse_template(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just text",
        "hello\n" + GOOD,
        GOOD.replace("[question]", "[query]"),
        GOOD.replace("{{question}}", ""),
        GOOD.replace("{{passage}}", "passage"),
        GOOD.replace("Be brief.", "{{secret}}"),
        GOOD + "[system]\nagain",
        GOOD.replace("Be brief.", ""),
    ],
)
def test_what_the_runtime_refuses_is_refused_before_it_is_deployed(text: str) -> None:
    with pytest.raises(TemplateError):
        parse_template(text)
    assert prompt_problem(text)
