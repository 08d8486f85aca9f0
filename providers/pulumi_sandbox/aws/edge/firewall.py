"""A web ACL before a distribution: its rate-based rules count; what AWS's managed groups look for is not modelled."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

_WINDOW_SECONDS = 300
_lock = threading.Lock()
_seen: dict[tuple[str, str, str], deque[float]] = defaultdict(deque)


def blocks(acl: Mapping[str, Any], source_ip: str, now: float | None = None) -> bool:
    """Return whether a rate-based rule refuses a request of an address; every request counts, refused ones too."""
    at = time.monotonic() if now is None else now
    blocked = False
    for rule in sorted(acl.get("rules") or (), key=lambda each: each["priority"]):
        statement = (rule.get("statement") or {}).get("rateBasedStatement")
        if not statement or "block" not in (rule.get("action") or {}):
            continue
        window = statement.get("evaluationWindowSec") or _WINDOW_SECONDS
        with _lock:
            times = _seen[(acl["arn"], rule["name"], source_ip)]
            while times and times[0] <= at - window:
                times.popleft()
            times.append(at)
            blocked = blocked or len(times) > statement["limit"]
    return blocked
