"""The settings of answers and conversations that are kept, in the argument `conversations`."""

from dataclasses import dataclass

from .validation import Reader


@dataclass(frozen=True)
class Conversations:
    """What is kept for later requests. 30 days are what OpenAI's API keeps responses for
    (https://platform.openai.com/docs/guides/conversation-state)."""

    enabled: bool = True
    kept_days: int = 30

    @property
    def kept_seconds(self) -> int:
        """The same, as the runtime reads it."""
        return self.kept_days * 86_400


def read_conversations(reader: Reader) -> Conversations:
    """The settings in the argument."""
    default = Conversations()
    conversations = Conversations(
        enabled=reader.flag("enabled", default.enabled),
        kept_days=reader.whole("kept_days", default.kept_days, 1, 365, "days"),
    )
    reader.finish()
    return conversations
