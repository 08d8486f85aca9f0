"""Reads the JSON body of a request, and the values in it, noting every mistake instead of stopping at one."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from genai_runtime.core.errors import Mistake, RefusalError, refusal


def parse_body(body: bytes, max_bytes: int) -> Mapping[str, Any]:
    """Return the JSON object that the body of a request holds.

    Raises:
        RefusalError: the body is empty, too large, not UTF-8, not JSON, or no object.
    """
    if len(body) > max_bytes:
        raise refusal(
            "request_too_large",
            f"The request body has {len(body)} bytes; the limit is {max_bytes} bytes. Send a smaller body.",
        )
    if not body.strip():
        raise refusal("empty_body", "The request body is empty; send a JSON object.")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise refusal(
            "invalid_json", f"The request body is not UTF-8: byte {error.start} is wrong. Send JSON in UTF-8."
        ) from None
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise refusal("invalid_json", f"The request body is not JSON: {error.msg} at {where}.") from None
    except RecursionError:
        raise refusal("invalid_json", "The request body is nested too deeply.") from None
    except ValueError as error:
        raise refusal("invalid_json", f"The request body is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise refusal("invalid_json", f"The request body is {json_kind(value)}; send a JSON object.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def json_kind(value: Any) -> str:
    """Return what JSON calls a value of this type, with its article."""
    if value is None:
        return "null"
    kinds = {bool: "a boolean", int: "an integer", float: "a number", str: "a string", list: "an array"}
    return kinds.get(type(value), "an object")


@dataclass(frozen=True)
class Fields:
    """The values of one object of the body, and the mistakes found in the whole body so far.

    `path` is the object's own path, "messages[0]", empty for the body. A value of null is read as absent.
    """

    values: Mapping[str, Any]
    path: str = ""
    mistakes: list[Mistake] = field(default_factory=list[Mistake])

    def param(self, name: str) -> str:
        """Return the path of one of the values."""
        return f"{self.path}.{name}" if self.path else name

    def note(self, name: str, problem: str, code: str = "invalid_value") -> None:
        """Note a mistake: `problem` goes on after the path, as in "must be a string"."""
        self.mistakes.append(Mistake(self.param(name), f"{self.param(name)} {problem}.", code))

    def get(self, name: str, kinds: tuple[type, ...], expected: str) -> Any:
        """Return a value of one of the kinds, or None when it is absent or of another kind."""
        value = self.values.get(name)
        # type(), because bool is an int to isinstance.
        if value is None or type(value) in kinds:
            return value
        self.note(name, f"is {json_kind(value)}; it must be {expected}", "invalid_type")
        return None

    def text(self, name: str, *, longest: int | None = None) -> str | None:
        """Return a string of valid Unicode and at most `longest` characters."""
        value: str | None = self.get(name, (str,), "a string")
        if value is not None and not is_unicode(value):
            self.note(name, "has half of a surrogate pair; send valid Unicode")
            return None
        if value is not None and longest is not None and len(value) > longest:
            self.note(name, f"has {len(value)} characters; the limit is {longest}")
            return None
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean, False when it is absent."""
        return bool(self.get(name, (bool,), "true or false"))

    def integer(self, name: str, lowest: int, highest: int) -> int | None:
        """Return an integer in a range."""
        return self._in_range(name, self.get(name, (int,), "an integer"), lowest, highest)

    def number(self, name: str, lowest: float, highest: float) -> float | None:
        """Return a number in a range."""
        return self._in_range(name, self.get(name, (int, float), "a number"), lowest, highest)

    def objects(self, name: str) -> Sequence[Any] | None:
        """Return an array, whatever its items."""
        return self.get(name, (list,), "an array")

    def object(self, name: str) -> "Fields":
        """Return the values of an object, none when it is absent."""
        return Fields(self.get(name, (dict,), "an object") or {}, self.param(name), self.mistakes)

    def item(self, name: str, index: int, value: Any) -> "Fields":
        """Return the values of an object in an array, none when the item is something else."""
        path = f"{self.param(name)}[{index}]"
        if not isinstance(value, dict):
            problem = f"{path} is {json_kind(value)}; it must be an object."
            self.mistakes.append(Mistake(path, problem, "invalid_type"))
            value = {}
        return Fields(value, path, self.mistakes)

    def only(self, known: Collection[str], unsupported: Mapping[str, tuple[Sequence[Any], str]]) -> None:
        """Note what is not known, and what is not supported, except with a value that asks for nothing.

        `unsupported` maps a name to the values that may be given all the same, and to what to do instead.
        """
        for name, value in self.values.items():
            if name in known or value is None:
                continue
            if name not in unsupported:
                self.note(name, "is not a known parameter; leave it out", "unknown_parameter")
            elif not any(type(value) is type(fine) and value == fine for fine in unsupported[name][0]):
                self.note(name, f"is not supported here; {unsupported[name][1]}", "unsupported_parameter")

    def done(self) -> None:
        """End the reading.

        Raises:
            RefusalError: there were mistakes.
        """
        if self.mistakes:
            raise RefusalError(tuple(self.mistakes))

    def _in_range(self, name: str, value: Any, lowest: float, highest: float) -> Any:
        if value is None or (math.isfinite(value) and lowest <= value <= highest):
            return value
        self.note(name, f"is {str(value)[:40]}; it must be from {lowest} to {highest}")
        return None


def is_unicode(text: str) -> bool:
    """Tell whether a string holds only characters that UTF-8 can carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
