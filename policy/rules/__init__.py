"""The rules, one module a theme."""

from rule import Rule

from . import identity, logging, network

RULES: tuple[Rule, ...] = (*identity.RULES, *network.RULES, *logging.RULES)
