import hashlib
from typing import Any

from genai_providers.dynamic.origin_secret import _OriginSecretProvider


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def rotated(outs: dict[str, Any]) -> dict[str, Any]:
    result = _OriginSecretProvider().update("id", outs, {"rotations": outs["rotations"] + 1})
    assert result.outs is not None
    return result.outs


def test_the_next_value_is_accepted_before_it_is_sent_and_the_last_one_after() -> None:
    first = _OriginSecretProvider().create({"rotations": 0}).outs
    assert first is not None
    second = rotated(first)
    third = rotated(second)
    assert len({first["value"], second["value"], third["value"]}) == 3
    assert digest(second["value"]) in first["digests"]
    assert digest(first["value"]) in second["digests"]
    assert digest(first["value"]) not in third["digests"]
    assert [len(each["digests"]) for each in (first, second, third)] == [2, 3, 3]


def test_only_another_number_rotates() -> None:
    provider = _OriginSecretProvider()
    first = provider.create({"rotations": 0}).outs
    assert first is not None
    assert not provider.diff("id", first, {"rotations": 0.0}).changes
    assert provider.diff("id", first, {"rotations": 1.0}).changes


def test_values_cannot_be_guessed() -> None:
    values = {(_OriginSecretProvider().create({"rotations": 0}).outs or {})["value"] for _ in range(10)}
    assert len(values) == 10
    assert all(len(value) == 43 for value in values)  # 32 bytes in base 64
