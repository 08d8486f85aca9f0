"""One permission that a request needs, and the place it is needed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi_sandbox.iam_patterns import ContextValue


@dataclass(frozen=True, slots=True)
class Place:
    """Region and account of a request."""

    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a regional resource, ``resource`` being its last part."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True, slots=True)
class Access:
    """An IAM action on a resource ARN (``*`` when the action has none), with condition keys of the request."""

    action: str
    resource: str = "*"
    context: Mapping[str, ContextValue] = field(default_factory=dict[str, ContextValue])
