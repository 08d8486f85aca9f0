"""List prices of AWS in us-east-1, each with its source and date."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("prices.json")


@dataclass(frozen=True)
class Price:
    """`usd` for every `per` units; an account has `free` units a month."""

    usd: float
    per: int
    free: int
    unit: str
    source: str
    date: str

    def of(self, units: float, *, allowance: bool = False) -> float:
        """What so many units cost in US dollars, with or without the account's free ones."""
        return self.usd * max(0.0, units - (self.free if allowance else 0)) / self.per


def prices() -> Mapping[str, Price]:
    """Every price by name."""
    return {name: Price(**each) for name, each in json.loads(_FILE.read_text()).items()}
