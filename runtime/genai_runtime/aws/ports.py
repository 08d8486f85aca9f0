"""The ports of a deployment on AWS."""

from genai_runtime.aws.budgets import DynamoBudgets
from genai_runtime.aws.cache import DynamoCache
from genai_runtime.aws.clients import client
from genai_runtime.aws.conversations import DynamoConversations
from genai_runtime.aws.guardrail import BedrockGuardrail
from genai_runtime.aws.idempotency import DynamoIdempotency
from genai_runtime.aws.model import BedrockModel
from genai_runtime.aws.payloads import Payloads
from genai_runtime.aws.prompts import DynamoPrompts
from genai_runtime.aws.request_log import EmbeddedMetricLog
from genai_runtime.aws.retriever import KnowledgeBase
from genai_runtime.aws.similar_questions import VectorQuestions
from genai_runtime.aws.tools import lambda_tools
from genai_runtime.aws.usage import DynamoUsage
from genai_runtime.core.clock import SystemClock
from genai_runtime.core.config import Config
from genai_runtime.core.ports import Ports


def open_clients(config: Config) -> None:
    """Make the clients that every request needs.

    For a function's start, which has a full processor however little memory the function has; making clients is a
    quarter of a second of work that a first request would wait for several times as long.
    """
    client("dynamodb")
    client("bedrock-runtime", config.model_timeout_seconds, 1)
    if config.guardrail or config.semantic_cache:
        client("bedrock-runtime")
    if config.semantic_cache:
        client("s3vectors")
    if config.knowledge_base:
        client("bedrock-agent-runtime")


def aws_ports(config: Config) -> Ports:
    """Return the ports that a deployment's settings name; nothing is called yet."""
    guardrail, knowledge_base, semantic = config.guardrail, config.knowledge_base, config.semantic_cache
    return Ports(
        guardrail=BedrockGuardrail(guardrail.id, guardrail.version) if guardrail else None,
        cache=DynamoCache(config.tables.cache) if config.cache_ttl_seconds else None,
        similar=VectorQuestions(semantic.index, semantic.embedding_model_id, semantic.dimensions) if semantic else None,
        retriever=KnowledgeBase(knowledge_base.id, knowledge_base.results) if knowledge_base else None,
        prompts=DynamoPrompts(config.tables.prompts),
        model=BedrockModel(),
        usage=DynamoUsage(config.tables.usage),
        budgets=DynamoBudgets(config.tables.usage),
        idempotency=DynamoIdempotency(config.tables.cache),
        clock=SystemClock(),
        log=EmbeddedMetricLog(),
        tools=lambda_tools(config.agent) if config.agent else None,
        conversations=aws_conversations(config),
    )


def aws_conversations(config: Config) -> DynamoConversations | None:
    """Return where answers and conversations are kept, None where they are not."""
    ref = config.conversations
    return DynamoConversations(ref.table, Payloads(ref.bucket)) if ref else None
