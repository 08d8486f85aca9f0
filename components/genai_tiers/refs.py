"""What tiers hand to each other and to patterns: the outputs of one, as an argument of the next. Each can be of
resources that you already have."""

from typing import Required, TypedDict

import pulumi


class NetworkRefs(TypedDict, total=False):
    """A private network that functions run in. Give your own to use one that you already have: it has to reach the
    cloud's services that the patterns use."""

    subnet_ids: Required[pulumi.Input[list[str]]]
    """Two or more in different zones, so that an outage of one is survived."""
    security_group_ids: Required[pulumi.Input[list[str]]]
    """What functions may reach."""


class FrontendRefs(TypedDict, total=False):
    """What the other tiers need of a frontend. Give your own to use an OpenID Connect provider that you
    already have."""

    issuer: Required[pulumi.Input[str]]
    """The `iss` of the tokens, an https URL."""
    audience: Required[pulumi.Input[str]]
    """The `aud` (or `client_id`) of the tokens."""
    entrance: pulumi.Input[str]
    """The URL through which the APIs are called, where they are closed to those who call them straight."""
    origin_digests: pulumi.Input[list[str]]
    """Of the secrets that prove it, given with `entrance`: SHA-256, in hexadecimal digits."""


class MiddlewareRefs(TypedDict, total=False):
    """What a pattern needs of a middleware. Resources are named by ARN on AWS and by full name on Google Cloud."""

    api: Required[pulumi.Input[str]]
    """The gateway that routes are added to."""
    api_url: Required[pulumi.Input[str]]
    """Where clients call the gateway."""
    authorizer: Required[pulumi.Input[str]]
    guardrail: Required[pulumi.Input[str]]
    guardrail_version: Required[pulumi.Input[str]]
    guardrail_images: pulumi.Input[bool]
    """Whether the guardrail judges images; left out, they are not put before it."""
    guardrail_grounding: pulumi.Input[bool]
    """Whether it judges how far passages bear an answer out, which is then shown only when it is whole."""
    prompts_table: Required[pulumi.Input[str]]
    prompt_version: Required[pulumi.Input[str]]
    cache_table: Required[pulumi.Input[str]]
    cache_index: pulumi.Input[str]
    """The index of questions that `cache_table` has an answer to, for a semantic cache."""
    websocket_api: pulumi.Input[str]
    """The WebSocket gateway, for patterns that push their answers."""
    websocket_url: pulumi.Input[str]
    """Where clients connect to it."""
    connections_url: pulumi.Input[str]
    """Its own address, which answers are pushed through; left out, it is `websocket_url`."""
    origin_digests: pulumi.Input[list[str]]
    """What requests must prove that they came through, see the frontend's. Left out, they may come straight."""
    graphql_api: pulumi.Input[str]
    """The GraphQL gateway, for pattern 1; its schema has to be `schema.graphql` of this package."""
    graphql_url: pulumi.Input[str]
    conversations_table: pulumi.Input[str]
    """Where patterns keep answers and conversations, as the gateway has routes to see and delete them; left out, they
    keep none."""
    conversations_bucket: pulumi.Input[str]
    """Where what is too large for an item of `conversations_table` goes."""


class BackendRefs(TypedDict, total=False):
    """What a pattern needs of a backend. Resources are named by ARN on AWS and by full name on Google Cloud."""

    key: Required[pulumi.Input[str]]
    """The customer-managed encryption key."""
    usage_table: Required[pulumi.Input[str]]
    knowledge_base: pulumi.Input[str]
    """Left out, answers come from the model alone."""
    jobs_table: pulumi.Input[str]
    """Where patterns that push their answers keep their jobs: string keys `pk` and `sk`, and `expires_at`."""
    payloads_bucket: pulumi.Input[str]
    """Where what is too large for an item of `jobs_table` goes."""
    private_network: NetworkRefs
    """Where functions run; left out, they are in no network of yours."""
    conversations_table: pulumi.Input[str]
    """For answers and conversations, as `jobs_table`: give it to the middleware, with its bucket."""
    conversations_bucket: pulumi.Input[str]
    """Where what is too large for an item of `conversations_table` goes."""


class BackgroundRefs(TypedDict, total=False):
    """What takes requests for a queue of jobs needs of it. Resources are named by ARN on AWS and by full name on Google
    Cloud."""

    queue: Required[pulumi.Input[str]]
    queue_url: Required[pulumi.Input[str]]
    jobs_table: Required[pulumi.Input[str]]
    payloads_bucket: Required[pulumi.Input[str]]
