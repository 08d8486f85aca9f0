"""The shape of what a public source says of a resource."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Described = tuple[str, Mapping[str, Any]]
"""A type and inputs. `{"$ref": "name.property"}` is an output of another resource of the same group."""


@dataclass(frozen=True)
class Group:
    """Resources of one source that belong together, and what the source says of them.

    `rule` is the rule of the pack that asks the same as the source; none where the pack has none. `otherwise` says why
    the pack judges otherwise than the source, by resource.
    """

    source: str
    """Where the facts are from: repository and path."""
    asks: str
    """What the source asks of the resources, in our words; a program asks nothing."""
    rule: str = ""
    violates: Mapping[str, Described] = field(default_factory=dict[str, Described])
    complies: Mapping[str, Described] = field(default_factory=dict[str, Described])
    beside: Mapping[str, Described] = field(default_factory=dict[str, Described])
    """What the others need, or what a program makes: the source says nothing of it."""
    after: Mapping[str, Described] = field(default_factory=dict[str, Described])
    """What refers to the others: the source says nothing of it either."""
    otherwise: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def resources(self) -> Mapping[str, Described]:
        """All of them; first what others refer to."""
        return {**self.beside, **self.violates, **self.complies, **self.after}


def ref(output: str) -> dict[str, str]:
    """An output of another resource of the group, such as `queue.arn`."""
    return {"$ref": output}


def document(*statements: Mapping[str, Any]) -> str:
    """An IAM policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]})


def trust(service: str) -> str:
    """A trust policy for a service."""
    return document({"Action": "sts:AssumeRole", "Principal": {"Service": service}})
