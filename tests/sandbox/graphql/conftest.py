"""A sandbox and an OpenID provider of these tests' own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pulumi_sandbox import lifecycle
from pulumi_sandbox.layout import StateDirectory
from tests.sandbox.gateway.openid_provider import Provider, openid_provider
from tests.sandbox.graphql.graphql_cloud import GraphQLApi
from tests.sandbox.services.own_cloud import OwnCloud

Make = Callable[..., GraphQLApi]


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StateDirectory]:
    directory = StateDirectory(tmp_path_factory.mktemp("sandbox"))
    yield directory
    lifecycle.stop(directory)


@pytest.fixture(scope="session")
def graphql_cloud(state: StateDirectory) -> OwnCloud:
    return OwnCloud(lifecycle.start(state, 0))


@pytest.fixture(scope="session")
def openid() -> Iterator[Provider]:
    with openid_provider() as running:
        yield running


@pytest.fixture(scope="session")
def make_api(graphql_cloud: OwnCloud, openid: Provider) -> Make:
    """Return what makes an API with these settings."""

    def make(**settings: Any) -> GraphQLApi:
        return GraphQLApi(graphql_cloud, openid, settings).create()

    return make


@pytest.fixture(scope="session")
def notes(make_api: Make) -> GraphQLApi:
    """An API whose field `note` is resolved by a function that gives back what it got."""
    api = make_api()
    api.resolver("Query.note")
    return api
