"""Builds the pack from the rules. Kept apart from them: constructing a pack starts its server."""

import pulumi_policy

from by_type import ask_by_type
from once import read_once
from policies import as_policy
from rules import RULES

read_once()
ask_by_type(RULES)

pulumi_policy.PolicyPack(
    name="genai-tiers",
    enforcement_level=pulumi_policy.EnforcementLevel.MANDATORY,
    policies=[as_policy(rule) for rule in RULES],
)
