"""Texts of a job, a batch or a conversation: compressed in its item, or by reference in a bucket when they are too
large for one.

An item holds 400 KB at most, names and all:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling

INLINE_BYTES: Final = 128 * 1024
"""A job's item holds two texts, the request and the response."""


class Owner(Protocol):
    """What texts belong to, such as a job."""

    @property
    def place(self) -> str:
        """Where its objects lie, below the tenant's own prefix."""
        ...


@dataclass(frozen=True)
class Payloads:
    """Where large texts go; objects lie below the tenant's own prefix."""

    bucket: str

    def pack(self, key: Owner, name: str, text: str) -> dict[str, Any]:
        """Return the attribute that holds the text, or says where it is."""
        content = zlib.compress(text.encode(errors="surrogatepass"))
        if len(content) <= INLINE_BYTES:
            return {"B": content}
        where = f"{key.place}/{name.replace('#', '-')}"
        with calling("s3:PutObject"):
            client("s3").put_object(Bucket=self.bucket, Key=where, Body=content)
        return {"S": where}

    def unpack(self, attribute: Mapping[str, Any]) -> str:
        """Return the text of an attribute."""
        if "B" in attribute:
            content: bytes = attribute["B"]
        else:
            with calling("s3:GetObject"):
                content = client("s3").get_object(Bucket=self.bucket, Key=attribute["S"])["Body"].read()
        return zlib.decompress(content).decode(errors="surrogatepass")

    def delete(self, attribute: Mapping[str, Any]) -> None:
        """Delete the text of an attribute, where it is not in the item itself."""
        if "S" in attribute:
            with calling("s3:DeleteObject"):
                client("s3").delete_object(Bucket=self.bucket, Key=attribute["S"])
