"""The sections of the arguments: what a user may choose of one subject, whichever component takes it."""

from typing import Required, TypedDict

from .choices import Chunking, Mfa, Modality, VectorStore
from .refs import NetworkRefs


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
    images: bool
    """Also judges the images of requests. On by default; switch it off in a region where Bedrock's guardrails take
    none. Recordings cannot be judged anywhere."""
    grounding_percent: int
    """How far the passages must bear an answer out, or it is blocked; 0, the default, does not ask. Each answer is then
    billed with all its passages, and shown only when it is whole."""
    relevance_percent: int
    """The same for how far an answer must be about the question."""


class CacheArgs(TypedDict, total=False):
    """The response cache. Entries belong to one tenant."""

    ttl_seconds: int
    """How long an answer may be served again; 0 switches the cache off."""
    semantic: bool
    """Also serves it to questions that ask for the same thing in other words. Off by default: every question that the
    cache does not have waits for its vector and a search, about a fifth of a second."""
    similarity_percent: int
    """How alike two questions must be for that: the cosine of their vectors, in hundredths."""


class JobsArgs(TypedDict, total=False):
    """Jobs: answers that are not given on the connection that asked for them."""

    kept_seconds: int
    """How long a job and its answer can be fetched."""


class ConversationsArgs(TypedDict, total=False):
    """Answers and conversations that are kept, so that later requests go on from them."""

    enabled: bool
    """On by default: an answer is kept unless its request says `"store": false`. Off, nothing is."""
    kept_days: int
    """How long after it was made an answer, or a conversation's turn, is kept."""


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


class ChunkingArgs(TypedDict, total=False):
    """How documents are cut into passages. Another way replaces the knowledge base's data source and ingests all
    documents anew; they stay where they are, and questions are answered meanwhile."""

    strategy: Chunking
    max_tokens: int
    """The longest passage, of `fixed` and `semantic`, and of the larger ones of `hierarchical`."""
    overlap_percent: int
    """Of `fixed`: how much of a passage its neighbour has too."""
    child_tokens: int
    """Of `hierarchical`: the longest of the small passages."""
    overlap_tokens: int
    """Of `hierarchical`: how much neighbours of either size share."""
    buffer_sentences: int
    """Of `semantic`: how many sentences before and after one are compared along with it."""
    breakpoint_percentile: int
    """Of `semantic`: how many percent of neighbours must be less far apart than those that a passage ends between."""


class ChainStepArgs(TypedDict, total=False):
    """One step of a chain: a call of a model, whose answer later steps may quote."""

    name: Required[str]
    """What later steps quote its answer by, for example `facts`: as `{{facts}}`."""
    prompt: Required[str]
    """Its prompt, with the sections of a prompt's text. `[question]` may quote `{{question}}` and the answers of
    earlier steps. Without a `[passage]` section nothing is retrieved for the step."""
    model: str
    """The model that is asked first, by its name; the default model when it is left out."""


class ChainArgs(TypedDict, total=False):
    """A chain of prompts, which clients ask for as if it were a model. Its steps run in a workflow engine."""

    name: str
    """What clients name as the model."""
    steps: list[ChainStepArgs]
    """In their order; the last one's answer is the client's. Without steps there is no chain."""


class KnowledgeArgs(TypedDict, total=False):
    """The knowledge base that answers are drawn from."""

    enabled: bool
    shared_documents: str
    """A folder, relative to the program, whose files every tenant's answers may use."""
    results: int
    """How many passages a question is answered from."""
    embedding_dimensions: int
    """Size of the vectors. It cannot be changed without building a new index."""
    chunking: ChunkingArgs
    vector_store: VectorStore
    """Object storage by default; a search engine costs about 175 USD a month at rest on AWS. Another one replaces the
    knowledge base and ingests all documents anew."""
    search_standby: bool
    """Keeps a second copy of the search engine in another zone, for twice the price. Off by default: after an outage,
    the index can be made again of the documents."""
    ingest_uploads: bool
    """Ingests what is put into or deleted from the documents' bucket below a tenant's id, within a minute."""


class AlarmsArgs(TypedDict, total=False):
    """Alarms besides those that always are there: on failed requests, dead letters and work that waits for too long."""

    functions: bool
    """An alarm for each function that fails or is throttled again and again. Off by default: on AWS each costs 0.30 USD
    a month."""
    tokens_per_day: int
    """An alarm when all tenants of the stack together have used this many tokens in a day; 0 is none."""


class InvocationLogArgs(TypedDict, total=False):
    """The log of every call of a model in the whole account and region, as auditors ask for it."""

    enabled: bool
    """Off by default, because only one stack of an account and region may own this setting."""
    texts: bool
    """Whether the log has what models read and wrote. On by default; off, it has who called which model, and how many
    tokens that took."""


class SpendBudgetArgs(TypedDict, total=False):
    """What the stack may cost in a month. People are told at 50, 80 and 100 % of it, and when it is going to be passed;
    nothing is stopped."""

    usd_per_month: float
    """0, as by default, is no budget."""
    emails: list[str]
    """Who is told, besides `alarm_topic`."""


class SignInArgs(TypedDict, total=False):
    """How people sign in."""

    mfa: Mfa
    admin_sign_in: bool
    """Lets an operator with cloud credentials sign in as a user, as command lines and tests do. Off by default."""


class NetworkArgs(TypedDict, total=False):
    """The network that functions run in."""

    private: bool
    """Makes a private network for them, without a way to the internet: they reach the cloud's services through
    endpoints alone. Off by default: on AWS each endpoint costs about 7 USD a month in each zone. Patterns that push
    over a WebSocket cannot run there."""
    zones: int
    """In how many zones the private network is."""
    cidr_block: str
    """Its addresses."""
    existing: NetworkRefs
    """A network of your own instead."""


class WebAppArgs(TypedDict, total=False):
    """The chat page, and what stands before it and the APIs."""

    enabled: bool
    """On by default; it costs nothing at rest but a few objects."""
    domain_name: str
    """A domain of your own; left out, the page has the address that the cloud gives it. Its DNS record is yours."""
    certificate_arn: str
    """The certificate of `domain_name`; on AWS one of us-east-1."""
    firewall: bool
    """Adds managed rules and a rate limit. Off by default: on AWS it costs about 9 USD a month at rest, and as much
    again before a GraphQL API."""
    requests_per_five_minutes: int
    """With the firewall, how many requests one address may make in five minutes."""
    close_apis: bool
    """Refuses requests that do not come through what stands before the APIs; `api_url` is then the page's address. On
    with the firewall, which could be passed by otherwise, and off without."""
    origin_secret_rotations: int
    """How often the secret has been rotated by which the APIs know what came through: one more rotates it, without an
    interruption."""
