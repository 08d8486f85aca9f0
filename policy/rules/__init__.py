"""The rules, one module a theme."""

from collections.abc import Mapping

from rule import Rule

from . import (
    cost,
    data,
    encryption,
    exposure,
    guardrails,
    identity,
    logging,
    models,
    permissions,
    public_stores,
    recovery,
    refactor_safety,
    reliability,
    residency,
    resource_policies,
    routes,
    secrets,
    supply_chain,
    tagging,
    tenancy,
    transport,
)

THEMES: Mapping[str, tuple[Rule, ...]] = {
    "identity": (*permissions.RULES, *identity.RULES),
    "encryption": (*encryption.RULES, *transport.RULES),
    "network": (*exposure.RULES, *public_stores.RULES, *resource_policies.RULES, *routes.RULES),
    "data": data.RULES,
    "logging": logging.RULES,
    "LLM safety": (*guardrails.RULES, *models.RULES),
    "abuse and cost": cost.RULES,
    "reliability": (*reliability.RULES, *recovery.RULES),
    "tenancy": tenancy.RULES,
    "secrets and ids": secrets.RULES,
    "supply chain": supply_chain.RULES,
    "residency": residency.RULES,
    "refactor safety": refactor_safety.RULES,
    "tags": tagging.RULES,
}
"""Theme -> its rules."""

RULES: tuple[Rule, ...] = tuple(rule for rules in THEMES.values() for rule in rules)
