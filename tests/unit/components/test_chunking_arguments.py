from typing import Any

import pytest

from genai_tiers.args import KnowledgeBaseArgs
from genai_tiers.aws.chunking import ingestion_configuration, source_name
from genai_tiers.settings import read_settings
from genai_tiers.validation import InvalidArgumentsError


def chunking(**fields: Any) -> Any:
    return read_settings("base", {"key": "k", "knowledge": {"chunking": fields}}, KnowledgeBaseArgs).knowledge.chunking


def mistakes(**fields: Any) -> list[str]:
    with pytest.raises(InvalidArgumentsError) as caught:
        chunking(**fields)
    return list(caught.value.problems)


def test_bedrock_decides_unless_told_otherwise() -> None:
    assert ingestion_configuration(chunking()) is None
    assert source_name(chunking()) == "documents"


def test_every_way_has_a_name_of_its_own() -> None:
    ways = [chunking(strategy=name) for name in ("default", "fixed", "hierarchical", "semantic", "none")]
    ways.append(chunking(strategy="fixed", max_tokens=500))
    names = {source_name(way) for way in ways}
    assert len(names) == len(ways)
    assert source_name(chunking(strategy="fixed", max_tokens=300)) == source_name(chunking(strategy="fixed"))


def test_numbers_of_another_strategy_are_mistakes() -> None:
    assert mistakes(strategy="fixed", child_tokens=100) == [
        "knowledge.chunking.child_tokens is 100: only of hierarchical, not of fixed; leave it out"
    ]
    assert mistakes(max_tokens=100) == [
        "knowledge.chunking.max_tokens is 100: only of fixed and hierarchical and semantic, not of default;"
        " leave it out"
    ]


def test_small_passages_are_smaller_than_those_around_them() -> None:
    assert mistakes(strategy="hierarchical", max_tokens=200, child_tokens=200) == [
        "knowledge.chunking.child_tokens is 200: it must be less than max_tokens, 200"
    ]
    assert mistakes(strategy="hierarchical", overlap_tokens=300) == [
        "knowledge.chunking.overlap_tokens is 300: it must be less than child_tokens, 300"
    ]
