import pytest

from pulumi_sandbox.plugin.errors import UserError
from pulumi_sandbox.plugin.templates import fill

VALUES = {"name": "Orders", "topic": "projects/p/topics/t", "region": "", "location": "eu", "size": 3, "a": {"b": "c"}}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("projects/{name}", "projects/Orders"),
        ("{topic:last}", "t"),
        ("{name:lower}-{name:upper}", "orders-ORDERS"),
        ("{region|location}", "eu"),
        ("{region|'none'}", "none"),
        ("{a.b}", "c"),
        ("{size}", 3),
        (["{size}", {"x": "{name}"}], [3, {"x": "Orders"}]),
        (True, True),
    ],
)
def test_filling(template: object, filled: object) -> None:
    assert fill(template, VALUES) == filled


def test_made_values_follow_from_the_value_alone() -> None:
    for template, length in (("{name:hex8}", 8), ("{name:digits12}", 12), ("{name:uuid}", 36)):
        made = fill(template, VALUES)
        assert len(made) == length
        assert made == fill(template, VALUES)
        assert made != fill(template, {"name": "other"})


def test_a_missing_value_is_named() -> None:
    with pytest.raises(UserError, match="region or zone is needed to identify the resource"):
        fill("{region|zone}", VALUES)
