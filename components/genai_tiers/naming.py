"""Parts of names and the tags that every stack's resources carry."""

import re
from collections.abc import Mapping

import pulumi


def slug(text: str) -> str:
    """A text as a part of a name: lower-case letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def stack_name() -> str:
    """The project's and the stack's name, as logs and metrics tell where they come from."""
    return f"{pulumi.get_project()}/{pulumi.get_stack()}"


def stack_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags of everything in a stack: where it comes from, then the user's own, which win."""
    return {"project": pulumi.get_project(), "stack": pulumi.get_stack(), "managed-by": "pulumi", **tags}
