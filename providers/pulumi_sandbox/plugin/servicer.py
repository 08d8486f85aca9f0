# ruff: noqa: ARG002, D102, N802 - names and arguments of the methods are those of the gRPC contract
"""The provider's gRPC service: the engine's requests to :class:`Provider` and back."""

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2

from pulumi_sandbox.plugin import package_schema
from pulumi_sandbox.plugin.check import Checked
from pulumi_sandbox.plugin.diff import Difference
from pulumi_sandbox.plugin.errors import UserError, explain
from pulumi_sandbox.plugin.facts import UnmodelledTypeError
from pulumi_sandbox.plugin.invokes import invoke
from pulumi_sandbox.plugin.naming import EngineNaming
from pulumi_sandbox.plugin.provider import PartlyDoneError, Provider, State
from pulumi_sandbox.plugin.schema import UnknownTypeError, sdk_version
from pulumi_sandbox.plugin.stubs import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2
from pulumi_sandbox.plugin.values import from_struct, to_struct

_STATUS_DETAILS = "grpc-status-details-bin"
_NAMING_MODES = {0: "propose", 1: "enforce", 2: "disable"}

Method = Callable[["Servicer", Any, Any], Any]


def _doing(action: str) -> Callable[[Method], Method]:
    """Turn every failure of a method into a diagnostic that names what was done to which resource."""

    def wrap(method: Method) -> Method:
        @functools.wraps(method)
        def guarded(self: "Servicer", request: Any, context: Any) -> Any:
            subject = getattr(request, "urn", "") or getattr(request, "tok", "") or f"{self.provider.package} provider"
            try:
                return method(self, request, context)
            except PartlyDoneError as partial:
                _attach_partial_state(context, partial)
                context.abort(grpc.StatusCode.UNKNOWN, f"{action} {subject}: {partial}")
            except (UnmodelledTypeError, UnknownTypeError) as problem:
                context.abort(grpc.StatusCode.UNIMPLEMENTED, str(problem))
            except Exception as problem:  # noqa: BLE001 - all must reach the user through the engine
                context.abort(grpc.StatusCode.UNKNOWN, explain(action, subject, problem))

        return guarded

    return wrap


def _attach_partial_state(context: Any, partial: PartlyDoneError) -> None:
    details = provider_pb2.ErrorResourceInitFailed(id=partial.state.id)
    details.properties.CopyFrom(to_struct(partial.state.outputs))
    details.inputs.CopyFrom(to_struct(partial.state.inputs))
    details.reasons.append(str(partial))
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(partial))
    status.details.add().Pack(details)
    context.set_trailing_metadata(((_STATUS_DETAILS, status.SerializeToString()),))


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine for one provider. Requests run concurrently."""

    def __init__(self, package: str) -> None:
        self.provider = Provider(package)
        self.cancelled = threading.Event()
        self._program = Path()

    def Handshake(self, request: Any, context: Any) -> Any:
        if request.HasField("program_directory"):
            self._program = Path(request.program_directory)
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True,
            accept_resources=False,
            accept_outputs=False,
            supports_autonaming_configuration=True,
        )

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        self.cancelled.set()
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=sdk_version(self.provider.package))

    @_doing("reading the schema of")
    def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema=package_schema.as_json(self.provider.package))

    @_doing("checking the configuration of")
    def CheckConfig(self, request: Any, context: Any) -> Any:
        checked = self.provider.check_config(from_struct(request.news))
        # The state keeps a provider's inputs as the program gave them.
        return _check_response(Checked(from_struct(request.news), checked.problems))

    @_doing("comparing the configuration of")
    def DiffConfig(self, request: Any, context: Any) -> Any:
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        changed = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=changed,
        )

    @_doing("configuring the")
    def Configure(self, request: Any, context: Any) -> Any:
        self.provider.configure(from_struct(request.args))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,
            supportsPreview=True,
            acceptResources=False,
            acceptOutputs=False,
            supports_autonaming_configuration=True,
        )

    @_doing("checking")
    def Check(self, request: Any, context: Any) -> Any:
        engine = None
        if request.HasField("autonaming"):
            engine = EngineNaming(_NAMING_MODES[request.autonaming.mode], request.autonaming.proposed_name)
        checked = self.provider.check(
            _token(request),
            _name(request),
            self._properties(request.olds),
            self._properties(request.news),
            request.randomSeed,
            engine,
        )
        return _check_response(checked)

    @_doing("comparing")
    def Diff(self, request: Any, context: Any) -> Any:
        old = State(request.id, self._properties(request.old_inputs), self._properties(request.olds))
        found = self.provider.diff(_token(request), old, self._properties(request.news), list(request.ignoreChanges))
        return _diff_response(found)

    @_doing("creating")
    def Create(self, request: Any, context: Any) -> Any:
        inputs = self._properties(request.properties)
        if request.preview:
            outputs = self.provider.preview_create(_token(request), inputs)
            return provider_pb2.CreateResponse(properties=to_struct(outputs))
        made = self.provider.create(_token(request), inputs)
        return provider_pb2.CreateResponse(id=made.id, properties=to_struct(made.outputs))

    @_doing("reading")
    def Read(self, request: Any, context: Any) -> Any:
        old = State(request.id, self._properties(request.inputs), self._properties(request.properties))
        found = self.provider.read(_token(request), old)
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=found.id, properties=to_struct(found.outputs), inputs=to_struct(found.inputs)
        )

    @_doing("updating")
    def Update(self, request: Any, context: Any) -> Any:
        old = State(request.id, self._properties(request.old_inputs), self._properties(request.olds))
        news = self._properties(request.news)
        if request.preview:
            outputs = self.provider.preview_update(_token(request), old, news)
        else:
            outputs = self.provider.update(_token(request), old, news).outputs
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    @_doing("deleting")
    def Delete(self, request: Any, context: Any) -> Any:
        old = State(request.id, self._properties(request.old_inputs), self._properties(request.properties))
        self.provider.delete(_token(request), old)
        return empty_pb2.Empty()

    @_doing("calling")
    def Invoke(self, request: Any, context: Any) -> Any:
        result = invoke(self.provider, request.tok, self._properties(request.args))
        return provider_pb2.InvokeResponse(**{"return": to_struct(result)})

    @_doing("calling")
    def Call(self, request: Any, context: Any) -> Any:
        raise UserError("the sandbox's providers have no methods on resources")

    def _properties(self, message: Any) -> dict[str, Any]:
        return from_struct(message, self._program)


def _token(request: Any) -> str:
    # A URN names all parents' types before the resource's own; older engines send no type.
    return request.type or request.urn.split("::")[2].rpartition("$")[2]


def _name(request: Any) -> str:
    return request.name or request.urn.split("::", 3)[3]


def _check_response(checked: Checked) -> Any:
    failures = [provider_pb2.CheckFailure(reason=problem) for problem in checked.problems]
    return provider_pb2.CheckResponse(inputs=to_struct(checked.inputs), failures=failures)


def _diff_response(found: Difference) -> Any:
    kinds = provider_pb2.PropertyDiff
    detailed = {
        change.path: kinds(
            kind=kinds.Kind.Value(f"{change.kind.value}_REPLACE" if change.replaces else change.kind.value),
            inputDiff=True,
        )
        for change in found.changes
    }
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if detailed else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=sorted({_top(path) for path in detailed}),
        replaces=sorted({_top(path) for path in found.replaces}),
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=found.delete_before_replace,
    )


def _top(path: str) -> str:
    return path.split(".")[0].split("[")[0]
