"""Runs state machines: an interpreter of the Amazon States Language that calls AWS APIs as the machine's role.

``prepare_moto`` once, before moto serves; ``install`` after ``functions.install``, whose log writer it shares.
"""

from pulumi_sandbox.aws import functions
from pulumi_sandbox.aws.states import installed
from pulumi_sandbox.aws.states.executions import Executions
from pulumi_sandbox.aws.states.installed import Installed

__all__ = ["install", "prepare_moto", "uninstall"]


def prepare_moto() -> None:
    """Make moto's Step Functions API ours, but for what it stores."""
    from pulumi_sandbox.aws.states import execution_api, machine_api, machines

    for part in (machines, machine_api, execution_api):
        part.install()


def install(endpoint: str) -> None:
    """Run executions, those first that an earlier process left. ``endpoint`` is the URL of the AWS APIs."""
    uninstall()
    executions = Executions(endpoint, functions.log_writer())
    installed.replace(Installed(executions))
    executions.resume()


def uninstall() -> None:
    """End all threads; standard executions go on at the next ``install``."""
    if parts := installed.replace(None):
        parts.executions.shut_down()
