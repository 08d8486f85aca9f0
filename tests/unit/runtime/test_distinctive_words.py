"""Which questions may share an answer when their vectors are alike."""

import pytest

from genai_runtime.core.distinctive_words import distinctive_words

LAPTOP = "How soon must a lost laptop be reported?"


@pytest.mark.parametrize(
    ("question", "other"),
    [
        (LAPTOP, "How soon do I have to report a lost laptop?"),
        (LAPTOP, "Please tell me: how soon must lost laptops be reported"),
        (LAPTOP, "how soon must a lost laptop be reported?!"),
        ("Does Acme's plan cost \u20ac5?", "Does the plan of Acme cost \u20ac5?"),
        ("Isn't it allowed?", "Is it not allowed?"),
        ("Isn\u2019t it allowed?", "Isn't it allowed?"),
        ("Can't visitors enter?", "Cannot visitors enter?"),
        ("What is the limit for Bern and for Rome?", "For Bern and Rome, what is the limit?"),
        ("I'm lost. What do I do?", "What should I do? I am lost"),
    ],
)
def test_other_words_for_the_same(question: str, other: str) -> None:
    assert distinctive_words(question) == distinctive_words(other)


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("What is the limit of plan 2?", "What is the limit of plan 3?"),
        ("What is the limit of plan two?", "What is the limit of plan three?"),
        ("May I spend 1.5 euros?", "May I spend 15 euros?"),
        ("May I spend 20 euros?", "May I spend 20 dollars?"),
        ("Is $5 enough?", "Is \u20ac5 enough?"),
        ("Is it allowed at -5 degrees?", "Is it allowed at 5 degrees?"),
        ("What does Acme charge?", "What does Globex charge?"),
        ("what does acme charge?", "what does globex charge?"),
        ("Acme charges what?", "Globex charges what?"),
        ("What do we charge?", "What do we charge globex?"),
        ("Is Robert in?", "Is Roberts in?"),
        ("How do I get from Bern to Rome?", "How do I get from Rome to Bern?"),
        ("Did 3 of 5 come?", "Did 5 of 3 come?"),
        ("Is a badge needed?", "Is a badge not needed?"),
        ("Is a badge needed?", "Isn't a badge needed?"),
        ("Do visitors need a badge?", "Do no visitors need a badge?"),
        ("Can I enter with a badge?", "Can I enter without a badge?"),
        ("Can I enter?", "Can't I enter?"),
        ("Must I wear a badge?", "May I wear a badge?"),
        ("What is the budget?", "What was the budget?"),
        ("Who must report it?", "When must I report it?"),
        ("Must it be reported before travel?", "Must it be reported after travel?"),
        ("Wer darf das?", "Wer darf das nicht?"),
        ("\u7d4c\u8cbb\u306f\uff1f", "\u65c5\u8cbb\u306f\uff1f"),
        ("Is C# taught?", "Is C taught?"),
        ("Is it \U0001f44d?", "Is it \U0001f44e?"),
    ],
)
def test_what_asks_for_something_else(question: str, other: str) -> None:
    assert distinctive_words(question) != distinctive_words(other)


@pytest.mark.parametrize("question", ["", "?", "What is it?", "How do you do that, please?"])
def test_a_question_that_says_nothing_has_none(question: str) -> None:
    assert distinctive_words(question) == ([], [])
