"""The settings of requests in parts, in the argument `fan_out`."""

from dataclasses import dataclass

from .choices import Modality
from .model_settings import read_modalities
from .validation import Reader

LONGEST_DEADLINE_SECONDS = 900
"""A queue keeps the deadline by a message that it delays, for 15 minutes at most (Amazon SQS quotas)."""


@dataclass(frozen=True)
class FanOut:
    """Requests in parts; without modalities, there are those that the models take."""

    modalities: tuple[Modality, ...] = ()
    deadline_seconds: int = 60


def read_fan_out(reader: Reader) -> FanOut:
    """The settings in the argument `fan_out`."""
    deadline = FanOut().deadline_seconds
    fan_out = FanOut(
        modalities=read_modalities(reader),
        deadline_seconds=reader.whole("deadline_seconds", deadline, 1, LONGEST_DEADLINE_SECONDS, "seconds"),
    )
    reader.finish()
    return fan_out
