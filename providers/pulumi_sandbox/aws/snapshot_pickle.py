"""Turns one of moto's backends into bytes and back.

Pickle does the most of it. What it cannot do, or should not, is said here: locks, lambdas, keys of
cryptography, references to other backends, and contents too large to be written at each change.
"""

import functools
import io
import marshal
import pickle
import threading
import types
import weakref
from collections import defaultdict
from collections.abc import Callable
from contextvars import ContextVar
from importlib import import_module
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from moto.awslambda.models import LambdaFunction, LayerVersion
from moto.backends import get_backend
from moto.core.base_backend import BaseBackend
from moto.s3.models import FakeKey

from pulumi_sandbox.aws.moto_gaps.s3 import BLOB_ATTRIBUTE
from pulumi_sandbox.aws.snapshot_blobs import Blobs

_blobs: ContextVar[Blobs] = ContextVar("blobs")
_seen: ContextVar[set[str]] = ContextVar("seen")


class UnsupportedStateError(Exception):
    """A backend holds something that cannot be written, e.g. a running thread."""


def _backend_reference(service: str, account: str, region: str) -> BaseBackend:
    backends: Any = get_backend(service)  # pyright: ignore[reportCallIssue, reportArgumentType] - a name from moto
    return backends[account][region]


def _reduce_backend(backend: Any) -> tuple[Any, ...]:
    for service in _service_names(type(backend)):
        backends: Any = get_backend(service)  # pyright: ignore[reportCallIssue, reportArgumentType] - a name from moto
        if backends[backend.account_id][backend.region_name] is backend:
            return _backend_reference, (service, backend.account_id, backend.region_name)
    raise UnsupportedStateError(f"a {type(backend).__qualname__} that moto does not list")


@functools.cache
def _service_names(backend_class: type) -> list[str]:
    from moto.backends import list_of_moto_modules

    module = backend_class.__module__.split(".")[1]
    return [name for name in list_of_moto_modules() if name.replace("-", "") == module] or [module]


def _make_function(code: bytes, module: str, name: str, defaults: Any, cells: tuple[Any, ...]) -> types.FunctionType:
    closure = tuple(types.CellType(cell) for cell in cells)
    return types.FunctionType(marshal.loads(code), vars(import_module(module)), name, defaults, closure)  # noqa: S302 - our own file


def _reduce_function(function: types.FunctionType) -> Any:
    if "<" not in function.__qualname__:
        return NotImplemented
    cells = tuple(cell.cell_contents for cell in function.__closure__ or ())
    code = marshal.dumps(function.__code__)
    return _make_function, (code, function.__module__, function.__name__, function.__defaults__, cells)


def _reduce_private_key(key: Any) -> tuple[Any, ...]:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return _make_private_key, (pem,)


def _make_private_key(pem: bytes) -> Any:
    return load_pem_private_key(pem, None)


def _make_weak_values(content: dict[Any, Any]) -> "weakref.WeakValueDictionary[Any, Any]":
    return weakref.WeakValueDictionary(content)


def _make_mapping(cls: Any, factory: Any) -> Any:
    made = cls.__new__(cls)
    if isinstance(made, defaultdict):
        defaultdict.__init__(made, factory)
    return made


def _reduce_mapping(mapping: Any) -> tuple[Any, ...]:
    # Moto's dictionaries take other arguments than pickle would give them, and show less than they hold.
    factory = mapping.default_factory if isinstance(mapping, defaultdict) else None
    state = {"attributes": vars(mapping), "content": dict(dict.items(mapping))}
    return _make_mapping, (type(mapping), factory), state, None, None, _restore_mapping


def _restore_mapping(mapping: Any, state: dict[str, Any]) -> None:
    vars(mapping).update(state["attributes"])
    for key, value in state["content"].items():
        dict.__setitem__(mapping, key, value)


def _new(cls: Any) -> Any:
    return cls.__new__(cls)


def _keep_blob(content: bytes) -> str:
    digest = _blobs.get().put(content)
    _seen.get().add(digest)
    return digest


def _reduce_object_content(key: Any) -> tuple[Any, ...]:
    digest = key.__dict__.get(BLOB_ATTRIBUTE)
    if digest is None:
        try:
            content = key.value
        except ValueError:  # the buffer of a deleted object is closed
            content = b""
        digest = _keep_blob(content)
        key.__dict__[BLOB_ATTRIBUTE] = digest
    _seen.get().add(digest)
    left_out = ("_value_buffer", "lock", "value")
    state = {name: value for name, value in key.__dict__.items() if name not in left_out}
    return _new, (FakeKey,), state, None, None, _restore_object


def _restore_object(key: Any, state: dict[str, Any]) -> None:
    digest = state[BLOB_ATTRIBUTE]
    key.__setstate__({**state, "value": _blobs.get().get(digest)})
    key.__dict__[BLOB_ATTRIBUTE] = digest
    _seen.get().add(digest)


def _reduce_code(function: Any) -> tuple[Any, ...]:
    state = dict(function.__dict__)
    state.pop("_DockerModel__docker_client", None)
    attributes: dict[str, Any] = function.__dict__
    code: Any = state.get("code_bytes")
    if code:
        cached = state.get(BLOB_ATTRIBUTE)
        # The bytes object itself shows whether the archive is still the one that was kept.
        digest = cached[1] if cached and cached[0] is code else _keep_blob(code)
        _seen.get().add(digest)
        attributes[BLOB_ATTRIBUTE] = (code, digest)
        state["code_bytes"] = None
        state[BLOB_ATTRIBUTE] = digest
    for name in ("code", "content"):
        if isinstance(state.get(name), dict) and "ZipFile" in state[name]:
            state[name] = {**state[name], "ZipFile": ""}  # the archive again, in base64; moto is done with it
    return _new, (type(function),), state, None, None, _restore_code


def _restore_code(function: Any, state: dict[str, Any]) -> None:
    digest = state.pop(BLOB_ATTRIBUTE, None)
    function.__dict__.update(state)
    if digest:
        code = _blobs.get().get(digest)
        function.__dict__["code_bytes"] = code
        function.__dict__[BLOB_ATTRIBUTE] = (code, digest)
        _seen.get().add(digest)


def _refuse_thread(thread: threading.Thread) -> Any:
    raise UnsupportedStateError(f"the running thread {thread.name}")


_REDUCERS: dict[type, Callable[[Any], Any]] = {
    type(threading.Lock()): lambda _lock: (threading.Lock, ()),
    type(threading.RLock()): lambda _lock: (threading.RLock, ()),
    threading.Condition: lambda _condition: (threading.Condition, ()),
    threading.Event: lambda _event: (threading.Event, ()),
    weakref.WeakValueDictionary: lambda values: (_make_weak_values, (dict(values),)),
    types.FunctionType: _reduce_function,
    FakeKey: _reduce_object_content,
    LambdaFunction: _reduce_code,
    LayerVersion: _reduce_code,
}
_REDUCERS_OF_SUBCLASSES: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (BaseBackend, _reduce_backend),
    (rsa.RSAPrivateKey, _reduce_private_key),
    (ec.EllipticCurvePrivateKey, _reduce_private_key),
    (threading.Thread, _refuse_thread),
)


@functools.cache
def _reducer(cls: type) -> Callable[[Any], Any] | None:
    if cls in _REDUCERS:
        return _REDUCERS[cls]
    if issubclass(cls, type):
        return None
    if issubclass(cls, dict) and cls.__module__.startswith("moto."):
        return _reduce_mapping
    return next((reduce for base, reduce in _REDUCERS_OF_SUBCLASSES if issubclass(cls, base)), None)


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: Any, /) -> Any:
        reduce = _reducer(type(obj))
        return NotImplemented if reduce is None else reduce(obj)


def dump_backend(backend: BaseBackend, blobs: Blobs) -> tuple[bytes, set[str]]:
    """Return the state of a backend as bytes, and the digests of the blobs that they need.

    Raises UnsupportedStateError, or what pickle raises, for something that cannot be written.
    """
    tokens = _blobs.set(blobs), _seen.set(set())
    try:
        buffer = io.BytesIO()
        _Pickler(buffer, protocol=5).dump(backend.__dict__)
        return buffer.getvalue(), _seen.get()
    finally:
        _blobs.reset(tokens[0])
        _seen.reset(tokens[1])


def load_backend(backend: BaseBackend, content: bytes, blobs: Blobs) -> set[str]:
    """Put a dumped state into a backend; returns the digests of the blobs that it needs."""
    tokens = _blobs.set(blobs), _seen.set(set())
    try:
        state: dict[str, Any] = pickle.loads(content)  # noqa: S301 - our own file
        backend.__dict__.update(state)
        return _seen.get()
    finally:
        _blobs.reset(tokens[0])
        _seen.reset(tokens[1])
