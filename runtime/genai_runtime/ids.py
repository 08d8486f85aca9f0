"""Object ids: TypeIDs, version 0.3.0 of the specification at https://github.com/jetify-com/typeid.

A TypeID is a lower-case prefix that names the kind of object, an underscore, and a UUID in 26 characters of
Crockford's base 32: `resp_01h455vb4pex5vsknk084sn02q`. New ids hold a UUIDv7 and so sort by time of creation;
derived ids hold a UUIDv8 made from a hash, so the same parts always give the same id.

`python -m genai_runtime.ids tnt` prints a new id of a tenant.
"""

import hashlib
import re
import secrets
import sys
import time
from typing import Final
from uuid import UUID

PREFIXES: Final = {
    "resp": "response to one request",
    "msg": "message of a response",
    "conv": "conversation",
    "job": "job of a pattern that answers later",
    "batch": "batch",
    "file": "uploaded file",
    "doc": "document of a knowledge base",
    "tnt": "tenant",
    "usr": "user",
    "key": "API key",
    "req": "one HTTP request",
}

HIGHEST_NUMBER: Final = 0xFFF
"""How many ids `numbered_id` gives, less one."""

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}
# 26 characters hold 130 bits, so the first one may not exceed 7.
_TYPE_ID: Final = re.compile(r"(?:(?P<prefix>[a-z](?:[a-z_]{0,61}[a-z])?)_)?(?P<suffix>[0-7][0-9a-hjkmnp-tv-z]{25})")


def new_id(prefix: str) -> str:
    """Return a new TypeID of `prefix`, one of `PREFIXES`.

    Raises:
        ValueError: the prefix is not one of `PREFIXES`.
    """
    return format_id(_known(prefix), _uuid7())


def derived_id(prefix: str, *parts: str) -> str:
    """Return the TypeID of `prefix`, one of `PREFIXES`, that belongs to `parts`: the same parts, the same id.

    Raises:
        ValueError: the prefix is not one of `PREFIXES`, or there are no parts.
    """
    if not parts:
        raise ValueError("derived_id needs at least one part to derive the id from")
    digest = hashlib.sha256(b"genai_runtime.ids")
    for part in (_known(prefix), *parts):
        encoded = part.encode()
        # The length keeps ("ab", "c") and ("a", "bc") apart.
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return format_id(prefix, _with_version(int.from_bytes(digest.digest()[:16], "big"), 8))


def numbered_id(prefix: str, of: str, number: int) -> str:
    """Return the TypeID of `prefix` that is number 0 to 4095 of those that belong to the id `of`.

    They sort by their number, and by time with those of other ids where `of` does. Number 0 of one of them is number 0
    of `of`.

    Raises:
        ValueError: the prefix is not one of `PREFIXES`, `of` is not a TypeID, or the number is out of range.
    """
    if not 0 <= number <= HIGHEST_NUMBER:
        raise ValueError(f"number is {number}: use 0 to {HIGHEST_NUMBER}")
    # The last bits of a UUIDv7 or UUIDv8 are chance or a hash: 62 of them are left to tell ids apart.
    return format_id(_known(prefix), UUID(int=parse_id(of)[1].int & ~HIGHEST_NUMBER | number))


def format_id(prefix: str, uuid: UUID) -> str:
    """Return the TypeID of any prefix that the specification allows, the empty one too, and any UUID.

    Raises:
        ValueError: the prefix is not one that the specification allows.
    """
    suffix = "".join(_ALPHABET[uuid.int >> shift & 31] for shift in range(125, -1, -5))
    value = f"{prefix}_{suffix}" if prefix else suffix
    if not _TYPE_ID.fullmatch(value):
        raise ValueError(
            f"prefix {prefix!r} is not a TypeID prefix: use 1 to 63 of a-z and _, with a letter at both ends"
        )
    return value


def parse_id(value: str) -> tuple[str, UUID]:
    """Return the prefix and the UUID of a TypeID.

    Raises:
        ValueError: `value` is not a TypeID.
    """
    match = _TYPE_ID.fullmatch(value)
    if match is None:
        raise ValueError(
            f"{value!r} is not a TypeID: expected <prefix>_<26 characters of 0-9 and a-z without i, l, o, u>"
        )
    number = 0
    for character in match["suffix"]:
        number = number << 5 | _VALUES[character]
    return match["prefix"] or "", UUID(int=number)


def is_id(value: object, prefix: str) -> bool:
    """Tell whether `value` is a TypeID of `prefix`."""
    match = _TYPE_ID.fullmatch(value) if isinstance(value, str) else None
    return match is not None and (match["prefix"] or "") == prefix


def _known(prefix: str) -> str:
    if prefix not in PREFIXES:
        raise ValueError(f"prefix {prefix!r} is not known: use one of {', '.join(PREFIXES)}")
    return prefix


def _uuid7() -> UUID:
    milliseconds = time.time_ns() // 1_000_000
    return _with_version(milliseconds << 80 | secrets.randbits(80), 7)


def _with_version(number: int, version: int) -> UUID:
    number &= ~(0xF << 76 | 0x3 << 62)
    return UUID(int=number | version << 76 | 0x2 << 62)


def _main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in PREFIXES:
        kinds = "\n".join(f"  {prefix:6} {kind}" for prefix, kind in PREFIXES.items())
        sys.stderr.write(f"usage: python -m genai_runtime.ids PREFIX\n{kinds}\n")
        return 2
    sys.stdout.write(new_id(arguments[0]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
