"""Which code makes a type: a handler of its service, or the recorder."""

import functools
import importlib
import pkgutil
from collections.abc import Mapping

from pulumi_sandbox.plugin import recorded
from pulumi_sandbox.plugin.facts import type_facts
from pulumi_sandbox.plugin.handler import Handler
from pulumi_sandbox.plugin.schema import resource_schema

_AWS_PACKAGE = "pulumi_sandbox.aws.handlers"


@functools.cache
def _aws_handlers() -> Mapping[str, Handler]:
    # Imported at the first resource operation; a preview makes none.
    package = importlib.import_module(_AWS_PACKAGE)
    modules = [
        importlib.import_module(f"{_AWS_PACKAGE}.{info.name}") for info in pkgutil.iter_modules(package.__path__)
    ]
    return {token: made for module in modules for token, made in getattr(module, "HANDLERS", {}).items()}


@functools.cache
def handler_for(token: str) -> Handler:
    """Return the handler of ``token``. Raises UnmodelledTypeError when the sandbox does not know the type."""
    facts = type_facts(token)
    own = _aws_handlers().get(token) if token.startswith("aws:") else None
    return own or recorded.handler(resource_schema(token), facts)
