"""The settings of the knowledge base, in the argument `knowledge`."""

from dataclasses import dataclass

from .choices import VectorStore
from .chunking_settings import BY_DEFAULT, ChunkingSettings, read_chunking
from .validation import Reader

EMBEDDING_DIMENSIONS = (256, 512, 1_024)


@dataclass(frozen=True)
class Knowledge:
    """The knowledge base."""

    enabled: bool = True
    shared_documents: str = ""
    results: int = 5
    embedding_dimensions: int = 1024
    chunking: ChunkingSettings = BY_DEFAULT
    vector_store: VectorStore = VectorStore.STORAGE
    search_standby: bool = False
    ingest_uploads: bool = True


def read_knowledge(reader: Reader) -> Knowledge:
    """The settings in the argument `knowledge`."""
    default = Knowledge()
    dimensions = reader.whole("embedding_dimensions", default.embedding_dimensions, 256, 1_024, "dimensions")
    if dimensions not in EMBEDDING_DIMENSIONS:
        reader.say("embedding_dimensions", "expected 256, 512 or 1024")
    knowledge = Knowledge(
        enabled=reader.flag("enabled", default.enabled),
        shared_documents=reader.text("shared_documents"),
        results=reader.whole("results", default.results, 1, 25, "passages"),
        embedding_dimensions=dimensions,
        chunking=read_chunking(reader.nested("chunking")),
        vector_store=reader.choice("vector_store", default.vector_store),
        search_standby=reader.flag("search_standby", default.search_standby),
        ingest_uploads=reader.flag("ingest_uploads", default.ingest_uploads),
    )
    if knowledge.search_standby and knowledge.vector_store is not VectorStore.SEARCH:
        reader.say("search_standby", "only of the vector_store search; set that, or leave this out")
    reader.finish()
    return knowledge
