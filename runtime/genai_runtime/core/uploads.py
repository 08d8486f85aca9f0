"""Documents that somebody puts into the bucket: whose they are, and what the knowledge base must be told about them."""

import json
from dataclasses import dataclass
from typing import Final

from genai_runtime.ids import is_id

METADATA_SUFFIX: Final = ".metadata.json"


@dataclass(frozen=True)
class Upload:
    """A document by its key, `<tenant>/<name>`: who may write below a tenant's prefix decides whose documents are."""

    key: str
    tenant: str
    name: str

    @property
    def metadata_key(self) -> str:
        """Where the attributes are that retrieval filters by."""
        return f"{self.key}{METADATA_SUFFIX}"

    @property
    def metadata(self) -> str:
        """The attributes as the knowledge base reads them. Without them no tenant finds the document."""
        return json.dumps({"metadataAttributes": {"tenant_id": self.tenant, "document": self.name}}, sort_keys=True)


def upload_of(key: str, shared_tenant: str) -> Upload | None:
    """Return the document of a key, or None for a key that is no document of any tenant."""
    tenant, _, name = key.partition("/")
    if not name or key.endswith(METADATA_SUFFIX):
        return None
    return Upload(key, tenant, name) if tenant == shared_tenant or is_id(tenant, "tnt") else None
