"""What a user may choose, on either cloud. Every field is optional; defaults are safe for production and cheap at rest.

These are typed dictionaries because that is the one shape that a native construction, a remote construction and stack
config have in common: the component provider host hands a component a plain dictionary. They are checked, defaulted and
made immutable in `settings.py`, which is also where the defaults and the bounds are.
"""

from enum import StrEnum
from typing import Required, TypedDict

import pulumi

from .refs import BackendRefs, BackgroundRefs, FrontendRefs, MiddlewareRefs


class Pattern(StrEnum):
    """How a client and the models talk to each other."""

    REQUEST_RESPONSE = "request-response"
    """Synchronous: the answer comes back on the same connection."""
    ASYNC_REQUEST_RESPONSE = "async-request-response"
    """Asynchronous: the whole answer is pushed over a WebSocket when it is ready."""
    STREAMING_RESPONSE = "streaming-response"
    """Asynchronous: the answer is pushed over a WebSocket while it is written."""
    BUFFERED_REQUEST_RESPONSE = "buffered-request-response"
    """Asynchronous: a queue holds the requests until a worker is free; the answer is polled, or pushed over a
    WebSocket."""
    PARALLEL_FAN_OUT = "parallel-fan-out"
    """Asynchronous: the parts of a request are worked on next to each other, by their modality, and combined."""
    BATCH_PROCESSING = "batch-processing"
    """Non-interactive: files of requests are answered in bulk; results and a manifest are written."""


class Modality(StrEnum):
    """What a part of a request is about, or what its answer has to be."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    STRUCTURED = "structured"
    """Text, whose answer is JSON that fits a schema of the client."""


class Mfa(StrEnum):
    """Whether a person needs a second factor to sign in."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    OFF = "off"


class ModelArgs(TypedDict, total=False):
    """A model that clients may name. The first of a list is the default; the others are tried in order when it
    is throttled."""

    name: Required[str]
    """The name clients use, for example `nova-lite`."""
    model_id: str
    """The cloud's own id. Left out, it is taken from the catalogue by name and from the geography of the
    stack's region."""
    context_tokens: int
    """The longest input the model takes, in tokens."""
    modalities: list[Modality]
    """What the model takes. Left out, it is taken from the catalogue; of a model that is not there, text and
    structured."""
    price_input_usd: float
    """Price of a million tokens that the model reads, in US dollars. Left out, it is the catalogue's."""
    price_output_usd: float
    """The same for tokens that it writes."""


class TenantLimitsArgs(TypedDict, total=False):
    """What a tenant may use, over all patterns; 0 is no limit. Days and months are in UTC."""

    requests_per_minute: int
    tokens_per_day: int
    tokens_per_month: int
    spend_usd_per_month: float
    """What the tenant's model calls may cost, by the models' prices."""


class TenantArgs(TypedDict, total=False):
    """A tenant: users that share documents, budgets and cache entries with each other and with nobody else."""

    id: Required[str]
    """A TypeID with the prefix `tnt`; `python -m genai_runtime.ids tnt` makes one."""
    display_name: str
    """What people call the tenant."""
    documents: str
    """A folder, relative to the program, whose files only this tenant's answers may use."""
    limits: TenantLimitsArgs
    """Limits of this tenant's own, in place of those of `limits.tenant`."""


class LimitsArgs(TypedDict, total=False):
    """What one request may cost, and how many there may be."""

    max_body_bytes: int
    max_input_tokens: int
    max_output_tokens: int
    max_messages: int
    requests_per_second: int
    """Steady rate of the whole API."""
    burst_requests: int
    """How many requests may come at once before the steady rate applies."""
    max_concurrency: int
    """How many requests are worked on at the same time; this bounds the spend on models."""
    max_workers: int
    """How many requests of a queue are worked on at the same time; the others wait in it."""
    answer_timeout_seconds: int
    """How long the model may take. The function's and the gateway's time-outs are computed from it."""
    background_timeout_seconds: int
    """The same for answers that no client waits for on a connection, such as those pushed over a WebSocket."""
    tenant: TenantLimitsArgs
    """What each tenant may use; none by default."""


class DeniedTopicArgs(TypedDict, total=False):
    """A subject that the system will not talk about."""

    name: Required[str]
    definition: Required[str]
    """One or two sentences that say what belongs to the topic."""
    examples: list[str]
    """Up to five questions of the kind that is refused."""


class GuardrailArgs(TypedDict, total=False):
    """What is checked on the way to a model and back. Attacks, harmful content, profanity and secrets always are."""

    denied_topics: list[DeniedTopicArgs]
    blocked_words: list[str]
    blocked_message: str
    """What a person reads instead of an answer."""


class CacheArgs(TypedDict, total=False):
    """The response cache. Entries belong to one tenant."""

    ttl_seconds: int
    """How long an answer may be served again; 0 switches the cache off."""


class JobsArgs(TypedDict, total=False):
    """Jobs: answers that are not given on the connection that asked for them."""

    kept_seconds: int
    """How long a job and its answer can be fetched."""


class FanOutArgs(TypedDict, total=False):
    """Requests whose parts are worked on next to each other."""

    modalities: list[Modality]
    """What parts there may be, each with a queue and a worker of its own; all that the models take by default."""
    deadline_seconds: int
    """How long parts are waited for before the answer is made of those that are there; a client may ask for less."""


class BatchScheduleArgs(TypedDict, total=False):
    """A batch that is made again and again of an object of the batches' bucket."""

    tenant: Required[str]
    """Whose batch it is: a tenant's id."""
    object: Required[str]
    """The object's name below the tenant's prefix, for example `scheduled/questions.jsonl`."""
    expression: Required[str]
    """When: `rate(1 day)`, `cron(0 3 * * ? *)` or `at(2027-01-01T00:00:00)`, in UTC."""


class BatchArgs(TypedDict, total=False):
    """Batches: files of requests that are answered in bulk."""

    max_lines: int
    """The most requests of one file."""
    chunk_lines: int
    """How many of them a worker takes at once."""
    max_workers: int
    """How many workers there are at the same time; each answers one request at a time."""
    kept_days: int
    """How long files, batches and their results are kept."""
    schedules: list[BatchScheduleArgs]


class PromptVersionArgs(TypedDict, total=False):
    """One version of the prompt. Versions are immutable: give a changed text a new version."""

    version: Required[str]
    text: Required[str]


class PromptArgs(TypedDict, total=False):
    """The prompt: all its versions, and the one that is live. Rolling back is setting `live_version` to an
    earlier one."""

    versions: list[PromptVersionArgs]
    live_version: str


class KnowledgeArgs(TypedDict, total=False):
    """The knowledge base that answers are drawn from."""

    enabled: bool
    shared_documents: str
    """A folder, relative to the program, whose files every tenant's answers may use."""
    results: int
    """How many passages a question is answered from."""
    embedding_dimensions: int
    """Size of the vectors. It cannot be changed without building a new index."""
    ingest_uploads: bool
    """Ingests what is put into or deleted from the documents' bucket below a tenant's id, within a minute."""


class SignInArgs(TypedDict, total=False):
    """How people sign in."""

    mfa: Mfa
    admin_sign_in: bool
    """Lets an operator with cloud credentials sign in as a user, as command lines and tests do. Off by default."""


class WebAppArgs(TypedDict, total=False):
    """The chat page, and what stands before it and the APIs."""

    enabled: bool
    """On by default; it costs nothing at rest but a few objects."""
    domain_name: str
    """A domain of your own; left out, the page has the address that the cloud gives it. Its DNS record is yours."""
    certificate_arn: str
    """The certificate of `domain_name`; on AWS one of us-east-1."""
    firewall: bool
    """Adds managed rules and a rate limit. Off by default: on AWS it costs about 9 USD a month at rest."""
    requests_per_five_minutes: int
    """With the firewall, how many requests one address may make in five minutes."""


class FrontendArgs(TypedDict, total=False):
    """The frontend tier: sign-in, tenant separation, and the chat page."""

    sign_in: SignInArgs
    web_app: WebAppArgs
    api_url: pulumi.Input[str]
    """The middleware's HTTP API, which the chat page talks to. Left out, there is no page."""
    websocket_url: pulumi.Input[str]
    """The middleware's WebSocket API; left out, the page does not stream."""
    retain_data: bool
    """Keeps the user directory from being deleted. On by default; off makes `pulumi destroy` delete all users."""


class MiddlewareArgs(TypedDict, total=False):
    """The middleware tier: the gateway and the prompt layer."""

    frontend: Required[FrontendRefs]
    """Whose tokens the gateway accepts."""
    key: Required[pulumi.Input[str]]
    """The backend's encryption key."""
    websocket: bool
    """Adds the WebSocket gateway; off by default. It needs the backend's `jobs_table` and `payloads_bucket`."""
    jobs_table: pulumi.Input[str]
    payloads_bucket: pulumi.Input[str]
    account_log_role: bool
    """On AWS, sets the role with which API Gateway logs WebSocket traffic, for the whole account and region. AWS needs
    one there; off by default, because only one stack may own it."""
    limits: LimitsArgs
    guardrail: GuardrailArgs
    jobs: JobsArgs
    prompt: PromptArgs
    retain_data: bool
    log_retention_days: int


class KnowledgeBaseArgs(TypedDict, total=False):
    """A knowledge base over a document bucket."""

    key: Required[pulumi.Input[str]]
    """The encryption key of the documents and vectors."""
    knowledge: KnowledgeArgs
    tenants: list[TenantArgs]
    retain_data: bool
    alarm_topic: pulumi.Input[str]
    """Where the alarms go: the ARN of a topic."""
    log_retention_days: int


class BackendArgs(TypedDict, total=False):
    """The backend tier: the knowledge base, the data and the key."""

    knowledge: KnowledgeArgs
    tenants: list[TenantArgs]
    retain_data: bool
    """Keeps tables and buckets from being deleted with their content. On by default."""
    alarm_topic: pulumi.Input[str]
    """Where the alarms go: the ARN of a topic."""
    log_retention_days: int


class RequestResponseArgs(TypedDict, total=False):
    """Pattern 1. A tier that is left out is created with its defaults, so the component works alone."""

    middleware: MiddlewareRefs
    backend: BackendRefs
    background: BackgroundRefs
    """Where requests with `"background": true` go; left out, they are refused."""
    models: list[ModelArgs]
    tenants: list[TenantArgs]
    """Of the backend, see there; give a pattern the same ones when it is given a backend."""
    limits: LimitsArgs
    cache: CacheArgs
    jobs: JobsArgs
    """How long the jobs of `background` are kept; give its pattern the same."""
    knowledge: KnowledgeArgs
    alarm_topic: pulumi.Input[str]
    """Where the alarm goes when a tenant's budget runs out; left out, it only shows."""
    retain_data: bool
    log_retention_days: int


class AsyncRequestResponseArgs(TypedDict, total=False):
    """Pattern 2. A tier that is left out is created with its defaults. A middleware that is given needs its WebSocket
    gateway, and its own backend given with it."""

    middleware: MiddlewareRefs
    backend: BackendRefs
    models: list[ModelArgs]
    tenants: list[TenantArgs]
    """Of the backend, see there; give a pattern the same ones when it is given a backend."""
    limits: LimitsArgs
    cache: CacheArgs
    jobs: JobsArgs
    knowledge: KnowledgeArgs
    alarm_topic: pulumi.Input[str]
    """Where the alarm goes when a job has failed for good; left out, the alarm only shows."""
    account_log_role: bool
    """Of the middleware that it creates, see there."""
    retain_data: bool
    log_retention_days: int


class StreamingResponseArgs(TypedDict, total=False):
    """Pattern 3. A tier that is left out is created with its defaults. A middleware that is given needs its WebSocket
    gateway, and its own backend given with it."""

    middleware: MiddlewareRefs
    backend: BackendRefs
    models: list[ModelArgs]
    tenants: list[TenantArgs]
    """Of the backend, see there; give a pattern the same ones when it is given a backend."""
    limits: LimitsArgs
    cache: CacheArgs
    jobs: JobsArgs
    knowledge: KnowledgeArgs
    alarm_topic: pulumi.Input[str]
    """Where the alarm goes when a job has failed for good; left out, the alarm only shows."""
    account_log_role: bool
    """Of the middleware that it creates, see there."""
    retain_data: bool
    log_retention_days: int


class BufferedRequestResponseArgs(TypedDict, total=False):
    """Pattern 4. A tier that is left out is created with its defaults. With a middleware that has a WebSocket gateway,
    answers are pushed there too; its own backend has to be given with it."""

    middleware: MiddlewareRefs
    backend: BackendRefs
    create_route: bool
    """Whether `POST /v1/responses` is this pattern's. On by default; switch it off where pattern 1 has that route, and
    give pattern 1 the refs of this one as its `background`."""
    models: list[ModelArgs]
    tenants: list[TenantArgs]
    """Of the backend, see there; give a pattern the same ones when it is given a backend."""
    limits: LimitsArgs
    cache: CacheArgs
    jobs: JobsArgs
    knowledge: KnowledgeArgs
    alarm_topic: pulumi.Input[str]
    """Where the alarms go when a job has failed for good or waits for too long; left out, they only show."""
    retain_data: bool
    log_retention_days: int


class ParallelFanOutArgs(TypedDict, total=False):
    """Pattern 5. A tier that is left out is created with its defaults. With a middleware that has a WebSocket gateway,
    answers are pushed there too; its own backend has to be given with it."""

    middleware: MiddlewareRefs
    backend: BackendRefs
    response_routes: bool
    """Whether `GET /v1/responses/{id}` and its cancelling are this pattern's. On by default; switch it off where
    pattern 4 has those routes, which answer for fan-outs as well."""
    models: list[ModelArgs]
    limits: LimitsArgs
    cache: CacheArgs
    jobs: JobsArgs
    fan_out: FanOutArgs
    knowledge: KnowledgeArgs
    alarm_topic: pulumi.Input[str]
    """Where the alarms go when a part has failed for good or waits for too long; left out, they only show."""
    retain_data: bool
    log_retention_days: int


class BatchProcessingArgs(TypedDict, total=False):
    """Pattern 6. A tier that is left out is created with its defaults."""

    middleware: MiddlewareRefs
    backend: BackendRefs
    models: list[ModelArgs]
    tenants: list[TenantArgs]
    """Of the backend, see there; give a pattern the same ones when it is given a backend."""
    limits: LimitsArgs
    cache: CacheArgs
    batch: BatchArgs
    knowledge: KnowledgeArgs
    alarm_topic: pulumi.Input[str]
    """Where the alarms go when work has failed for good or waits for too long; left out, they only show."""
    retain_data: bool
    log_retention_days: int


class ThreeTierArgs(TypedDict, total=False):
    """A whole system: all three tiers and the patterns on top of them."""

    patterns: list[Pattern]
    """What is deployed; all by default."""
    models: list[ModelArgs]
    """The allow-list, the default first."""
    tenants: list[TenantArgs]
    limits: LimitsArgs
    guardrail: GuardrailArgs
    cache: CacheArgs
    jobs: JobsArgs
    fan_out: FanOutArgs
    batch: BatchArgs
    prompt: PromptArgs
    knowledge: KnowledgeArgs
    sign_in: SignInArgs
    web_app: WebAppArgs
    alarm_topic: pulumi.Input[str]
    """Where alarms go: an SNS topic's ARN on AWS. Left out, alarms only show."""
    account_log_role: bool
    """Of the middleware, see there."""
    retain_data: bool
    """Keeps users, tables and buckets from being deleted with their content. On by default."""
    log_retention_days: int
