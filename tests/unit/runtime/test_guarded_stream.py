import pytest

from genai_runtime.core.guarded_stream import PIECE_CHARACTERS, BlockedTextError, GuardedStream
from genai_runtime.core.request import Verdict

SENTENCE = "Every laptop that is lost must be reported to the service desk within one hour. "


class Watched:
    def __init__(self, *, hold: bool = True, whole: bool = False) -> None:
        self.judged: list[str] = []
        self.released: list[str] = []
        self.stream = GuardedStream(self._check, self.released.append, hold=hold, whole=whole)

    def _check(self, text: str) -> Verdict:
        self.judged.append(text)
        if "forbidden" in text:
            return Verdict("blocked", ("Not here.",), ("topic",))
        masked = text.replace("a@b.example", "{EMAIL}")
        return Verdict("masked", (masked,), ("pii",)) if masked != text else Verdict("none", (text,))

    def feed(self, text: str, size: int = 7) -> None:
        for start in range(0, len(text), size):
            self.stream.feed(text[start : start + size])


def test_nothing_is_released_before_it_was_judged():
    watched = Watched()
    watched.feed(SENTENCE * 20)
    watched.stream.end()
    assert watched.released == watched.judged
    assert "".join(watched.released) == watched.stream.text == SENTENCE * 20


def test_pieces_grow_and_end_where_a_sentence_does():
    watched = Watched()
    watched.feed(SENTENCE * 60)
    lengths = [len(piece) for piece in watched.judged]
    assert all(length >= least for length, least in zip(lengths, PIECE_CHARACTERS, strict=False))
    assert max(lengths) <= PIECE_CHARACTERS[-1] + len(SENTENCE)
    assert all(piece.endswith(". ") for piece in watched.judged)


def test_text_without_sentences_is_cut_between_words():
    watched = Watched()
    watched.feed("word " * 200)
    watched.stream.end()
    assert len(watched.judged) > 2
    assert all(piece.endswith("word ") for piece in watched.judged)


def test_a_blocked_piece_is_replaced_by_the_guardrails_message():
    watched = Watched()
    watched.feed(SENTENCE * 3)
    with pytest.raises(BlockedTextError):
        watched.feed("This is forbidden. " * 30)
    assert watched.stream.action == "blocked"
    assert watched.stream.policies == ("topic",)
    assert watched.released[-1] == "\n\nNot here."
    assert "forbidden" not in watched.stream.text


def test_masked_parts_never_show():
    watched = Watched()
    watched.feed(SENTENCE + "Write to a@b.example now. " + SENTENCE, size=3)
    watched.stream.end()
    assert "{EMAIL}" in watched.stream.text
    assert "a@b" not in "".join(watched.released)
    assert watched.stream.action == "masked"


def test_an_answer_that_begins_again_leaves_nothing_of_the_first():
    watched = Watched()
    watched.feed("The first attempt")
    watched.stream.restart()
    watched.feed("The second attempt.")
    watched.stream.end()
    assert watched.released == ["The second attempt."]


def test_without_a_guardrail_text_flows_at_once():
    watched = Watched(hold=False)
    watched.feed("abc", size=1)
    assert watched.released == ["a", "b", "c"]


def test_a_whole_answer_is_judged_once_at_its_end():
    watched = Watched(whole=True)
    watched.feed(SENTENCE * 20)
    assert not watched.judged
    assert not watched.released
    watched.stream.end()
    assert watched.judged == watched.released == [SENTENCE * 20]


def test_nothing_of_a_whole_answer_is_shown_when_its_end_is_blocked():
    watched = Watched(whole=True)
    watched.feed(SENTENCE * 3 + "This is forbidden.")
    with pytest.raises(BlockedTextError):
        watched.stream.end()
    assert watched.released == ["Not here."]
