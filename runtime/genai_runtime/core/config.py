"""The deployment's settings: one JSON object that the infrastructure writes and the function reads once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from genai_runtime.core.settings_reader import read_settings

TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


@dataclass(frozen=True)
class ModelChoice:
    """A model that clients may ask for by `name`; `context_tokens` is the size of its context window.

    Prices are in billionths of a US dollar for a token: 60 is 0.06 USD for a million.
    """

    name: str
    model_id: str
    context_tokens: int
    input_nanousd_per_token: int
    output_nanousd_per_token: int


@dataclass(frozen=True)
class Limits:
    """What one request may ask for; every limit is stated in the error of a request that exceeds it."""

    max_body_bytes: int
    max_input_tokens: int
    max_output_tokens: int
    max_messages: int


@dataclass(frozen=True)
class TenantLimits:
    """What each tenant may use that has no limits of its own; 0 is no limit. Days and months are in UTC."""

    requests_per_minute: int
    tokens_per_day: int
    tokens_per_month: int
    spend_nanousd_per_month: int


@dataclass(frozen=True)
class PromptRef:
    """Which version of which prompt template the deployment uses."""

    name: str
    version: str


@dataclass(frozen=True)
class Tables:
    """Names of the tables that hold prompt templates, cached answers, and usage."""

    prompts: str
    cache: str
    usage: str


@dataclass(frozen=True)
class GuardrailRef:
    """A guardrail and its version, which is a snapshot of it. `grounding` and `images` say whether it judges those:
    answers against their passages, and pictures of the client."""

    id: str
    version: str
    grounding: bool
    images: bool


@dataclass(frozen=True)
class KnowledgeBaseRef:
    """A knowledge base, and how many passages a request retrieves from it."""

    id: str
    results: int


@dataclass(frozen=True)
class SemanticCacheRef:
    """Where questions that have a cached answer are found by their meaning: `index` is the ARN of the index of their
    vectors, each of `dimensions` numbers, which the embedding model makes. Questions share an answer when the cosine of
    their vectors is `similarity_percent` of a hundredth or more."""

    index: str
    embedding_model_id: str
    dimensions: int
    similarity_percent: int


@dataclass(frozen=True)
class JobsRef:
    """Where jobs are kept: a table, a bucket for what is too large for an item, and for how long."""

    table: str
    payloads_bucket: str
    kept_seconds: int


@dataclass(frozen=True)
class ConversationsRef:
    """Where answers and conversations are kept: a table, a bucket for what is too large for an item, and how long."""

    table: str
    bucket: str
    kept_seconds: int


@dataclass(frozen=True)
class WorkerRef:
    """How jobs are worked on. `function` is the worker's name where jobs are handed to it, `queue_url` the queue that
    they are handed to, else empty; `most_receives` is how often one that the queue delivers is worked on, 0 where there
    is none.

    `stream` tells an answer while it is generated. `timeout_seconds` is what one attempt may take.
    `dead_letter_queue_url` is where jobs go that no attempt could finish, where they are given up, else empty.
    """

    function: str
    queue_url: str
    stream: bool
    timeout_seconds: int
    most_receives: int
    dead_letter_queue_url: str


@dataclass(frozen=True)
class ModalityRef:
    """A kind of parts that a fan-out may have, and the names of the models that take it, the default first."""

    name: str
    models: tuple[str, ...]


@dataclass(frozen=True)
class FanOutRef:
    """How requests are fanned out: `topic` is the ARN of where parts are published, `combine_queue_url` the queue of
    what is to be combined. `deadline_seconds` is the default and the longest."""

    modalities: tuple[ModalityRef, ...]
    deadline_seconds: int
    topic: str
    combine_queue_url: str


@dataclass(frozen=True)
class ToolRef:
    """A tool of the deployment, and the name or ARN of the function that it is."""

    name: str
    function: str


@dataclass(frozen=True)
class AgentRef:
    """How the deployment's tools are used: for an answer a model is called at most `max_steps` times, and without tools
    once it has read and written `max_tokens`. A result has at most `max_result_characters`. `digest` is a hash of the
    tools' definitions, which are beside the code."""

    max_steps: int
    max_tokens: int
    max_result_characters: int
    digest: str
    tools: tuple[ToolRef, ...]


@dataclass(frozen=True)
class ChainRef:
    """A chain that clients may ask for as a model of this `name`: the ARN of the state machine that runs it, which
    takes at most `timeout_seconds`, and the bucket of what is too large for its states."""

    name: str
    state_machine: str
    timeout_seconds: int
    takes_instructions: bool
    payloads_bucket: str


@dataclass(frozen=True)
class ConnectionsConfig:
    """Settings of the functions that let clients connect, and answer what is no pattern's own.

    Messages are pushed through `websocket_url`, the API's own; clients connect at `client_websocket_url`, which differs
    where the API is closed to those who come straight. `origin_digests`: see `genai_runtime.core.entrance`.
    """

    tenant_claim: str
    shared_tenant: str
    tickets_table: str
    websocket_url: str
    client_websocket_url: str
    origin_digests: tuple[str, ...] | None
    jobs: JobsRef


@dataclass(frozen=True)
class KeptConversationsConfig:
    """Settings of the function that shows and deletes what is kept. `jobs` is where answers may be kept as well.
    `origin_digests`: see `genai_runtime.core.entrance`."""

    tenant_claim: str
    shared_tenant: str
    limits: Limits
    guardrail: GuardrailRef | None
    conversations: ConversationsRef
    jobs: JobsRef | None
    origin_digests: tuple[str, ...] | None


@dataclass(frozen=True)
class IngestionConfig:
    """Settings of the function that has uploaded documents ingested."""

    shared_tenant: str
    knowledge_base_id: str
    data_source_id: str


@dataclass(frozen=True)
class ExpiryConfig:
    """Settings of the function that forgets questions whose cached answer is gone: the ARN of their index."""

    index: str


@dataclass(frozen=True)
class Config:
    """All settings of a deployment.

    The first of `models` is the default; all are the allow-list, and in their order the fall-backs of each
    other. `tenant_claim` is the verified claim that holds the tenant; documents of `shared_tenant` are for
    every tenant. `cache_ttl_seconds` 0 turns the response cache off; without a `semantic_cache`, only equal requests
    share an answer. `origin_digests`: see `genai_runtime.core.entrance`.
    """

    tenant_claim: str
    shared_tenant: str
    models: tuple[ModelChoice, ...]
    limits: Limits
    tenant_limits: TenantLimits
    prompt: PromptRef
    tables: Tables
    cache_ttl_seconds: int
    semantic_cache: SemanticCacheRef | None
    guardrail: GuardrailRef | None
    knowledge_base: KnowledgeBaseRef | None
    model_timeout_seconds: int
    jobs: JobsRef | None
    websocket_url: str | None
    worker: WorkerRef | None
    fan_out: FanOutRef | None
    origin_digests: tuple[str, ...] | None
    agent: AgentRef | None
    chain: ChainRef | None
    conversations: ConversationsRef | None

    @property
    def tool_names(self) -> tuple[str, ...]:
        """The names of the deployment's tools."""
        return tuple(tool.name for tool in self.agent.tools) if self.agent else ()


@dataclass(frozen=True)
class ChainStepConfig(Config):
    """Settings of the function that answers a chain's steps: those of the pipeline, and where large work goes."""

    payloads_bucket: str


@dataclass(frozen=True)
class BatchRef:
    """Where files and batches are kept and how batches are worked on: records in `table`, contents in `bucket`, work in
    the queue at `queue_url`, which delivers a message `most_receives` times.

    A batch has at most `max_lines`, worked on `chunk_lines` at a time. A file has at most `max_file_bytes`, and at most
    `max_upload_bytes` when it comes through the gateway. Everything is kept for `kept_seconds`.
    """

    table: str
    bucket: str
    queue_url: str
    most_receives: int
    max_lines: int
    chunk_lines: int
    max_file_bytes: int
    max_upload_bytes: int
    kept_seconds: int


@dataclass(frozen=True)
class BatchConfig(Config):
    """Settings of the functions that take files and batches and work on them: those of the pipeline, and their own."""

    batch: BatchRef


def parse_config(text: str | None) -> Config:
    """Return the settings that the JSON object `text` holds.

    Raises:
        ConfigError: the text is missing or no JSON object, or a field is unknown, missing, of the wrong type,
            or out of its range; every such field is named.
    """
    return read_settings(Config, text, _out_of_range)


def parse_connections_config(text: str | None) -> ConnectionsConfig:
    """Return the settings of the functions that let clients connect.

    Raises:
        ConfigError: as `parse_config`.
    """
    return read_settings(ConnectionsConfig, text, lambda _: [])


def parse_kept_conversations_config(text: str | None) -> KeptConversationsConfig:
    """Return the settings of the function that shows and deletes what is kept.

    Raises:
        ConfigError: as `parse_config`.
    """
    return read_settings(KeptConversationsConfig, text, lambda _: [])


def parse_ingestion_config(text: str | None) -> IngestionConfig:
    """Return the settings of the function that has uploaded documents ingested.

    Raises:
        ConfigError: as `parse_config`.
    """
    return read_settings(IngestionConfig, text, lambda _: [])


def parse_expiry_config(text: str | None) -> ExpiryConfig:
    """Return the settings of the function that forgets questions whose cached answer is gone.

    Raises:
        ConfigError: as `parse_config`.
    """
    return read_settings(ExpiryConfig, text, lambda _: [])


def parse_chain_step_config(text: str | None) -> ChainStepConfig:
    """Return the settings of the function that answers a chain's steps.

    Raises:
        ConfigError: as `parse_config`.
    """
    return read_settings(ChainStepConfig, text, _out_of_range)


def parse_batch_config(text: str | None) -> BatchConfig:
    """Return the settings of the functions that take files and batches and work on them.

    Raises:
        ConfigError: as `parse_config`.
    """
    return read_settings(BatchConfig, text, _out_of_range)


_MINIMUMS: Final[Mapping[str, Callable[[Config], tuple[int, int]]]] = {
    "limits.max_body_bytes": lambda c: (c.limits.max_body_bytes, 1),
    "limits.max_input_tokens": lambda c: (c.limits.max_input_tokens, 1),
    "limits.max_output_tokens": lambda c: (c.limits.max_output_tokens, 1),
    "limits.max_messages": lambda c: (c.limits.max_messages, 1),
    "tenant_limits.requests_per_minute": lambda c: (c.tenant_limits.requests_per_minute, 0),
    "tenant_limits.tokens_per_day": lambda c: (c.tenant_limits.tokens_per_day, 0),
    "tenant_limits.tokens_per_month": lambda c: (c.tenant_limits.tokens_per_month, 0),
    "tenant_limits.spend_nanousd_per_month": lambda c: (c.tenant_limits.spend_nanousd_per_month, 0),
    "cache_ttl_seconds": lambda c: (c.cache_ttl_seconds, 0),
    "model_timeout_seconds": lambda c: (c.model_timeout_seconds, 1),
    "chain.timeout_seconds": lambda c: (c.chain.timeout_seconds if c.chain else 1, 1),
    "knowledge_base.results": lambda c: (c.knowledge_base.results if c.knowledge_base else 1, 1),
    "agent.max_steps": lambda c: (c.agent.max_steps if c.agent else 2, 2),
    "agent.max_tokens": lambda c: (c.agent.max_tokens if c.agent else 1, 1),
    "agent.max_result_characters": lambda c: (c.agent.max_result_characters if c.agent else 1, 1),
}


def _out_of_range(config: Config) -> list[str]:
    mistakes = [
        f"GENAI_CONFIG.{name} is {value}: it must be {minimum} or more"
        for name, measure in _MINIMUMS.items()
        for value, minimum in [measure(config)]
        if value < minimum
    ]
    if not TENANT.fullmatch(config.shared_tenant):
        mistakes.append(
            f"GENAI_CONFIG.shared_tenant is {config.shared_tenant!r}: use 1 to 128 letters, digits, . _ : -"
        )
    if not config.models:
        mistakes.append("GENAI_CONFIG.models is empty: name at least one model")
    names = [model.name for model in config.models]
    mistakes.extend(
        f"GENAI_CONFIG.models names {name!r} more than once: give every model its own name"
        for name in sorted({name for name in names if names.count(name) > 1})
    )
    if config.chain and config.chain.name in names:
        mistakes.append(f"GENAI_CONFIG.chain.name is {config.chain.name!r}: a model has that name; give it another")
    needed = config.limits.max_input_tokens + config.limits.max_output_tokens
    mistakes.extend(
        f"GENAI_CONFIG.models[{i}].context_tokens is {model.context_tokens}: it must exceed"
        f" limits.max_input_tokens + limits.max_output_tokens, {needed}"
        for i, model in enumerate(config.models)
        if model.context_tokens <= needed
    )
    return mistakes
