"""Clients of AWS services, made on first use and once a process."""

from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config

CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 5


@cache
def client(service: str, read_seconds: int = READ_SECONDS, attempts: int = 2) -> Any:
    """Return a client of a service; `attempts` counts the first one too."""
    return boto3.client(
        service,  # pyright: ignore[reportArgumentType]  # boto3's overloads know literal names only
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=read_seconds,
            retries={"mode": "standard", "total_max_attempts": attempts},
        ),
    )
