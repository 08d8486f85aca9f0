"""What is wrong with the parts that only a distributed Map state has."""

from collections.abc import Iterator, Mapping
from typing import Any

READERS = ("arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2")
WRITER = "arn:aws:states:::s3:putObject"
INPUT_TYPES = ("CSV", "JSON", "JSONL")
_DISTRIBUTED_ONLY = (
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
)


def mistakes_of(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return pairs of a message and a place in the state."""
    processor: Any = state.get("ItemProcessor") or state.get("Iterator") or {}
    if processor.get("ProcessorConfig", {}).get("Mode") != "DISTRIBUTED":
        for name in _DISTRIBUTED_ONLY:
            if name in state:
                yield f"{name} is for DISTRIBUTED mode only", f"/{name}"
        return
    reader: Mapping[str, Any] | None = state.get("ItemReader")
    if reader is not None:
        yield from _reader(reader)
    writer: Mapping[str, Any] = state.get("ResultWriter") or {}
    if writer and writer.get("Resource") != WRITER:
        yield f"Resource must be {WRITER}", "/ResultWriter/Resource"
    if "WriterConfig" in writer:
        yield "WriterConfig is not modelled by the sandbox", "/ResultWriter/WriterConfig"
    batcher: Mapping[str, Any] = state.get("ItemBatcher") or {}
    if "ItemBatcher" in state and not any(name.startswith(("MaxItems", "MaxInputBytes")) for name in batcher):
        yield "MaxItemsPerBatch or MaxInputBytesPerBatch is required", "/ItemBatcher"


def _reader(reader: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    resource, config = reader.get("Resource"), reader.get("ReaderConfig", {})
    if resource not in READERS:
        yield f"Resource must be one of {', '.join(READERS)}; it is {resource!r}", "/ItemReader/Resource"
    elif resource == READERS[0] and config.get("InputType") not in INPUT_TYPES:
        message = f"InputType must be one of {', '.join(INPUT_TYPES)} in the sandbox; it is {config.get('InputType')!r}"
        yield message, "/ItemReader/ReaderConfig/InputType"
