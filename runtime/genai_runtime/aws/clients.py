"""Clients of AWS services, made once a process.

They come from botocore, the layer beneath boto3, because importing boto3 as well makes every cold start longer by a
third.
"""

import os
from functools import cache
from typing import Any, Final

from botocore.config import Config
from botocore.session import Session, get_session

CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 5


@cache
def client(service: str, read_seconds: int = READ_SECONDS, attempts: int = 2, endpoint_url: str | None = None) -> Any:
    """Return a client of a service; `attempts` counts the first one too. Only services that have an endpoint for each
    of their resources need `endpoint_url`."""
    return _session().create_client(
        service,
        # Lambda's own variable; botocore by itself reads AWS_DEFAULT_REGION only.
        region_name=os.environ.get("AWS_REGION"),
        endpoint_url=endpoint_url,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=read_seconds,
            retries={"mode": "standard", "total_max_attempts": attempts},
            # S3 signs URLs the old way unless told otherwise, and refuses them for what is encrypted with a KMS key.
            signature_version="s3v4" if service == "s3" else None,
        ),
    )


@cache
def _session() -> Session:
    # One session, so that credentials and endpoint rules are loaded once.
    return get_session()
