"""Whether a request came through what stands before the APIs, or straight to them, past its firewall.

The distribution adds a secret to what it hands on. Functions know the SHA-256 of the values that are accepted, so the
secret itself is in none of their settings; of 256 random bits, the hash tells nothing.
"""

import hashlib
from collections.abc import Mapping
from typing import Final, Protocol

from genai_runtime.core.errors import refusal

HEADER: Final = "x-origin-verify"
"""What the distribution adds. The name is also in `genai_tiers.aws.distribution`."""


class Entrance(Protocol):
    """How a deployment's settings say where requests come in."""

    @property
    def origin_digests(self) -> tuple[str, ...] | None:
        """SHA-256, in hexadecimal digits, of the values that are accepted; None where requests may come straight."""
        ...


def came_through(headers: Mapping[str, str], entrance: Entrance) -> bool:
    """Return whether a request, its header names in lower case, has an accepted value or needs none."""
    if entrance.origin_digests is None:
        return True
    digest = hashlib.sha256(headers.get(HEADER, "").encode(errors="surrogatepass")).hexdigest()
    return digest in entrance.origin_digests


def check_entrance(headers: Mapping[str, str], entrance: Entrance) -> None:
    """Raise RefusalError for a request that came straight to the API where that is closed."""
    if not came_through(headers, entrance):
        raise refusal(
            "direct_access_denied",
            "This address is closed to direct calls. Call the address that the deployment names as its api_url.",
        )
