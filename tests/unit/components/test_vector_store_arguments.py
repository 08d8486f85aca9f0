import pytest

from genai_tiers.args import KnowledgeBaseArgs, VectorStore
from genai_tiers.settings import read_settings
from genai_tiers.validation import InvalidArgumentsError


def test_nothing_is_charged_at_rest_unless_asked_for() -> None:
    knowledge = read_settings("base", {"key": "k"}, KnowledgeBaseArgs).knowledge
    assert knowledge.vector_store is VectorStore.STORAGE
    assert not knowledge.search_standby


def test_a_standby_needs_a_search_engine() -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        read_settings("base", {"key": "k", "knowledge": {"search_standby": True}}, KnowledgeBaseArgs)
    assert list(caught.value.problems) == [
        "knowledge.search_standby is True: only of the vector_store search; set that, or leave this out"
    ]
