"""What a tenant may use: requests a minute, tokens a day and a month, money a month. Days and months are in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass

from .validation import Reader

NANOUSD_PER_USD = 1_000_000_000


@dataclass(frozen=True)
class TenantLimits:
    """What each tenant may use that has no limits of its own; 0 is no limit."""

    requests_per_minute: int = 0
    tokens_per_day: int = 0
    tokens_per_month: int = 0
    spend_usd_per_month: float = 0

    @property
    def has_budget(self) -> bool:
        """Whether there is a limit of tokens or money."""
        return bool(self.tokens_per_day or self.tokens_per_month or self.spend_usd_per_month)

    @property
    def for_runtime(self) -> dict[str, int]:
        """As the runtime reads them."""
        return {
            "requests_per_minute": self.requests_per_minute,
            "tokens_per_day": self.tokens_per_day,
            "tokens_per_month": self.tokens_per_month,
            "spend_nanousd_per_month": round(self.spend_usd_per_month * NANOUSD_PER_USD),
        }


NO_LIMITS = TenantLimits()


def read_tenant_limits(reader: Reader) -> TenantLimits:
    """The limits in the argument `limits.tenant`."""
    limits = TenantLimits(
        requests_per_minute=reader.whole("requests_per_minute", 0, 0, 1_000_000, "requests"),
        tokens_per_day=reader.whole("tokens_per_day", 0, 0, 1_000_000_000_000, "tokens"),
        tokens_per_month=reader.whole("tokens_per_month", 0, 0, 10_000_000_000_000, "tokens"),
        spend_usd_per_month=reader.number("spend_usd_per_month", 0, 0, 1_000_000, "US dollars"),
    )
    reader.finish()
    return limits


@dataclass(frozen=True)
class OwnLimits:
    """The limits that one tenant has in place of those of every tenant; only those in `given` count."""

    limits: TenantLimits
    given: frozenset[str]

    @property
    def for_runtime(self) -> Mapping[str, int]:
        """Those that are given, as the runtime reads them."""
        names = {name.replace("usd", "nanousd") for name in self.given}
        return {name: value for name, value in self.limits.for_runtime.items() if name in names}


NO_OWN_LIMITS = OwnLimits(NO_LIMITS, frozenset())


def read_own_limits(reader: Reader) -> OwnLimits:
    """The limits in a tenant's own `limits`."""
    given = frozenset(name for name, value in reader.raw.items() if value is not None)
    return OwnLimits(read_tenant_limits(reader), given)
