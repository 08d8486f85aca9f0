"""How a data source of a knowledge base cuts documents into passages.

Bedrock cannot change it in a data source: the engine makes a new one, the ingestion run fills it, and the old one is
deleted with its passages. Names are unique in a knowledge base, so the name tells one way from another.
"""

import hashlib
import json
from typing import Any

from genai_tiers.choices import Chunking
from genai_tiers.chunking_settings import ChunkingSettings


def source_name(chunking: ChunkingSettings) -> str:
    """The name of the data source that cuts documents so."""
    if chunking.strategy is Chunking.DEFAULT:
        return "documents"
    text = json.dumps([chunking.strategy, dict(chunking.numbers)], sort_keys=True)
    return f"documents-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def ingestion_configuration(chunking: ChunkingSettings) -> Any:
    """What the data source takes as `vector_ingestion_configuration`; nothing for Bedrock's default."""
    if chunking.strategy is Chunking.DEFAULT:
        return None
    return {"chunking_configuration": _strategy(chunking)}


def _strategy(chunking: ChunkingSettings) -> dict[str, Any]:
    numbers = chunking.numbers
    match chunking.strategy:
        case Chunking.FIXED:
            sizes = {"max_tokens": numbers["max_tokens"], "overlap_percentage": numbers["overlap_percent"]}
            return {"chunking_strategy": "FIXED_SIZE", "fixed_size_chunking_configuration": sizes}
        case Chunking.HIERARCHICAL:
            levels = [{"max_tokens": numbers["max_tokens"]}, {"max_tokens": numbers["child_tokens"]}]
            sizes = {"level_configurations": levels, "overlap_tokens": numbers["overlap_tokens"]}
            return {"chunking_strategy": "HIERARCHICAL", "hierarchical_chunking_configuration": sizes}
        case Chunking.SEMANTIC:
            sizes = {
                "max_token": numbers["max_tokens"],
                "buffer_size": numbers["buffer_sentences"],
                "breakpoint_percentile_threshold": numbers["breakpoint_percentile"],
            }
            return {"chunking_strategy": "SEMANTIC", "semantic_chunking_configuration": sizes}
        case _:
            return {"chunking_strategy": "NONE"}
