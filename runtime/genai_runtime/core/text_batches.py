"""Puts pieces of text together, because every event costs a write and a message."""

from collections.abc import Callable
from typing import Final

from genai_runtime.core.ports import Clock

LONGEST_WAIT_SECONDS: Final = 0.1
"""People see text that comes ten times a second as flowing."""
CHARACTERS: Final = 1_024


class TextBatches:
    """Hands text on when enough has come or enough time has passed since the last."""

    def __init__(self, hand_on: Callable[[str], None], clock: Clock) -> None:
        self._hand_on = hand_on
        self._clock = clock
        self._text = ""
        self._last = float("-inf")

    def add(self, text: str) -> None:
        """Take a piece."""
        self._text += text
        if len(self._text) >= CHARACTERS or self._clock.monotonic() - self._last >= LONGEST_WAIT_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Hand on what has come."""
        if self._text:
            text, self._text = self._text, ""
            self._hand_on(text)
            self._last = self._clock.monotonic()
