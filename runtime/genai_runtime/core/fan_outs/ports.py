"""What fanning out needs of a cloud, besides what jobs need."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from genai_runtime.core.fan_outs.results import PartResult
from genai_runtime.core.jobs import JobKey


class PartStore(Protocol):
    """Keeps what came of the parts of a fan-out."""

    def add_done(self, part: JobKey) -> frozenset[str]:
        """Add a part to the set of those that have ended, and return the set as it is then. A set, because messages
        come more than once and a part must not count twice."""
        ...

    def results(self, whole: JobKey) -> Mapping[str, PartResult]:
        """Return what is known of every part, by its id."""
        ...


class Publisher(Protocol):
    """Publishes parts to the workers of their modality."""

    def publish(self, part: JobKey, modality: str) -> None:
        """Have a worker begin the part soon, at least once."""
        ...


class CombineQueue(Protocol):
    """Has fan-outs combined."""

    def ask(self, whole: JobKey, delay_seconds: int) -> None:
        """Have the combiner look at a fan-out after a delay, at least once."""
        ...


@dataclass(frozen=True)
class FanOutPorts:
    """The cloud as fan-outs see it."""

    parts: PartStore
    publisher: Publisher
    combine_queue: CombineQueue
