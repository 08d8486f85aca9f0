"""Warm instances of functions: one event at a time each, kept for a while, replaced when the function changes."""

import contextlib
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator

from pulumi_sandbox.aws.functions.errors import ThrottledError
from pulumi_sandbox.aws.functions.instance import Deployed, Instance

IDLE_SECONDS = 300.0
LIFETIME_SECONDS = 2 * 3600.0
REAP_SECONDS = 15.0
MAX_CONCURRENCY = 200
"""Of all functions without reserved concurrency. An AWS account has 1000; each costs a process here."""
_log = logging.getLogger(__name__)


class Pool:
    """All instances of a sandbox. ``launch`` starts one."""

    def __init__(self, launch: Callable[[Deployed], Instance]) -> None:
        self._launch = launch
        self._lock = threading.Lock()
        self._idle: dict[str, list[Instance]] = defaultdict(list)
        self._busy: dict[Instance, str] = {}
        self._running: dict[str, int] = defaultdict(int)
        self._unreserved = 0
        self._stopped = threading.Event()
        self._reaper = threading.Thread(target=self._reap, name="lambda-reaper", daemon=True)
        self._reaper.start()

    @contextlib.contextmanager
    def _slot(self, deployed: Deployed) -> Generator[None]:
        arn, reserved = deployed.spec.arn, deployed.reserved
        with self._lock:
            if reserved is not None and self._running[arn] >= reserved:
                raise ThrottledError("ReservedFunctionConcurrentInvocationLimitExceeded")
            if reserved is None and self._unreserved >= MAX_CONCURRENCY:
                raise ThrottledError("ConcurrentInvocationLimitExceeded")
            self._running[arn] += 1
            self._unreserved += reserved is None
        try:
            yield
        finally:
            with self._lock:
                self._running[arn] -= 1
                self._unreserved -= reserved is None

    def _take(self, deployed: Deployed) -> Instance | None:
        outdated: list[Instance] = []
        with self._lock:
            idle = self._idle[deployed.spec.arn]
            # Instances of another version may serve its callers; of this version only the present spec may.
            fits = [i for i in idle if i.spec == deployed.spec and i.usable]
            outdated = [i for i in idle if i not in fits and (i.spec.version == deployed.spec.version or not i.usable)]
            chosen = fits[-1] if fits else None
            self._idle[deployed.spec.arn] = [i for i in idle if i is not chosen and i not in outdated]
        for instance in outdated:
            instance.stop()
        return chosen

    @contextlib.contextmanager
    def instance(self, deployed: Deployed) -> Generator[Instance]:
        """Lend an instance for one event. Raises ThrottledError, and what starting an instance raises."""
        with self._slot(deployed):
            instance = self._take(deployed) or self._launch(deployed)
            with self._lock:
                self._busy[instance] = deployed.spec.arn
            try:
                yield instance
            except BaseException:
                instance.stop()
                raise
            finally:
                with self._lock:
                    del self._busy[instance]
                    keep = instance.usable and not self._stopped.is_set()
                    if keep:
                        self._idle[deployed.spec.arn].append(instance)
                if not keep:
                    instance.stop()

    def _reap(self) -> None:
        while not self._stopped.wait(REAP_SECONDS):
            for instance in self._remove_idle(self._is_due):
                instance.stop()

    @staticmethod
    def _is_due(instance: Instance) -> bool:
        now = time.monotonic()
        idle = now - instance.idle_since > IDLE_SECONDS
        return idle or now - instance.born > LIFETIME_SECONDS or not instance.usable

    def _remove_idle(self, due: Callable[[Instance], bool]) -> list[Instance]:
        with self._lock:
            removed = [i for instances in self._idle.values() for i in instances if due(i)]
            for arn, instances in list(self._idle.items()):
                left = [i for i in instances if i not in removed]
                if left:
                    self._idle[arn] = left
                else:
                    del self._idle[arn]
        return removed

    def forget(self, arn: str) -> None:
        """Stop the idle instances of a deleted function."""
        for instance in self._remove_idle(lambda i: i.spec.arn == arn):
            instance.stop()

    def stop(self) -> None:
        """Stop every instance, busy ones as well."""
        self._stopped.set()
        with self._lock:
            busy = list(self._busy)
        for instance in [*self._remove_idle(lambda _: True), *busy]:
            instance.stop()
        self._reaper.join(5)
