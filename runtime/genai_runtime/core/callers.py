"""Who asks: the user and the tenant of verified claims, never of a body."""

from collections.abc import Mapping
from typing import Protocol

from genai_runtime.core.config import TENANT
from genai_runtime.core.errors import refusal
from genai_runtime.core.request import Caller


class Tenancy(Protocol):
    """How a deployment's settings tell tenants apart."""

    @property
    def tenant_claim(self) -> str:
        """The verified claim that holds the tenant."""
        ...

    @property
    def shared_tenant(self) -> str:
        """The owner of what every tenant may read, which is nobody's own tenant."""
        ...


def caller_of(claims: Mapping[str, object], tenancy: Tenancy) -> Caller:
    """Return the caller that verified claims name.

    Raises:
        RefusalError: the claims have no subject or no valid tenant.
    """
    user, tenant = claims.get("sub"), claims.get(tenancy.tenant_claim)
    if not isinstance(user, str) or not user:
        raise refusal("invalid_token", "The token has no subject (claim 'sub'); sign in again.")
    if not isinstance(tenant, str) or not tenant:
        raise refusal("tenant_missing", f"The token names no tenant (claim {tenancy.tenant_claim!r}).")
    if not TENANT.fullmatch(tenant) or tenant == tenancy.shared_tenant:
        raise refusal(
            "tenant_missing", f"The tenant that the token names (claim {tenancy.tenant_claim!r}) is not a valid one."
        )
    return Caller(tenant, user)
