"""The APIs of this process as the data plane reads them: kept until the control plane changes one."""

import threading
from collections.abc import Iterator
from typing import Any

from pulumi_sandbox.aws.gateway.api_model import Api, read_api
from pulumi_sandbox.aws.moto_lock import moto_state

_lock = threading.Lock()
_version = 0
_kept: dict[str, tuple[int, Api | None]] = {}


def invalidate() -> None:
    """Read every API anew when it is next asked for."""
    global _version
    with _lock:
        _version += 1


def moto_apis() -> Iterator[tuple[str, str, Any]]:
    """Yield (account, region, moto's API) for every API; hold moto's state while iterating."""
    from moto.apigatewayv2.models import apigatewayv2_backends

    for account, regions in list(apigatewayv2_backends.items()):
        for region, backend in list(regions.items()):
            for api in list(backend.apis.values()):
                yield account, region, api


def current_api(api_id: str) -> Api | None:
    """Return an API as it is deployed now, or None when it does not exist. May wait for moto's state."""
    with _lock:
        version = _version
        kept = _kept.get(api_id)
    if kept and kept[0] == version:
        return kept[1]
    with moto_state():
        found = next(
            (read_api(api, account, region) for account, region, api in moto_apis() if api.api_id == api_id), None
        )
    with _lock:
        _kept[api_id] = version, found
    return found
