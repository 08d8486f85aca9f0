"""A knowledge base: documents in a bucket, their vectors in a store, and retrieval filtered by tenant."""

import pulumi
import pulumi_aws as aws

from genai_providers.dynamic.ingestion import IngestionRun
from genai_tiers.args import KnowledgeBaseArgs, VectorStore
from genai_tiers.documents import digest, find_documents
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.settings import Settings, read_settings

from .buckets import PrivateBucket, private_bucket
from .chunking import ingestion_configuration, source_name
from .encryption import USE_KEY
from .iam_roles import allow, service_role
from .models import EMBEDDING_MODEL, foundation_model_arn
from .search_collection import search_collection
from .uploads import ingest_uploads
from .vector_bucket import vector_bucket
from .vector_store import Store

VECTOR_STORES = {VectorStore.STORAGE: vector_bucket, VectorStore.SEARCH: search_collection}


class AwsKnowledgeBase(pulumi.ComponentResource):
    """Creates a document bucket, a vector store, a Bedrock knowledge base over both with a least-privilege role,
    uploads the documents and ingests them.

    Costs nothing at rest but storage, unless the vector store is a search engine.
    """

    knowledge_base_id: pulumi.Output[str]
    knowledge_base_arn: pulumi.Output[str]
    data_source_id: pulumi.Output[str]
    documents_bucket: pulumi.Output[str]

    def __init__(self, name: str, args: KnowledgeBaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_settings(f"AwsKnowledgeBase {name!r}", args, KnowledgeBaseArgs)
        documents = find_documents(f"AwsKnowledgeBase {name!r}", settings.knowledge, settings.tenants)
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children = Children(self, name)
        key = args["key"]
        bucket = private_bucket(children, "documents", key, retain_data=settings.retain_data)
        store = VECTOR_STORES[settings.knowledge.vector_store](children, bucket.name, key, settings)
        base = _knowledge_base(children, bucket, store, key, settings)
        source = aws.bedrock.AgentDataSource(
            children.named("source"),
            name=source_name(settings.knowledge.chunking),
            knowledge_base_id=base.id,
            data_source_configuration={"type": "S3", "s3_configuration": {"bucket_arn": bucket.arn}},
            vector_ingestion_configuration=ingestion_configuration(settings.knowledge.chunking),
            # Vectors go with the index. With DELETE, destroying a stack sticks when the role or the index goes first.
            # Of a data source that another replaces, the ingestion run sets it.
            data_deletion_policy="RETAIN",
            opts=children.options("source"),
        )
        objects: list[pulumi.Resource] = []
        if settings.knowledge.ingest_uploads:
            watched, days, network = settings.alarms, settings.log_retention_days, args.get("private_network")
            objects.append(ingest_uploads(children, bucket, base, source, key, watched, days, network))
        for document in documents:
            content = pulumi.FileAsset(str(document.path.resolve()))
            sidecar = pulumi.StringAsset(document.metadata)
            for path, asset in ((document.key, content), (document.metadata_key, sidecar)):
                role = f"document-{path}"
                objects.append(
                    aws.s3.BucketObjectv2(
                        children.named(role),
                        bucket=bucket.name,
                        key=path,
                        source=asset,
                        opts=children.options(role, depends_on=bucket.ready),
                    )
                )
        region = aws.get_region_output(opts=pulumi.InvokeOptions(parent=self)).region
        ingestion = IngestionRun(
            children.named("ingestion"),
            knowledge_base_id=base.id,
            data_source_id=source.data_source_id,
            documents_digest=digest(documents),
            documents=[key for document in documents for key in (document.key, document.metadata_key)],
            bucket=bucket.name,
            region=region,
            opts=children.options("ingestion", depends_on=objects),
        )
        # Nobody reads the knowledge base before its documents are in it.
        self.knowledge_base_id = pulumi.Output.all(base.id, ingestion.id).apply(lambda ids: ids[0])
        self.knowledge_base_arn = base.arn
        self.data_source_id = source.data_source_id
        self.documents_bucket = bucket.name
        self.register_outputs(
            {
                "knowledge_base_id": self.knowledge_base_id,
                "knowledge_base_arn": self.knowledge_base_arn,
                "data_source_id": self.data_source_id,
                "documents_bucket": self.documents_bucket,
            }
        )


def _knowledge_base(
    children: Children,
    bucket: PrivateBucket,
    store: Store,
    key: pulumi.Input[str],
    settings: Settings,
) -> aws.bedrock.AgentKnowledgeBase:
    invoke = pulumi.InvokeOptions(parent=children.parent)
    account = aws.get_caller_identity_output(opts=invoke).account_id
    embedding_model = pulumi.Output.all(
        aws.get_partition_output(opts=invoke).partition, aws.get_region_output(opts=invoke).region
    ).apply(lambda place: foundation_model_arn(place[0], place[1], EMBEDDING_MODEL))
    role, policy = service_role(
        children,
        "knowledge",
        "bedrock.amazonaws.com",
        [
            allow(["s3:ListBucket"], [bucket.arn]),
            allow(["s3:GetObject"], [bucket.arn.apply(lambda arn: f"{arn}/*")]),
            allow(["bedrock:InvokeModel"], [embedding_model]),
            *store.statements,
            allow(USE_KEY, [key]),
        ],
        account,
    )
    return aws.bedrock.AgentKnowledgeBase(
        children.named("base"),
        role_arn=role.arn,
        knowledge_base_configuration={
            "type": "VECTOR",
            "vector_knowledge_base_configuration": {
                "embedding_model_arn": embedding_model,
                "embedding_model_configuration": {
                    "bedrock_embedding_model_configuration": {
                        "dimensions": settings.knowledge.embedding_dimensions,
                        "embedding_data_type": "FLOAT32",
                    }
                },
            },
        },
        storage_configuration=store.configuration,
        opts=children.options("base", depends_on=[policy, *store.admit(role.arn)]),
    )
