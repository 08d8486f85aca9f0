"""Budgets of tenants in the usage table: hash key `tenant`, range key `period`.

`rate` counts the requests of one minute. `budget#2026-11` is a month: `tokens`, `nanousd`, and the tokens of every day
as `day#2026-11-23`, each with what is held; a hold is the attribute `hold#<id>` beside them, so that one conditional
write looks at every budget and takes its part of it. `limits` are a tenant's own limits, which the deployment writes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.config import TenantLimits
from genai_runtime.core.ports import Hold, Spent

OVERRIDES_SECONDS: Final = 60.0
"""For how long a function goes by the limits that it has read."""
_HOLD: Final = "hold#"
_RATE_TRIES: Final = 5


@dataclass(frozen=True)
class DynamoBudgets:
    """Counts and books by conditional writes, so that requests at the same time cannot overrun a limit together."""

    table: str
    known: dict[str, tuple[float, Mapping[str, int]]] = field(
        default_factory=dict[str, tuple[float, Mapping[str, int]]], compare=False
    )

    def overrides(self, tenant: str, now: float) -> Mapping[str, int]:
        """Return the limits that are the tenant's own; `now` is in monotonic seconds."""
        read_at, limits = self.known.get(tenant, (float("-inf"), {}))
        if now - read_at < OVERRIDES_SECONDS:
            return limits
        with calling("dynamodb:GetItem"):
            found = client("dynamodb").get_item(TableName=self.table, Key=_key(tenant, "limits"))
        item = found.get("Item", {})
        limits = {name: int(item[name]["N"]) for name in TenantLimits.__dataclass_fields__ if name in item}
        self.known[tenant] = now, limits
        return limits

    def count(self, tenant: str, minute: int, most: int) -> bool:
        """Count a request of a minute, or return False when there were as many as there may be."""
        values = {":minute": {"N": str(minute)}, ":one": {"N": "1"}}
        more = {
            "UpdateExpression": "ADD #requests :one",
            "ConditionExpression": "#minute >= :minute AND #requests < :most",
            "ExpressionAttributeValues": {**values, ":most": {"N": str(most)}},
        }
        first = {
            "UpdateExpression": "SET #minute = :minute, #requests = :one",
            "ConditionExpression": "attribute_not_exists(#minute) OR #minute < :minute",
            "ExpressionAttributeValues": values,
        }
        names = {"#minute": "minute", "#requests": "requests"}
        for _ in range(_RATE_TRIES):
            counted, item = self._update(tenant, "rate", {**more, "ExpressionAttributeNames": names})
            if counted:
                return True
            if int(item.get("minute", {"N": "-1"})["N"]) >= minute:
                return False
            if self._update(tenant, "rate", {**first, "ExpressionAttributeNames": names})[0]:
                return True
        return False

    def hold(self, tenant: str, hold: Hold, limits: TenantLimits) -> tuple[Spent, bool]:
        """Hold tokens and money of a tenant if every budget has them; return what is spent or held, and whether."""
        period = _period(hold)
        while True:
            held, item = self._update(tenant, period, _holding(hold, limits))
            expired = [name for name in item if name.startswith(_HOLD) and _number(item[name]["M"], "until") < hold.now]
            if held or not expired:
                return _spent(item, hold), held
            for name in expired:
                given = item[name]["M"]
                tokens, nanousd = _number(given, "tokens"), _number(given, "nanousd")
                self._end(tenant, period, name, given["day"]["S"], -tokens, -nanousd)

    def settle(self, tenant: str, hold: Hold, used: Spent) -> None:
        """Book what was used in place of what was held; a hold that expired meanwhile has been given back."""
        name, period = f"{_HOLD}{hold.id}", _period(hold)
        tokens, nanousd = used.tokens_of_day, used.nanousd_of_month
        if not self._end(tenant, period, name, hold.day, tokens - hold.tokens, nanousd - hold.nanousd):
            self._update(tenant, period, _adding(hold.day, tokens, nanousd))

    def _end(self, tenant: str, period: str, name: str, day: str, tokens: int, nanousd: int) -> bool:
        """End a hold, if it is there, and correct the budgets by these amounts."""
        update = _adding(day, tokens, nanousd)
        update["UpdateExpression"] += " REMOVE #hold"
        update["ConditionExpression"] = "attribute_exists(#hold)"
        update["ExpressionAttributeNames"]["#hold"] = name
        return self._update(tenant, period, update)[0]

    def _update(self, tenant: str, period: str, update: Mapping[str, Any]) -> tuple[bool, Mapping[str, Any]]:
        """Return whether the update's condition held, and the item as it is now."""
        dynamodb = client("dynamodb")
        with calling("dynamodb:UpdateItem"):
            try:
                changed = dynamodb.update_item(
                    TableName=self.table,
                    Key=_key(tenant, period),
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **update,
                )
            except dynamodb.exceptions.ConditionalCheckFailedException as error:
                return False, error.response.get("Item", {})
        return True, changed["Attributes"]


def _key(tenant: str, period: str) -> dict[str, Any]:
    return {"tenant": {"S": tenant}, "period": {"S": period}}


def _period(hold: Hold) -> str:
    return f"budget#{hold.day[:7]}"


def _adding(day: str, tokens: int, nanousd: int) -> dict[str, Any]:
    return {
        "UpdateExpression": "ADD #day :tokens, #tokens :tokens, #nanousd :nanousd",
        "ExpressionAttributeNames": {"#day": f"day#{day}", "#tokens": "tokens", "#nanousd": "nanousd"},
        "ExpressionAttributeValues": {":tokens": {"N": str(tokens)}, ":nanousd": {"N": str(nanousd)}},
    }


def _holding(hold: Hold, limits: TenantLimits) -> dict[str, Any]:
    update = _adding(hold.day, hold.tokens, hold.nanousd)
    until = str(math.ceil(hold.expires_at))
    update["UpdateExpression"] = f"SET #hold = :hold {update['UpdateExpression']}"
    update["ExpressionAttributeNames"]["#hold"] = f"{_HOLD}{hold.id}"
    update["ExpressionAttributeValues"][":hold"] = {
        "M": {
            "tokens": {"N": str(hold.tokens)},
            "nanousd": {"N": str(hold.nanousd)},
            "day": {"S": hold.day},
            "until": {"N": until},
        }
    }
    conditions: list[str] = []
    budgets = {
        "day": limits.tokens_per_day - hold.tokens if limits.tokens_per_day else None,
        "tokens": limits.tokens_per_month - hold.tokens if limits.tokens_per_month else None,
        "nanousd": limits.spend_nanousd_per_month - hold.nanousd if limits.spend_nanousd_per_month else None,
    }
    for name, room in budgets.items():
        if room is None:
            continue
        # A request that exceeds the whole budget has no room in an empty one either.
        unused = f"attribute_not_exists(#{name}) OR " if room >= 0 else ""
        conditions.append(f"({unused}#{name} <= :room_{name})")
        update["ExpressionAttributeValues"][f":room_{name}"] = {"N": str(room)}
    update["ConditionExpression"] = " AND ".join(conditions)
    return update


def _number(item: Mapping[str, Any], name: str) -> int:
    return int(item.get(name, {"N": "0"})["N"])


def _spent(item: Mapping[str, Any], hold: Hold) -> Spent:
    return Spent(_number(item, f"day#{hold.day}"), _number(item, "tokens"), _number(item, "nanousd"))
