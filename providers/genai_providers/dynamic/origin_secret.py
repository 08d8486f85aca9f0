"""The secret with which a distribution proves to its origins that a request came through it.

It is made here, in the provider's process, and leaves it only as secret outputs. Those who check it get digests.
"""

import hashlib
import secrets
import uuid
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

SECRET_BYTES = 32
KEPT = ("previous", "value", "upcoming")


class _OriginSecretProvider(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(str(uuid.uuid4()), _outputs(props, "", _new(), _new()))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        changed = _olds.get("rotations") != _news.get("rotations")
        return DiffResult(changes=changed, replaces=[], stables=[], delete_before_replace=False)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(_outputs(_news, _olds["value"], _olds["upcoming"], _new()))


class OriginSecret(Resource):
    """A random secret that another number of `rotations` exchanges without a moment in which nothing fits.

    `digests` are the SHA-256 of three values: the one in use, the one that the next rotation will put to use, and the
    one before. So those who check know a value before anybody sends it, and still take the last one while the new one
    spreads; the order of a rotation's steps does not matter. Wait for one rotation to be everywhere (for CloudFront, a
    few minutes) before the next.
    """

    value: pulumi.Output[str]
    digests: pulumi.Output[list[str]]

    def __init__(self, name: str, *, rotations: int, opts: pulumi.ResourceOptions | None = None) -> None:
        own = pulumi.ResourceOptions(additional_secret_outputs=list(KEPT))
        super().__init__(
            _OriginSecretProvider(),
            name,
            {"rotations": rotations, "digests": None, **dict.fromkeys(KEPT)},
            pulumi.ResourceOptions.merge(opts, own),
        )


def _new() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def _outputs(props: dict[str, Any], previous: str, value: str, upcoming: str) -> dict[str, Any]:
    digests = [hashlib.sha256(each.encode()).hexdigest() for each in (upcoming, value, previous) if each]
    return {
        "rotations": props["rotations"],
        "previous": previous,
        "value": value,
        "upcoming": upcoming,
        "digests": digests,
    }
