"""A knowledge base: documents in a bucket, their vectors in S3 Vectors, and retrieval filtered by tenant."""

import pulumi
import pulumi_aws as aws

from genai_providers.dynamic.ingestion import IngestionRun
from genai_tiers.args import KnowledgeBaseArgs
from genai_tiers.documents import digest, find_documents
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.settings import Settings, read_settings

from .buckets import PrivateBucket, private_bucket
from .chunking import ingestion_configuration, source_name
from .encryption import USE_KEY
from .iam_roles import allow, service_role
from .models import EMBEDDING_MODEL, foundation_model_arn
from .uploads import ingest_uploads

INDEX_NAME = "documents"

UNFILTERABLE = ("AMAZON_BEDROCK_TEXT", "AMAZON_BEDROCK_METADATA")
"""Where Bedrock keeps a passage's text. Filterable metadata is limited to 2,048 bytes, so they must not be
filterable, and that cannot be changed once the index exists."""


class AwsKnowledgeBase(pulumi.ComponentResource):
    """Creates a document bucket, a vector bucket with its index, a Bedrock knowledge base over both with a
    least-privilege role, uploads the documents and ingests them.

    Costs nothing at rest but storage: S3 Vectors has no idle charge.
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
        index = _vector_index(children, bucket.name, key, settings)
        base = _knowledge_base(children, bucket, index, key, settings)
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
            topic = args.get("alarm_topic")
            objects.append(ingest_uploads(children, bucket, base, source, key, topic, settings.log_retention_days))
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


def _vector_index(
    children: Children, bucket_name: pulumi.Output[str], key: pulumi.Input[str], settings: Settings
) -> aws.s3.VectorsIndex:
    # Vector buckets are not named automatically; the document bucket's name is unique and outlives a rename of the
    # component.
    vectors = aws.s3.VectorsVectorBucket(
        children.named("vectors"),
        vector_bucket_name=bucket_name.apply(lambda text: f"{text[:55]}-vectors"),
        encryption_configurations=[{"sse_type": "aws:kms", "kms_key_arn": key}],
        force_destroy=not settings.retain_data,
        opts=children.options("vectors"),
    )
    return aws.s3.VectorsIndex(
        children.named("index"),
        vector_bucket_name=vectors.vector_bucket_name,
        index_name=INDEX_NAME,
        data_type="float32",
        dimension=settings.knowledge.embedding_dimensions,
        distance_metric="cosine",
        metadata_configuration={"non_filterable_metadata_keys": list(UNFILTERABLE)},
        opts=children.options("index"),
    )


def _knowledge_base(
    children: Children,
    bucket: PrivateBucket,
    index: aws.s3.VectorsIndex,
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
            allow(
                [
                    "s3vectors:GetIndex",
                    "s3vectors:ListVectors",
                    "s3vectors:PutVectors",
                    "s3vectors:GetVectors",
                    "s3vectors:QueryVectors",
                    "s3vectors:DeleteVectors",
                ],
                [index.index_arn],
            ),
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
        storage_configuration={
            "type": "S3_VECTORS",
            "s3_vectors_configuration": {"index_arn": index.index_arn},
        },
        opts=children.options("base", depends_on=[policy]),
    )
