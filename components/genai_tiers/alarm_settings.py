"""The settings of alarms: the arguments `alarms` and `alarm_topic`."""

from dataclasses import dataclass
from typing import Any

from .validation import Reader


@dataclass(frozen=True)
class Alarms:
    """What is watched besides what always is, and where alarms go."""

    functions: bool = False
    tokens_per_day: int = 0
    topic: Any = None
    """May be an output, so it has no value yet; None where alarms only show."""


def read_alarms(reader: Reader, topic: Any) -> Alarms:
    """The settings in the argument `alarms`; `topic` is that in `alarm_topic`."""
    default = Alarms()
    alarms = Alarms(
        functions=reader.flag("functions", default.functions),
        tokens_per_day=reader.whole("tokens_per_day", default.tokens_per_day, 0, 1_000_000_000_000, "tokens"),
        topic=topic,
    )
    reader.finish()
    return alarms
