"""The versions of the prompt, stored where functions read them."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children
from genai_tiers.prompt_settings import Prompt

from .tables import table

PROMPT_NAME = "answer"


def prompt_store(
    children: Children, prompt: Prompt, key: pulumi.Input[str], *, retain_data: bool
) -> tuple[aws.dynamodb.Table, Sequence[pulumi.Resource]]:
    """The prompt table and its items, one a version."""
    prompts = table(children, "prompts", ("name", "version"), key, retain_data=retain_data)
    items = [
        aws.dynamodb.TableItem(
            children.named(f"prompt-{version}"),
            table_name=prompts.name,
            hash_key="name",
            range_key="version",
            item=json.dumps({"name": {"S": PROMPT_NAME}, "version": {"S": version}, "text": {"S": text}}),
            opts=children.options(f"prompt-{version}"),
        )
        for version, text in prompt.versions
    ]
    return prompts, items
