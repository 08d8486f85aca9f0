"""Facts of public rule fixtures and public programs, as data in our words: what is made, and what its source says of
it. Each stack holds what does not disturb each other."""

from collections.abc import Mapping, Sequence

from . import cdk_nag, cdk_nag_stores, checkov, kics, programs, programs_elsewhere
from .fact import Group

STACKS: Mapping[str, Sequence[Group]] = {
    "kics": kics.GROUPS,
    "checkov": checkov.GROUPS,
    "cdk-nag": (*cdk_nag.GROUPS, *cdk_nag_stores.GROUPS),
    "programs": programs.SERVERLESS,
    "containers": (*programs_elsewhere.CONTAINERS, *programs_elsewhere.GOOGLE_CLOUD),
}
"""Name of a stack -> the groups that are made in it."""

__all__ = ["STACKS", "Group"]
