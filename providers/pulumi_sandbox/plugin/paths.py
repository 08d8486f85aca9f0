"""Property paths as the engine writes them: ``a.b[0]["key with.dots"]``."""

import re
from collections.abc import Sequence

_PLAIN = re.compile(r"[A-Za-z_$][\w$-]*")
_PART = re.compile(r'\.?([^.\[\]"]+)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]')

Part = str | int


def append(path: str, part: str) -> str:
    """Return ``path`` with a property name added."""
    if _PLAIN.fullmatch(part):
        return f"{path}.{part}" if path else part
    quoted = part.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{quoted}"]'


def text(parts: Sequence[Part]) -> str:
    """Return the written form of a path of names and indices."""
    result = ""
    for part in parts:
        result = f"{result}[{part}]" if isinstance(part, int) else append(result, part)
    return result


def parse(path: str) -> list[Part]:
    """Return the names and indices of a written path; ``*`` stands for any."""
    parts: list[Part] = []
    for name, index, quoted in _PART.findall(path):
        if index:
            parts.append(index if index == "*" else int(index))
        else:
            parts.append(name or quoted.replace('\\"', '"').replace("\\\\", "\\"))
    return parts


def covers(pattern: Sequence[Part], path: Sequence[Part]) -> bool:
    """Tell whether ``path`` is what ``pattern`` names, or lies inside it."""
    return len(pattern) <= len(path) and all(want in ("*", have) for want, have in zip(pattern, path, strict=False))
