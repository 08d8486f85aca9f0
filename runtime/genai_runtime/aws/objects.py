"""Contents of files and batches in a versioned S3 bucket."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.batches import Source

_BLOCK_BYTES: Final = 256 * 1024


@dataclass(frozen=True)
class S3Objects:
    """A bucket, by its name."""

    bucket: str

    def put(self, name: str, content: bytes | BinaryIO) -> str:
        """Keep a content and return its version."""
        with calling("s3:PutObject"):
            return client("s3").put_object(Bucket=self.bucket, Key=name, Body=content)["VersionId"]

    def size_bytes(self, source: Source) -> int:
        """Return how large a content is."""
        with calling("s3:GetObjectVersion"):
            found = client("s3").head_object(Bucket=self.bucket, Key=source.object, VersionId=source.version)
        return found["ContentLength"]

    def blocks(self, source: Source) -> Iterator[bytes]:
        """Yield a content in blocks."""
        with calling("s3:GetObjectVersion"):
            found = client("s3").get_object(Bucket=self.bucket, Key=source.object, VersionId=source.version)
            yield from found["Body"].iter_chunks(_BLOCK_BYTES)

    def read(self, source: Source, start: int, end: int) -> bytes:
        """Return the bytes of a content from `start` up to `end`."""
        with calling("s3:GetObjectVersion"):
            found = client("s3").get_object(
                Bucket=self.bucket, Key=source.object, VersionId=source.version, Range=f"bytes={start}-{end - 1}"
            )
            return found["Body"].read()

    def newest(self, name: str) -> Source | None:
        """Return the content that has this name now."""
        s3 = client("s3")
        with calling("s3:GetObject"):
            try:
                found = s3.head_object(Bucket=self.bucket, Key=name)
            except s3.exceptions.ClientError as error:
                # Without a permission to list the bucket, S3 says of what is not there that it is forbidden.
                if error.response.get("Error", {}).get("Code") in {"403", "404"}:
                    return None
                raise
        return Source(name, found["VersionId"])

    def delete(self, name: str) -> None:
        """Take the name off."""
        with calling("s3:DeleteObject"):
            client("s3").delete_object(Bucket=self.bucket, Key=name)

    def url(self, source: Source, seconds: int) -> str:
        """Return a URL that gives the content to whoever has it, for some seconds."""
        named = {"Bucket": self.bucket, "Key": source.object, "VersionId": source.version}
        return client("s3").generate_presigned_url("get_object", Params=named, ExpiresIn=seconds)
