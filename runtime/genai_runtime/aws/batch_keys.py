"""Keys of files and batches in the table of jobs. Identity providers choose the user's id; quoted, it cannot hold the
separator."""

from typing import Any
from urllib.parse import quote

from genai_runtime.core.batches import BatchKey


def owned(kind: str, tenant: str, user: str) -> dict[str, Any]:
    """Return the hash key of all that one user has of a kind."""
    return {"S": f"{kind}#{tenant}#{quote(user, safe='')}"}


def batch_item(key: BatchKey) -> dict[str, Any]:
    """Return the key of a batch."""
    return {"pk": owned("batches", key.tenant, key.user), "sk": {"S": key.id}}


def lines_of(key: BatchKey, chunk: int) -> dict[str, Any]:
    """Return the hash key of what is kept of a part's lines."""
    return {"S": f"lines#{key.tenant}#{quote(key.user, safe='')}#{key.id}#{chunk:06}"}
