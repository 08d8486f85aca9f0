"""An admin switch for tests: make the next calls to a model, a guardrail or a knowledge base go wrong.

`PUT /_sandbox/faults` with
`{"target": ..., "kind": ..., "times": 1, "delay_seconds": 0, "after_parts": 3, "text": ""}`
sets one; `GET` lists those still to come, `DELETE` takes all back. `target` is a model id (a foundation
model's or an inference profile's, as the client calls it), a guardrail id, a knowledge base id, or "*".
Kinds: `throttle`, `unavailable` and `error` refuse the call; `delay` waits before it answers (and
`delay_seconds` goes with every other kind too); `slow_stream` waits before each part of a stream
and does nothing to other calls; `fail_mid_stream` breaks a stream off after `after_parts` parts, and a call that does
not stream at once; `say` has a model answer with `text`, whatever it was asked. Faults are kept in memory only: a
restart takes them all back.
"""

import threading
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Kind = Literal["throttle", "unavailable", "error", "delay", "slow_stream", "fail_mid_stream", "say"]
_MAX_DELAY_SECONDS = 300


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and for how many calls more."""

    target: str
    kind: Kind
    times: int = 1
    delay_seconds: float = 0.0
    after_parts: int = 3
    text: str = ""


_lock = threading.Lock()
_waiting: list[Fault] = []


def add_fault(fault: Fault) -> None:
    """Set a fault; faults of one target come true in the order they were set."""
    with _lock:
        _waiting.append(fault)


def take_fault(*targets: str) -> Fault | None:
    """Return the fault that this call meets, and count it as used; None if there is none."""
    with _lock:
        for index, fault in enumerate(_waiting):
            if fault.target in {*targets, "*"}:
                _waiting[index : index + 1] = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                return fault
    return None


def clear_faults() -> None:
    """Take all faults back."""
    with _lock:
        _waiting.clear()


def parse_fault(body: Any) -> Fault:
    """Return the fault that a request's JSON asks for; ValueError names the field and the mend."""
    if not isinstance(body, dict):
        raise ValueError(  # noqa: TRY004 - a wrong request, not a wrong call of this function
            'the body must be a JSON object such as {"target": "*", "kind": "throttle"}'
        )
    known = set(Fault.__dataclass_fields__)
    if unknown := set(body) - known:
        raise ValueError(f"unknown field {min(unknown)!r}; a fault has {', '.join(sorted(known))}")
    if not isinstance(body.get("target"), str) or not body["target"]:
        raise ValueError(f'target is {body.get("target")!r}; name a model, guardrail or knowledge base id, or "*"')
    if body.get("kind") not in get_args(Kind):
        raise ValueError(f"kind is {body.get('kind')!r}; choose one of {', '.join(get_args(Kind))}")
    for name, least, most, whole in (
        ("times", 1, 1000000, True),
        ("delay_seconds", 0, _MAX_DELAY_SECONDS, False),
        ("after_parts", 0, 1000000, True),
    ):
        value = body.get(name, 1)
        if (
            isinstance(value, bool)
            or not isinstance(value, int if whole else int | float)
            or not least <= value <= most
        ):
            raise ValueError(f"{name} is {value!r}; give a {'whole ' if whole else ''}number from {least} to {most}")
    if not isinstance(body.get("text", ""), str) or bool(body.get("text")) != (body["kind"] == "say"):
        raise ValueError(f"text is {body.get('text')!r}; it is what a model says, for the kind say and for no other")
    return Fault(**body)


async def _serve(request: Request) -> Response:
    if request.method == "DELETE":
        clear_faults()
    elif request.method == "PUT":
        try:
            add_fault(parse_fault(await request.json()))
        except ValueError as error:
            return JSONResponse({"message": str(error)}, 400)
    with _lock:
        return JSONResponse({"faults": [asdict(fault) for fault in _waiting]})


routes = [Route("/_sandbox/faults", _serve, methods=["GET", "PUT", "DELETE"])]
