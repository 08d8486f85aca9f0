"""What is deployed: APIs with their schemas, data sources and resolvers, as AppSync's API has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_sandbox.durable import open_map

apis = open_map("appsync.apis")
"""API id -> ``graphqlApi``."""
schemas = open_map("appsync.schemas")
"""API id -> the schema's text and the status of its creation."""
sources = open_map("appsync.data_sources")
"""API id/name -> ``dataSource``."""
resolvers = open_map("appsync.resolvers")
"""API id/type/field -> ``resolver``."""


@dataclass(frozen=True, slots=True)
class Api:
    """One API as it is deployed at a moment. Keys of ``resolvers`` are (type, field)."""

    id: str
    settings: Mapping[str, Any]
    definition: str | None
    sources: Mapping[str, Mapping[str, Any]]
    resolvers: Mapping[tuple[str, str], Mapping[str, Any]]

    @property
    def arn(self) -> str:
        """The API's ARN."""
        return self.settings["arn"]

    @property
    def region(self) -> str:
        """Where the API is."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """Whose the API is."""
        return self.arn.split(":")[4]


def api_ids() -> list[str]:
    """Return the ids of all APIs."""
    return list(apis.snapshot())


def find_api(api_id: str) -> Api | None:
    """Return an API as it is deployed now."""
    settings = apis.get(api_id)
    if settings is None:
        return None
    schema = schemas.get(api_id)
    found = {tuple(key.split("/")[1:]): value for key, value in _under(resolvers, api_id)}
    return Api(
        api_id,
        settings,
        schema["definition"] if schema and schema["status"] == "SUCCESS" else None,
        {key.partition("/")[2]: value for key, value in _under(sources, api_id)},
        {(key[0], key[1]): value for key, value in found.items()},
    )


def forget(api_id: str) -> None:
    """Drop an API with all that belongs to it."""
    for table in (resolvers, sources):
        for key, _ in _under(table, api_id):
            table.pop(key, None)
    schemas.pop(api_id, None)
    apis.pop(api_id, None)


def _under(table: Any, api_id: str) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in table.snapshot().items() if key.startswith(f"{api_id}/")]
