"""The work of a chain between its states: inline, or by reference in the payloads bucket when it is too large.

A state's input and result have 256 KiB at most:
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.chains.work import Work, dump_work, load_work

INLINE_BYTES: Final = 200 * 1024
"""The rest of a state's 256 KiB is for what the call of a function adds to its result."""


@dataclass(frozen=True)
class ChainPayloads:
    """Where large work goes; objects lie below the tenant's own prefix."""

    bucket: str

    def pack(self, work: Work) -> dict[str, Any]:
        """Return the work, or where it is."""
        dumped = dump_work(work)
        content = json.dumps(dumped, separators=(",", ":"), ensure_ascii=False).encode(errors="surrogatepass")
        if len(content) <= INLINE_BYTES:
            return {"inline": dumped}
        where = f"{work.caller.tenant}/chains/{work.trace.request_id}/{len(work.outcomes)}"
        with calling("s3:PutObject"):
            client("s3").put_object(Bucket=self.bucket, Key=where, Body=content)
        return {"object": where}

    def unpack(self, packed: Mapping[str, Any]) -> Work:
        """Return the work that `pack` packed."""
        if "inline" in packed:
            return load_work(packed["inline"])
        with calling("s3:GetObject"):
            content = client("s3").get_object(Bucket=self.bucket, Key=packed["object"])["Body"].read()
        return load_work(json.loads(content.decode(errors="surrogatepass")))
