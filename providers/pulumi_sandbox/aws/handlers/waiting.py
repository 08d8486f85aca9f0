"""Wait for what the API does in its own time."""

import time
from collections.abc import Callable, Collection
from typing import Any

_POLL_SECONDS = 0.05


def until(
    what: str,
    look: Callable[[], Any],
    status: Callable[[Any], str],
    *,
    wanted: Collection[str],
    pending: Collection[str],
    seconds: float = 60.0,
) -> Any:
    """Look until the status is one of ``wanted``, and return what was seen; None counts as status ``GONE``.

    Raises ValueError at any status that is neither wanted nor ``pending``, and after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        now = "GONE" if seen is None else status(seen)
        if now in wanted:
            return seen
        if now not in pending:
            reasons = "; ".join(seen.get("failureReasons") or ["no reason given"]) if seen else "it is gone"
            raise ValueError(f"{what}: its status is {now}, waiting for {', '.join(wanted)}: {reasons}")
        if time.monotonic() > deadline:
            raise ValueError(f"{what}: still {now} after {seconds:.0f} s, waiting for {', '.join(wanted)}")
        time.sleep(_POLL_SECONDS)
