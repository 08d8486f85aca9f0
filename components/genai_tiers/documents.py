"""The documents a program ships: which files they are, whose they are, and what they are called in the bucket."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .knowledge_settings import Knowledge
from .tenant_settings import Tenant
from .validation import InvalidArgumentsError

SHARED_TENANT = "shared"
"""Owner of the documents that every tenant's answers may use."""

DOCUMENT_TYPES = frozenset({".csv", ".doc", ".docx", ".htm", ".html", ".md", ".pdf", ".txt", ".xls", ".xlsx"})
"""What a knowledge base reads (Amazon Bedrock user guide, "Prerequisites for your knowledge base data")."""


@dataclass(frozen=True)
class Document:
    """A file and the tenant that owns it."""

    path: Path
    tenant: str
    name: str
    """The path below its folder, with forward slashes."""

    @property
    def key(self) -> str:
        """Where the document is in the bucket."""
        return f"{self.tenant}/{self.name}"

    @property
    def metadata_key(self) -> str:
        """Where the document's metadata is in the bucket."""
        return f"{self.key}.metadata.json"

    @property
    def metadata(self) -> str:
        """The sidecar that a knowledge base reads: the attributes that retrieval filters by."""
        return json.dumps({"metadataAttributes": {"tenant_id": self.tenant, "document": self.name}}, sort_keys=True)


def find_documents(component: str, knowledge: Knowledge, tenants: Sequence[Tenant]) -> tuple[Document, ...]:
    """All documents, in a stable order. Raises `InvalidArgumentsError` naming each folder that is missing and each
    file that a knowledge base cannot read."""
    problems: list[str] = []
    folders = [("knowledge.shared_documents", knowledge.shared_documents, SHARED_TENANT)]
    folders += [(f"tenants[{index}].documents", tenant.documents, tenant.id) for index, tenant in enumerate(tenants)]
    documents = [
        document
        for field, folder, tenant in folders
        if folder
        for document in _in_folder(field, folder, tenant, problems)
    ]
    if problems:
        raise InvalidArgumentsError(component, problems)
    return tuple(documents)


def _in_folder(field: str, folder: str, tenant: str, problems: list[str]) -> Iterator[Document]:
    root = Path(folder)
    if not root.is_dir():
        problems.append(f"{field} is {folder!r}: there is no such folder below {Path.cwd()}")
        return
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.name.startswith("."):
            continue
        if path.suffix.lower() not in DOCUMENT_TYPES:
            problems.append(
                f"{field}: {path} cannot be read by a knowledge base; known are {', '.join(sorted(DOCUMENT_TYPES))}"
            )
            continue
        yield Document(path, tenant, path.relative_to(root).as_posix())


def digest(documents: Sequence[Document]) -> str:
    """A fingerprint of names, owners and contents: ingestion runs again when it changes."""
    total = hashlib.sha256()
    for document in documents:
        total.update(document.key.encode() + b"\0" + hashlib.sha256(document.path.read_bytes()).digest())
    return total.hexdigest()
