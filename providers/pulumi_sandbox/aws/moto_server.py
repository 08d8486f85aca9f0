"""Moto, embedded: its configuration and its WSGI application."""

import logging
import os

from pulumi_sandbox.aws import moto_gaps
from pulumi_sandbox.aws.wsgi_call import WsgiApplication
from pulumi_sandbox.layout import ACCOUNT_ID

PINNED_VERSION = "5.2.5"


def moto_application(port: int) -> WsgiApplication:
    """Return the WSGI application that serves every AWS API moto knows.

    ``port`` is where the daemon listens: some of moto's services call back there.
    """
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT_ID
    os.environ["MOTO_PORT"] = str(port)
    # A state machine, a region or a service of the user is never "unknown": regions are checked by the SDKs.
    os.environ.setdefault("MOTO_ALLOW_NONEXISTENT_REGION", "true")

    import moto
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    if moto.__version__ != PINNED_VERSION:
        raise RuntimeError(
            f"moto {moto.__version__} is installed, but the sandbox is written for {PINNED_VERSION}: "
            f"it patches moto's inner parts. Install moto=={PINNED_VERSION} (requirements.lock has it)."
        )
    moto_gaps.install()
    for name in ("werkzeug", "moto", "botocore", "boto3", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return DomainDispatcherApplication(create_backend_app)
