"""The settings of the guardrail, in the argument `guardrail`.

Sizes are Amazon Bedrock's quotas, the tighter of the two clouds.
"""

from dataclasses import dataclass

from .validation import Reader, finish_all, unique

MAX_DENIED_TOPICS = 30


@dataclass(frozen=True)
class DeniedTopic:
    """A subject that is refused."""

    name: str
    definition: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guardrail:
    """What is refused or masked besides what always is."""

    denied_topics: tuple[DeniedTopic, ...] = ()
    blocked_words: tuple[str, ...] = ()
    blocked_message: str = "I can't help with that."
    images: bool = True
    grounding_percent: int = 0
    relevance_percent: int = 0

    @property
    def grounding(self) -> bool:
        """Whether answers are judged against their passages."""
        return bool(self.grounding_percent or self.relevance_percent)


def read_guardrail(reader: Reader) -> Guardrail:
    """The settings in the argument `guardrail`."""
    default = Guardrail()
    readers = reader.many("denied_topics")
    topics = tuple(
        DeniedTopic(
            name=each.required_text(
                "name",
                pattern=r"[0-9a-zA-Z_ !?.-]{1,100}",
                expected="a name of 1 to 100 letters, digits, spaces and - _ ! ? .",
            ),
            definition=each.required_text("definition", longest=200),
            examples=each.texts("examples", longest=100, most=5),
        )
        for each in readers
    )
    finish_all(readers)
    if len(topics) > MAX_DENIED_TOPICS:
        reader.problems.append(
            f"{reader.where('denied_topics')} has {len(topics)} topics: a guardrail takes {MAX_DENIED_TOPICS}"
        )
    unique(reader.problems, reader.where("denied_topics"), [topic.name for topic in topics], "name")
    guardrail = Guardrail(
        denied_topics=topics,
        blocked_words=reader.texts("blocked_words", longest=100, most=10_000),
        blocked_message=reader.text("blocked_message", default.blocked_message, longest=500),
        images=reader.flag("images", default.images),
        grounding_percent=reader.whole("grounding_percent", 0, 0, 99, "percent"),
        relevance_percent=reader.whole("relevance_percent", 0, 0, 99, "percent"),
    )
    reader.finish()
    return guardrail
