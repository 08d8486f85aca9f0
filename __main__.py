"""Deploys one three-tier stack as the stack's config says."""

import pulumi

from genai_providers.aws import aws_provider
from genai_tiers.aws import AwsThreeTierStack
from genai_tiers.config import require_choice, three_tier_args
from genai_tiers.naming import stack_tags

config = pulumi.Config()
require_choice(config, "cloud", ("aws",))
tags = stack_tags(config.get_object("tags") or {})
provider = aws_provider("aws", config.require("region"), tags)
stack = AwsThreeTierStack("genai", three_tier_args(config), pulumi.ResourceOptions(providers=[provider]))
for name, value in stack.outputs.items():
    pulumi.export(name, value)
