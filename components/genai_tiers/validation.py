"""Reads raw arguments into checked values, and collects every mistake instead of stopping at the first."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

import pulumi

E = TypeVar("E", bound=Enum)


class InvalidArgumentsError(pulumi.RunError, ValueError):
    """Raised before anything is created; its text lists every mistake: the field, the value and the mend.

    A `RunError`, so that Pulumi prints the text alone, without a stack trace of ours.
    """

    def __init__(self, component: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        listing = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"{component}: {count} in the arguments, nothing was created:\n{listing}")


@dataclass
class Reader:
    """The fields of one raw dictionary. `path` names it in messages; `problems` is shared with its nested readers."""

    raw: Mapping[str, Any]
    path: str = ""
    problems: list[str] = field(default_factory=list[str])
    known: set[str] = field(default_factory=set[str])

    @classmethod
    def of(cls, raw: Any, path: str, problems: list[str]) -> "Reader":
        """A reader of `raw`; anything but a dictionary is a mistake and reads as an empty one."""
        if raw is None:
            raw = {}
        if not isinstance(raw, Mapping):
            problems.append(f"{path or 'arguments'} is {raw!r}: expected an object with named fields")
            raw = {}
        return cls(raw, path, problems)

    def where(self, key: str) -> str:
        """The full name of a field, for messages."""
        return f"{self.path}.{key}" if self.path else key

    def say(self, key: str, complaint: str) -> None:
        """Records a mistake in a field."""
        self.problems.append(f"{self.where(key)} is {self.raw.get(key)!r}: {complaint}")

    def _take(self, key: str) -> Any:
        self.known.add(key)
        return self.raw.get(key)

    def text(self, key: str, default: str = "", *, pattern: str = "", expected: str = "", longest: int = 0) -> str:
        """A string; `pattern` must match the whole of it and `expected` says in words what that is."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, str):
            self.say(key, "expected a text")
        elif not value.strip():
            self.say(key, "must not be empty; leave the field out to take the default")
        elif longest and len(value) > longest:
            self.problems.append(
                f"{self.where(key)} has {len(value)} characters: at most {longest} are allowed; shorten it"
            )
        elif pattern and not re.fullmatch(pattern, value, flags=re.DOTALL):
            self.say(key, f"expected {expected}")
        else:
            return value
        return default

    def required_text(self, key: str, *, pattern: str = "", expected: str = "", longest: int = 0) -> str:
        """A string that has no default."""
        if self.raw.get(key) is None:
            self.known.add(key)
            self.problems.append(f"{self.where(key)} is missing: {expected or 'give it a text'}")
            return ""
        return self.text(key, pattern=pattern, expected=expected, longest=longest)

    def whole(self, key: str, default: int, minimum: int, maximum: int, unit: str) -> int:
        """A whole number within bounds. A remote construction sends every number as a float, so 30.0 is 30."""
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            self.say(key, f"expected a whole number of {unit}")
        elif not minimum <= value <= maximum:
            self.say(key, f"must be from {minimum} to {maximum} {unit}")
        else:
            return int(value)
        return default

    def number(self, key: str, default: float, minimum: float, maximum: float, unit: str) -> float:
        """A number within bounds, which need not be whole."""
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.say(key, f"expected a number of {unit}")
        elif not minimum <= value <= maximum:
            self.say(key, f"must be from {minimum} to {maximum} {unit}")
        else:
            return value
        return default

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.say(key, "expected true or false")
            return default
        return value

    def choice(self, key: str, default: E) -> E:
        """One member of the default's enumeration, given as the member or as its value."""
        value = self._take(key)
        return default if value is None else self._member(self.where(key), value, default)

    def choices(self, key: str, default: tuple[E, ...]) -> tuple[E, ...]:
        """A list of distinct members of an enumeration."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            self.say(key, f"expected a list with at least one of {_options(type(default[0]))}")
            return default
        members = [self._member(f"{self.where(key)}[{index}]", item, default[0]) for index, item in enumerate(value)]
        return tuple(dict.fromkeys(members))

    def _member(self, where: str, value: Any, default: E) -> E:
        try:
            return type(default)(value)
        except ValueError:
            self.problems.append(f"{where} is {value!r}: expected one of {_options(type(default))}")
            return default

    def texts(self, key: str, *, longest: int, most: int) -> tuple[str, ...]:
        """A list of non-empty strings."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.say(key, "expected a list of texts")
            return ()
        if len(value) > most:
            self.problems.append(f"{self.where(key)} has {len(value)} entries: at most {most} are allowed")
        for index, item in enumerate(value):
            if not isinstance(item, str) or not item.strip() or len(item) > longest:
                self.problems.append(
                    f"{self.where(key)}[{index}] is {item!r}: expected a text of 1 to {longest} characters"
                )
        return tuple(item for item in value if isinstance(item, str))

    def given(self, key: str) -> Any:
        """Whatever stands there, which may be an output that has no value yet; None when nothing does."""
        return self._take(key)

    def required_texts(self, key: str, *, pattern: str, expected: str) -> tuple[str, ...]:
        """A list of at least one string, each of which the pattern matches as a whole."""
        value = self._take(key)
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            self.say(key, f"expected a list with at least one entry, {expected}")
            return ()
        for index, item in enumerate(value):
            if not isinstance(item, str) or not re.fullmatch(pattern, item):
                self.problems.append(f"{self.where(key)}[{index}] is {item!r}: expected {expected}")
        return tuple(item for item in value if isinstance(item, str))

    def required_inputs(self, key: str) -> tuple[Any, ...]:
        """A list of at least one value, which may be outputs."""
        value = self._take(key)
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            self.say(key, "expected a list with at least one entry")
            return ()
        return tuple(value)

    def nested(self, key: str) -> "Reader":
        """A reader of an object inside this one; an absent object has no fields."""
        return Reader.of(self._take(key), self.where(key), self.problems)

    def many(self, key: str) -> list["Reader"]:
        """A reader for each object of a list; an absent list is empty."""
        value = self._take(key)
        if value is None:
            return []
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.say(key, "expected a list")
            return []
        return [Reader.of(item, f"{self.where(key)}[{index}]", self.problems) for index, item in enumerate(value)]

    def finish(self) -> None:
        """Reports the fields that nothing read: misspelt names are mistakes, not silence."""
        for key in self.raw:
            if key not in self.known:
                near = difflib.get_close_matches(key, self.known, n=1)
                mend = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(self.known))}"
                self.problems.append(f"{self.where(key)} is not a field: {mend}")


def unique(problems: list[str], path: str, values: Sequence[str], what: str) -> None:
    """Records each value that stands more than once in a list."""
    for value in dict.fromkeys(item for item in values if item and values.count(item) > 1):
        problems.append(f"{path} has the {what} {value!r} more than once: each must be unique")


def _options(choices: type[Enum]) -> str:
    return ", ".join(str(member.value) for member in choices)


def finish_all(readers: list[Reader]) -> None:
    """Report what is left over in each of a list."""
    for each in readers:
        each.finish()
