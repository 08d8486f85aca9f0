"""The backend tier: the knowledge base, the data and the key that encrypts them."""

import pulumi

from genai_tiers.args import BackendArgs, KnowledgeBaseArgs
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.refs import BackendRefs, NetworkRefs
from genai_tiers.settings import part_of, read_settings

from .conversations import conversation_store
from .encryption import stack_key
from .invocation_log import invocation_log
from .jobs import job_store
from .knowledge_base import AwsKnowledgeBase
from .private_network import private_network
from .tables import table
from .tenant_limits import tenant_limit_items


class AwsBackend(pulumi.ComponentResource):
    """Creates the customer-managed key, the usage table with the limits that are a tenant's own, the table of jobs with
    the bucket of their large payloads and, unless switched off, the knowledge base with its documents, and the table
    and the bucket of the answers and conversations that are kept; and the log of model calls and the private network
    that functions run in, where they are asked for."""

    key: pulumi.Output[str]
    usage_table: pulumi.Output[str]
    jobs_table: pulumi.Output[str]
    payloads_bucket: pulumi.Output[str]
    conversations_table: pulumi.Output[str | None]
    conversations_bucket: pulumi.Output[str | None]
    knowledge_base: pulumi.Output[str | None]
    documents_bucket: pulumi.Output[str | None]

    def __init__(self, name: str, args: BackendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_settings(f"AwsBackend {name!r}", args, BackendArgs)
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children = Children(self, name)
        key = stack_key(children, settings.retain_data, invocation_log=settings.invocation_log.enabled)
        invocation_log(children, settings, key.arn)
        usage = table(children, "usage", ("tenant", "period"), key.arn, retain_data=settings.retain_data)
        tenant_limit_items(children, settings.tenants, usage)
        jobs, payloads = job_store(children, key.arn, retain_data=settings.retain_data)
        self._network = settings.network.existing
        if settings.network.private and self._network is None:
            self._network = private_network(children, settings)
        table_arn = bucket_arn = None
        if settings.keeps_conversations:
            kept, texts = conversation_store(
                children, key.arn, settings.conversations, retain_data=settings.retain_data
            )
            table_arn, bucket_arn = kept.arn, texts.arn
        knowledge = None
        if settings.knowledge.enabled:
            knowledge = AwsKnowledgeBase(
                children.named("knowledge"),
                _knowledge_args(args, key.arn, self._network),
                children.options("knowledge"),
            )
        self.key = key.arn
        self.usage_table = usage.arn
        self.jobs_table = jobs.arn
        self.payloads_bucket = payloads.arn
        self.conversations_table = pulumi.Output.from_input(table_arn)
        self.conversations_bucket = pulumi.Output.from_input(bucket_arn)
        self._keeps_conversations = settings.keeps_conversations
        self.knowledge_base = pulumi.Output.from_input(knowledge and knowledge.knowledge_base_arn)
        self.documents_bucket = pulumi.Output.from_input(knowledge and knowledge.documents_bucket)
        self._has_knowledge = knowledge is not None
        self.register_outputs(
            {
                "key": self.key,
                "usage_table": self.usage_table,
                "jobs_table": self.jobs_table,
                "payloads_bucket": self.payloads_bucket,
                "conversations_table": self.conversations_table,
                "conversations_bucket": self.conversations_bucket,
                "knowledge_base": self.knowledge_base,
                "documents_bucket": self.documents_bucket,
            }
        )

    @property
    def refs(self) -> BackendRefs:
        """What a pattern's `backend` argument takes."""
        refs = BackendRefs(
            key=self.key,
            usage_table=self.usage_table,
            jobs_table=self.jobs_table,
            payloads_bucket=self.payloads_bucket,
        )
        if self._network:
            refs["private_network"] = self._network
        if self._keeps_conversations:
            refs["conversations_table"] = self.conversations_table.apply(lambda arn: arn or "")
            refs["conversations_bucket"] = self.conversations_bucket.apply(lambda arn: arn or "")
        if self._has_knowledge:
            refs["knowledge_base"] = self.knowledge_base.apply(lambda arn: arn or "")
        return refs


def _knowledge_args(args: BackendArgs, key: pulumi.Output[str], network: NetworkRefs | None) -> KnowledgeBaseArgs:
    own: KnowledgeBaseArgs = {**part_of(args, KnowledgeBaseArgs), "key": key}
    return {**own, "private_network": network} if network else own
