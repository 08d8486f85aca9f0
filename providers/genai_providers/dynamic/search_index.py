"""A vector index in a collection of OpenSearch Serverless, which no provider resource makes.

It is made through the service's API, not at the collection's endpoint, so that the collection need not be public.
"""

import contextlib
import time
from collections.abc import Callable
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 15.0
LONGEST_SPREAD_SECONDS = 300.0
"""How long a new data access policy may take until the service goes by it; its guide speaks of minutes."""


class SearchIndexError(Exception):
    """The index cannot be made; the text says why."""


class _SearchIndexProvider(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        client = _client(props)
        place = {"id": props["collection_id"], "indexName": props["index_name"]}
        _when_let_in(lambda: _make(client, place, props["schema"]))
        return CreateResult(f"{props['collection_id']}/{props['index_name']}", props)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        compared = ("collection_id", "index_name", "schema", "region")
        changed = [name for name in compared if _olds.get(name) != _news.get(name)]
        return DiffResult(changes=bool(changed), replaces=changed, stables=[], delete_before_replace=True)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        client = _client(props)
        try:
            client.delete_index(id=props["collection_id"], indexName=props["index_name"])
        except client.exceptions.ResourceNotFoundException:
            return


class SearchIndex(Resource):
    """An index of a collection, with the `schema` (settings and mappings) of OpenSearch's API.

    Waits until the collection's data access policy lets the deployer in, and until the index is there. Raises
    `SearchIndexError` (a failed update) when it is not let in after five minutes. Any other schema replaces the index,
    and what is in it.
    """

    def __init__(
        self,
        name: str,
        *,
        collection_id: pulumi.Input[str],
        index_name: str,
        schema: dict[str, Any],
        region: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            _SearchIndexProvider(),
            name,
            {"collection_id": collection_id, "index_name": index_name, "schema": schema, "region": region},
            opts,
        )


def _client(props: dict[str, Any]) -> Any:
    # Imported here because the class above is unpickled by the dynamic provider, where start-up time is everybody's.
    import boto3

    return boto3.client("opensearchserverless", region_name=props["region"])


def _make(client: Any, place: dict[str, str], schema: dict[str, Any]) -> None:
    # An attempt before this one may have got that far.
    with contextlib.suppress(client.exceptions.ConflictException):
        client.create_index(**place, indexSchema=_with_whole_numbers(schema))
    client.get_index(**place)


def _when_let_in(work: Callable[[], None]) -> None:
    """Do it again while the service does not know the policies yet."""
    from botocore.exceptions import ClientError

    deadline, wait = time.monotonic() + LONGEST_SPREAD_SECONDS, FIRST_WAIT_SECONDS
    while True:
        try:
            work()
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("AccessDeniedException", "ResourceNotFoundException"):
                raise
            if time.monotonic() > deadline:
                raise SearchIndexError(
                    f"the collection does not let the deployer in after {LONGEST_SPREAD_SECONDS:.0f} s: {error}; "
                    "run `pulumi up` again"
                ) from error
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)
        else:
            return


def _with_whole_numbers(value: Any) -> Any:
    """Return a value as it was before the engine made every number a float."""
    if isinstance(value, dict):
        return {key: _with_whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
