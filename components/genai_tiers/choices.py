"""Choices that have names, on either cloud."""

from enum import StrEnum


class Pattern(StrEnum):
    """How a client and the models talk to each other."""

    REQUEST_RESPONSE = "request-response"
    """Synchronous: the answer comes back on the same connection."""
    ASYNC_REQUEST_RESPONSE = "async-request-response"
    """Asynchronous: the whole answer is pushed over a WebSocket when it is ready."""
    STREAMING_RESPONSE = "streaming-response"
    """Asynchronous: the answer is pushed over a WebSocket while it is written."""
    BUFFERED_REQUEST_RESPONSE = "buffered-request-response"
    """Asynchronous: a queue holds the requests until a worker is free; the answer is polled, or pushed over a
    WebSocket."""
    PARALLEL_FAN_OUT = "parallel-fan-out"
    """Asynchronous: the parts of a request are worked on next to each other, by their modality, and combined."""
    BATCH_PROCESSING = "batch-processing"
    """Non-interactive: files of requests are answered in bulk; results and a manifest are written."""


class Modality(StrEnum):
    """What a part of a request is about, or what its answer has to be."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    STRUCTURED = "structured"
    """Text, whose answer is JSON that fits a schema of the client."""


class Chunking(StrEnum):
    """How documents are cut into the passages that are found and answered from."""

    DEFAULT = "default"
    """Whole sentences, about 300 tokens of them."""
    FIXED = "fixed"
    """Whole sentences up to a size, of which neighbours share some."""
    HIERARCHICAL = "hierarchical"
    """Small passages are found, and the larger ones given that they stand in."""
    SEMANTIC = "semantic"
    """A passage ends where the subject changes."""
    NONE = "none"
    """A document is one passage."""


class VectorStore(StrEnum):
    """Where the vectors of documents are kept."""

    STORAGE = "storage"
    """In object storage: nothing is charged at rest but what is stored."""
    SEARCH = "search"
    """In a search engine: answers sooner, and is charged at rest too."""


class Mfa(StrEnum):
    """Whether a person needs a second factor to sign in."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    OFF = "off"
