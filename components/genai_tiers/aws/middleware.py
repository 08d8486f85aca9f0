"""The middleware tier: the gateways, and the prompt layer with its guardrail, prompt versions and response cache."""

import pulumi

from genai_tiers.args import MiddlewareArgs
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.refs import MiddlewareRefs
from genai_tiers.settings import read_settings

from .addresses import websocket_at
from .conversations import conversation_api
from .graphql_api import graphql_api
from .guardrail import guardrail
from .http_api import http_api
from .prompts import prompt_store
from .semantic_cache import cache_index
from .tables import table
from .websocket_api import websocket_api


class AwsMiddleware(pulumi.ComponentResource):
    """Creates the HTTP API with its authorizer, stage and access logs, the guardrail and its version, the prompt
    table with every version of the prompt, and the cache table. With `cache.semantic` it creates the index of the
    cache's questions and the function that takes expired ones out of it; with `websocket` the WebSocket API too, the
    functions that let clients connect, and the route where they get their tickets; with `graphql` the GraphQL API too;
    with a table of conversations the routes to what is kept there, and their function.

    `api_url` and `websocket_url` are the APIs' own addresses. Where the frontend has closed them, clients use its
    `app_url` instead, and `refs` has the addresses there.
    """

    api: pulumi.Output[str]
    api_url: pulumi.Output[str]
    authorizer: pulumi.Output[str]
    guardrail: pulumi.Output[str]
    guardrail_version: pulumi.Output[str]
    guardrail_images: pulumi.Output[bool]
    guardrail_grounding: pulumi.Output[bool]
    prompts_table: pulumi.Output[str]
    prompt_version: pulumi.Output[str]
    cache_table: pulumi.Output[str]
    cache_index: pulumi.Output[str | None]
    websocket_api: pulumi.Output[str | None]
    websocket_url: pulumi.Output[str | None]
    graphql_api: pulumi.Output[str | None]
    graphql_url: pulumi.Output[str | None]
    conversations_table: pulumi.Output[str | None]
    conversations_bucket: pulumi.Output[str | None]

    def __init__(self, name: str, args: MiddlewareArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_settings(f"AwsMiddleware {name!r}", args, MiddlewareArgs)
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children = Children(self, name)
        frontend, key = args["frontend"], args["key"]
        api, authorizer = http_api(
            children,
            frontend["issuer"],
            frontend["audience"],
            settings.limits,
            key,
            settings.log_retention_days,
        )
        rail, version = guardrail(children, settings.guardrail, key)
        prompts, prompt_items = prompt_store(children, settings.prompt, key, retain_data=settings.retain_data)
        semantic = settings.cache.semantic
        cache = table(children, "cache", ("pk",), key, retain_data=False, expires=True, tells_keys=semantic)
        self.cache_index = pulumi.Output.from_input(None)
        if semantic:
            self.cache_index = cache_index(
                children,
                cache,
                key,
                alarms=settings.alarms,
                log_retention_days=settings.log_retention_days,
                network=args.get("private_network"),
            )
        self.api = api.id
        self.api_url = api.api_endpoint
        self.authorizer = authorizer.id
        self.guardrail = rail.guardrail_arn
        self.guardrail_version = version.version
        self.guardrail_images = pulumi.Output.from_input(settings.guardrail.images)
        self.guardrail_grounding = pulumi.Output.from_input(settings.guardrail.grounding)
        self.prompts_table = prompts.arn
        # A version is live only when its text can be read.
        self.prompt_version = pulumi.Output.all(*(item.urn for item in prompt_items)).apply(
            lambda _: settings.prompt.live_version
        )
        self.cache_table = cache.arn
        self._semantic_cache = semantic
        self.websocket_api = self.websocket_url = pulumi.Output.from_input(None)
        self._websocket = settings.websocket
        self._entrance, self._origin_digests = frontend.get("entrance"), frontend.get("origin_digests")
        if self._websocket:
            websocket, self.websocket_url = websocket_api(
                children,
                api,
                authorizer,
                cache_table=cache.arn,
                jobs_table=args.get("jobs_table", ""),
                payloads_bucket=args.get("payloads_bucket", ""),
                key=key,
                entrance=self._entrance,
                origin_digests=self._origin_digests,
                network=args.get("private_network"),
                settings=settings,
            )
            self.websocket_api = websocket.id
        self.graphql_api = self.graphql_url = pulumi.Output.from_input(None)
        self._graphql = settings.graphql
        if self._graphql:
            graphql, self.graphql_url = graphql_api(children, frontend["issuer"], frontend["audience"], key, settings)
            self.graphql_api = graphql.id
        kept = args.get("conversations_table") if settings.conversations.enabled else None
        self.conversations_table = pulumi.Output.from_input(kept)
        self.conversations_bucket = pulumi.Output.from_input(kept and args.get("conversations_bucket"))
        self._keeps_conversations = kept is not None
        if self._keeps_conversations:
            conversation_api(
                children,
                self.refs,
                jobs_table=args.get("jobs_table"),
                payloads_bucket=args.get("payloads_bucket"),
                key=key,
                network=args.get("private_network"),
                settings=settings,
            )
        self.register_outputs(dict(self.refs))

    @property
    def refs(self) -> MiddlewareRefs:
        """What a pattern's `middleware` argument takes."""
        refs = MiddlewareRefs(
            api=self.api,
            api_url=self.api_url if self._entrance is None else self._entrance,
            authorizer=self.authorizer,
            guardrail=self.guardrail,
            guardrail_version=self.guardrail_version,
            guardrail_images=self.guardrail_images,
            guardrail_grounding=self.guardrail_grounding,
            prompts_table=self.prompts_table,
            prompt_version=self.prompt_version,
            cache_table=self.cache_table,
        )
        if self._semantic_cache:
            refs["cache_index"] = self.cache_index.apply(lambda arn: arn or "")
        if self._websocket:
            refs["websocket_api"] = self.websocket_api.apply(lambda identifier: identifier or "")
            refs["connections_url"] = own = self.websocket_url.apply(lambda url: url or "")
            refs["websocket_url"] = own if self._entrance is None else websocket_at(self._entrance, own)
        if self._graphql:
            refs["graphql_api"] = self.graphql_api.apply(lambda identifier: identifier or "")
            refs["graphql_url"] = self.graphql_url.apply(lambda url: url or "")
        if self._origin_digests is not None:
            refs["origin_digests"] = self._origin_digests
        if self._keeps_conversations:
            refs["conversations_table"] = self.conversations_table.apply(lambda arn: arn or "")
            refs["conversations_bucket"] = self.conversations_bucket.apply(lambda arn: arn or "")
        return refs
