"""What the configuration of the pack says of a rule: its settings, and the resources that are excepted from it.

Every rule takes `reason` (why its level or settings are as they are) and `exceptions`, each of which names the
resource, the reason and the day on which it ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from rule import Rule

COMMON_SETTINGS: Mapping[str, Any] = {
    "reason": {"type": "string", "description": "Why the rule has this level or these settings."},
    "exceptions": {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["resource", "reason", "expires"],
            "properties": {
                "resource": {"type": "string", "description": "A logical name or a URN; * stands for any text."},
                "reason": {"type": "string", "minLength": 10},
                "expires": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
            },
        },
    },
}


@dataclass(frozen=True)
class RuleException:
    """A resource that may break a rule, up to and with a day."""

    resource: str
    reason: str
    expires: str

    def covers(self, urn: str) -> bool:
        """Whether it is about the resource with this URN."""
        return fnmatchcase(urn, self.resource) or fnmatchcase(urn.rpartition("::")[2], self.resource)

    def has_expired(self, today: date) -> bool:
        """Whether its day is over. A day that is none is over."""
        try:
            return date.fromisoformat(self.expires) < today
        except ValueError:
            return True


@dataclass(frozen=True)
class RuleConfiguration:
    """Settings with their defaults, and exceptions."""

    settings: Mapping[str, Any]
    exceptions: Sequence[RuleException]


def schema(rule: Rule) -> dict[str, Any]:
    """The JSON schemas of what may be configured of a rule, by name."""
    own = {name: {**setting.schema, "default": setting.default} for name, setting in rule.settings.items()}
    return {**own, **COMMON_SETTINGS}


def configured(rule: Rule, given: Mapping[str, Any]) -> RuleConfiguration:
    """What is configured of a rule, from what the engine hands over; the engine has checked it against the schema."""
    settings = {name: _plain(given.get(name, setting.default)) for name, setting in rule.settings.items()}
    exceptions = [
        RuleException(entry["resource"], entry["reason"], entry["expires"]) for entry in given.get("exceptions", ())
    ]
    return RuleConfiguration(settings, exceptions)


def _plain(value: Any) -> Any:
    # Every number comes as a float over the wire.
    return int(value) if isinstance(value, float) and value.is_integer() else value
