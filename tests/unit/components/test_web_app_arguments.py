import pytest

from genai_tiers.args import ThreeTierArgs
from genai_tiers.settings import read_settings
from genai_tiers.validation import InvalidArgumentsError


def closes_apis(**web_app: object) -> bool:
    return read_settings("stack", {"web_app": web_app}, ThreeTierArgs).web_app.close_apis


def test_the_apis_are_closed_where_there_is_a_firewall_to_pass_by() -> None:
    assert not closes_apis()
    assert closes_apis(firewall=True)
    assert not closes_apis(firewall=True, close_apis=False)
    assert closes_apis(close_apis=True)


def test_closed_apis_need_the_distribution() -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        closes_apis(enabled=False, close_apis=True)
    assert list(caught.value.problems) == [
        "web_app.close_apis is True: nothing stands before the APIs without web_app.enabled; set it, or leave this out"
    ]
    assert not closes_apis(enabled=False, firewall=True)  # of the GraphQL API alone
