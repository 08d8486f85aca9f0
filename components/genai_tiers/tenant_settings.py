"""The settings of the tenants, in the argument `tenants`."""

from dataclasses import dataclass

from .tenant_limits import NO_OWN_LIMITS, OwnLimits, read_own_limits
from .validation import Reader, finish_all, unique

TENANT_ID = r"tnt_[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}"


@dataclass(frozen=True)
class Tenant:
    """A tenant and the folder of its own documents, if it has one."""

    id: str
    display_name: str
    documents: str = ""
    limits: OwnLimits = NO_OWN_LIMITS


def read_tenants(reader: Reader) -> tuple[Tenant, ...]:
    """The settings in the argument `tenants`."""
    readers = reader.many("tenants")
    tenants = tuple(
        Tenant(
            id=each.required_text(
                "id",
                pattern=TENANT_ID,
                expected="a tenant id such as tnt_01jv5k8w2pe1t9h3yqz7c4m6n0;"
                " `python -m genai_runtime.ids tnt` makes one",
            ),
            display_name=each.text("display_name", longest=128),
            documents=each.text("documents"),
            limits=read_own_limits(each.nested("limits")),
        )
        for each in readers
    )
    finish_all(readers)
    unique(reader.problems, "tenants", [tenant.id for tenant in tenants], "id")
    return tenants
