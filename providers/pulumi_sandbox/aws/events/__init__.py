"""Moves events to where the deployed stack says: from queues, topics, buckets, buses, schedules and streams.

``prepare_moto`` once, before moto's state is read; ``install`` after ``functions.install``.
"""

from pulumi_sandbox.aws.events import moto_buckets, moto_mappings, moto_rules, moto_schedules, moto_topics
from pulumi_sandbox.aws.events.deliveries import Deliverer
from pulumi_sandbox.aws.events.expiry import ExpirySweeper
from pulumi_sandbox.aws.events.queue_sources import QueueSources
from pulumi_sandbox.aws.events.schedules import Schedules
from pulumi_sandbox.aws.events.stream_sources import StreamSources

__all__ = ["install", "prepare_moto", "uninstall"]


_running: list[QueueSources | StreamSources | Deliverer | Schedules | ExpirySweeper] = []


def prepare_moto() -> None:
    """Take moto's own deliveries out of the way of ours."""
    for part in (moto_buckets, moto_mappings, moto_rules, moto_schedules, moto_topics):
        part.install()


def install(endpoint: str) -> None:
    """Start everything that moves events, with what an earlier process left undone.

    ``endpoint`` is the URL of the AWS APIs that deliveries are made through.
    """
    uninstall()
    _running.extend([QueueSources(), StreamSources(), Deliverer(endpoint), Schedules(), ExpirySweeper(endpoint)])
    for part in _running:
        part.start()


def uninstall() -> None:
    """Stop; what is not delivered stays where it is."""
    while _running:
        _running.pop().stop()
