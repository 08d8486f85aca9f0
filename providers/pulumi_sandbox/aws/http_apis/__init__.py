"""Serves the HTTP APIs of API Gateway, each on a port of its own.

``start`` once, after moto's state is there; an API's port opens when it is created and closes when it is deleted.
"""

from pulumi_sandbox.aws.http_apis.ports import start, stop

__all__ = ["start", "stop"]
