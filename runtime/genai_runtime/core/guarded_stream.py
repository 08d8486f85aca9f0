"""Shows an answer piece by piece, each piece only after the guardrail has judged it."""

import re
from collections.abc import Callable
from typing import Final, Literal

from genai_runtime.core.request import Verdict

PIECE_CHARACTERS: Final = (100, 200, 400, 800)
"""Least length of the first pieces and of all later ones: the first words come soon, and a long answer costs few
checks, which are billed by the thousand characters (https://aws.amazon.com/bedrock/pricing/)."""

# A piece ends where a sentence or at least a word does, so that a name or number is judged whole.
_SENTENCE_END: Final = re.compile(r"[.!?:;]['\")\]]*\s|\n")
_WORD_END: Final = re.compile(r"\s")


class BlockedTextError(Exception):
    """The guardrail blocked the rest of the answer."""


class GuardedStream:
    """Takes a model's text in `feed` and releases it to `release`.

    `text` is what was released; `action` and `policies` are the guardrail's over all pieces. Without `hold` each text
    is judged and released as it comes; with `whole`, all of it is at the end.
    """

    def __init__(
        self, check: Callable[[str], Verdict], release: Callable[[str], None], *, hold: bool, whole: bool = False
    ) -> None:
        self._check = check
        self._release = release
        self._hold = hold
        self._whole = whole
        self._pending = ""
        self._lead = ""
        self._pieces = 0
        self.text = ""
        self.action: Literal["none", "masked", "blocked"] = "none"
        self.policies: tuple[str, ...] = ()

    def restart(self) -> None:
        """Forget what was fed and not yet released: another model begins, in a paragraph of its own."""
        self._pending = ""
        self._lead = "\n\n" if self.text else ""

    def feed(self, text: str) -> None:
        """Take more of the answer.

        Raises:
            BlockedTextError: the guardrail blocks; its message has been released in place of the text.
        """
        if text:
            self._pending += self._lead + text
            self._lead = ""
        while piece := self._next_piece():
            self._pending = self._pending[len(piece) :]
            self._show(piece)

    def end(self) -> None:
        """Release what is left.

        Raises:
            BlockedTextError: as `feed`.
        """
        rest, self._pending = self._pending, ""
        if rest:
            self._show(rest)

    def _next_piece(self) -> str:
        if self._whole:
            return ""
        if not self._hold:
            return self._pending
        least = PIECE_CHARACTERS[min(self._pieces, len(PIECE_CHARACTERS) - 1)]
        end = _SENTENCE_END.search(self._pending, least)
        if end is None and len(self._pending) > 2 * least:
            end = _WORD_END.search(self._pending, least)
        return self._pending[: end.end()] if end else ""

    def _show(self, piece: str) -> None:
        self._pieces += 1
        verdict = self._check(piece) if piece.strip() else Verdict("none", (piece,))
        self.policies = tuple(dict.fromkeys((*self.policies, *verdict.policies)))
        if verdict.action == "blocked":
            self.action = "blocked"
            self._send(f"\n\n{verdict.texts[0]}" if self.text else verdict.texts[0])
            raise BlockedTextError
        if verdict.action == "masked":
            self.action = "masked"
        self._send(verdict.texts[0])

    def _send(self, text: str) -> None:
        self.text += text
        self._release(text)
