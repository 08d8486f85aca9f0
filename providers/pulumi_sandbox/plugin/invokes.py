"""Functions ("data sources"): which ones the sandbox answers, and how their results are kept secret."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.plugin import invokes_aws, invokes_gcp
from pulumi_sandbox.plugin.errors import UserError
from pulumi_sandbox.plugin.provider import Provider
from pulumi_sandbox.plugin.values import Secret, has_secret, plain

_BY_PACKAGE = {"aws": invokes_aws, "gcp": invokes_gcp}


def invoke(provider: Provider, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of function ``token``. Raises UserError for one that the sandbox does not answer."""
    functions = _BY_PACKAGE[provider.package]
    function = functions.INVOKES.get(token)
    if function is None:
        known = ", ".join(sorted(name.rpartition(":")[2] for name in functions.INVOKES))
        raise UserError(f"the sandbox does not answer the function {token}; it answers {known}")
    result = dict(function(provider.cloud(arguments), plain(arguments)))
    secret = functions.SECRET_RESULTS.get(token, frozenset())
    if has_secret(dict(arguments)):
        secret = frozenset(result)
    return {name: Secret(value) if name in secret else value for name, value in result.items()}
