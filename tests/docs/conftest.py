"""One fresh checkout for the commands of all pages."""

from collections.abc import Iterator

import pytest
from checkout import Checkout, make_checkout, stop_sandbox


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout in which nothing is set up; the first command sets it up."""
    made = make_checkout(tmp_path_factory.mktemp("docs"))
    yield made
    stop_sandbox(made)
