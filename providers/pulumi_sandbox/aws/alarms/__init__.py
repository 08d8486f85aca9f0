"""Evaluates metric alarms over what ``aws/metrics`` measures.

``install`` after ``events.install``, through which alarms tell their topics.
"""

import importlib

from pulumi_sandbox.aws.alarms.evaluation import Alarms

__all__ = ["install", "uninstall"]

_running: list[Alarms] = []


def install() -> None:
    """Start to measure queues and to evaluate alarms."""
    uninstall()
    # Moto finds the class when it is asked for metrics; it loads late, as all of moto.
    importlib.import_module("pulumi_sandbox.aws.metrics.moto_metrics")
    _running.append(Alarms())
    _running[0].start()


def uninstall() -> None:
    """Stop; alarms keep the state that they have."""
    while _running:
        _running.pop().stop()
