"""Makes a request to moto repeatable: the same time and the same randomness give the same ids and stamps."""

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.moto_api._internal import mock_random
from moto.s3 import models

_s3_models: Any = models


@dataclass
class _Replay:
    active: bool = False


_replay = _Replay()


def replaying() -> bool:
    """Return whether a journal is being repeated: what it led to elsewhere must not happen twice."""
    return _replay.active


@contextlib.contextmanager
def repeatable(seed: int, now: float) -> Generator[None]:
    """Run the block at a given time (epoch seconds) with given randomness. The caller holds ``moto_state``."""
    real_utcnow = _s3_models.utcnow
    moment = datetime.fromtimestamp(now, UTC).replace(tzinfo=None)
    _s3_models.utcnow = lambda: moment
    mock_random.seed(seed)
    try:
        yield
    finally:
        _s3_models.utcnow = real_utcnow
        mock_random.seed()


@contextlib.contextmanager
def replay() -> Generator[None]:
    """Mark the block as the repetition of a journal."""
    _replay.active = True
    try:
        yield
    finally:
        _replay.active = False
