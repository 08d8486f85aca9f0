"""Times the steps of a request, and remembers in which one it failed."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from genai_runtime.core.ports import Clock


@dataclass
class Steps:
    """The steps of one request: what each took, in milliseconds, in the order in which they ran.

    `failed` is the last step that raised; `tolerated` holds the failures that did not fail the request; `measured` is
    what else the log says in numbers.
    """

    clock: Clock
    taken_ms: dict[str, float] = field(default_factory=dict[str, float])
    failed: str | None = None
    tolerated: dict[str, str] = field(default_factory=dict[str, str])
    measured: dict[str, float] = field(default_factory=dict[str, float])

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Time what runs inside, under `name`."""
        start = self.clock.monotonic()
        try:
            yield
        except Exception:
            self.failed = name
            raise
        finally:
            elapsed = (self.clock.monotonic() - start) * 1000
            self.taken_ms[name] = round(self.taken_ms.get(name, 0.0) + elapsed, 2)
