"""How documents are cut into passages, in the argument `knowledge.chunking`.

Bounds are those of Bedrock's API (ChunkingConfiguration and what it holds); defaults are what its console proposes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from .choices import Chunking
from .validation import Reader

LONGEST_CHUNK_TOKENS = 8_192

FIELDS: Mapping[Chunking, Mapping[str, tuple[int, int, int, str]]] = {
    Chunking.DEFAULT: {},
    Chunking.FIXED: {
        "max_tokens": (300, 1, LONGEST_CHUNK_TOKENS, "tokens"),
        "overlap_percent": (20, 1, 99, "percent"),
    },
    Chunking.HIERARCHICAL: {
        "max_tokens": (1_500, 1, LONGEST_CHUNK_TOKENS, "tokens"),
        "child_tokens": (300, 2, LONGEST_CHUNK_TOKENS - 1, "tokens"),
        "overlap_tokens": (60, 1, LONGEST_CHUNK_TOKENS - 2, "tokens"),
    },
    Chunking.SEMANTIC: {
        "max_tokens": (300, 1, LONGEST_CHUNK_TOKENS, "tokens"),
        "buffer_sentences": (0, 0, 1, "sentences"),
        "breakpoint_percentile": (95, 50, 99, "percent"),
    },
    Chunking.NONE: {},
}
"""Strategy -> its fields -> default, least, most and unit."""


@dataclass(frozen=True)
class ChunkingSettings:
    """The strategy and the numbers that it takes, by their fields' names."""

    strategy: Chunking
    numbers: Mapping[str, int]


BY_DEFAULT = ChunkingSettings(Chunking.DEFAULT, {})


def read_chunking(reader: Reader) -> ChunkingSettings:
    """The settings in the argument `knowledge.chunking`."""
    strategy = reader.choice("strategy", Chunking.DEFAULT)
    fields = FIELDS[strategy]
    numbers = {name: reader.whole(name, *bounds) for name, bounds in fields.items()}
    for name in sorted({name for others in FIELDS.values() for name in others} - set(fields)):
        takers = [str(other) for other, others in FIELDS.items() if name in others]
        if reader.raw.get(name) is not None:
            reader.say(name, f"only of {' and '.join(takers)}, not of {strategy}; leave it out")
        reader.known.add(name)
    _check_levels(reader, numbers)
    reader.finish()
    return ChunkingSettings(strategy, numbers)


def _check_levels(reader: Reader, numbers: Mapping[str, int]) -> None:
    if "child_tokens" not in numbers:
        return
    if numbers["child_tokens"] >= numbers["max_tokens"]:
        reader.problems.append(
            f"{reader.where('child_tokens')} is {numbers['child_tokens']}: it must be less than max_tokens,"
            f" {numbers['max_tokens']}"
        )
    if numbers["overlap_tokens"] >= numbers["child_tokens"]:
        reader.problems.append(
            f"{reader.where('overlap_tokens')} is {numbers['overlap_tokens']}: it must be less than child_tokens,"
            f" {numbers['child_tokens']}"
        )
