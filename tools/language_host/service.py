"""The ``LanguageRuntime`` service: each call of the engine, handed to the module that answers it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2

from tools.language_host import children, install, interpreter, packages, plugin, program
from tools.language_host.stubs import language_pb2, language_pb2_grpc, plugin_pb2
from tools.toolchain.engine import VERSION


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """One engine's language host."""

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802 - the contract
        """Learn the engine's address."""
        self._engine_address = request.engine_address or self._engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802 - likewise
        """Give the version: that of the engine, with which this host is tested."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetRequiredPackages(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - likewise
        """List the provider plugins that the program's environment has packages for."""
        search_path = _interpreter(request.info, context).search_path()
        return language_pb2.GetRequiredPackagesResponse(packages=packages.required(search_path))

    def GetProgramDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - likewise
        """List what is installed for the program."""
        search_path = _interpreter(request.info, context).search_path()
        found = packages.dependencies(search_path, transitive=request.transitiveDependencies)
        return language_pb2.GetProgramDependenciesResponse(dependencies=found)

    def About(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - likewise
        """Say which Python runs the program."""
        python = _interpreter(request.info, context)
        return language_pb2.AboutResponse(executable=str(python.executable), version=python.version())

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - likewise
        """Run a program."""
        return program.run(request, self._engine_address, _on_end(context))

    def RunPlugin(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:  # noqa: N802 - likewise
        """Run a policy pack or a component package."""
        yield from plugin.run(request, _on_end(context))

    def InstallDependencies(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:  # noqa: N802 - likewise
        """Make the virtual environment that a project's options ask for."""
        try:
            yield from install.install(request)
        except (interpreter.OptionError, install.InstallError) as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))

    def RuntimeOptionsPrompts(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802 - likewise
        """Ask nothing: no option is needed to run."""
        return language_pb2.RuntimeOptionsResponse()

    def Template(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802 - likewise
        """Leave a new project as its template is."""
        return language_pb2.TemplateResponse()

    def GenerateProgram(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802 - likewise
        """Give back the engine's own notation, as comments: `pulumi import` shows it for what it imported."""
        lines = [
            "This project's language host does not translate to Python; this is what was asked for,",
            "in Pulumi's own notation:",
            "",
            *(line for _, text in sorted(request.source.items()) for line in text.splitlines()),
        ]
        text = "".join(f"# {line}".rstrip() + "\n" for line in lines)
        return language_pb2.GenerateProgramResponse(source={"__main__.py": text.encode()})

    def GenerateProject(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802 - likewise
        """Refuse: code generation is not part of this host."""
        _refuse(context, "generate a project")

    def GeneratePackage(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802 - likewise
        """Refuse: code generation is not part of this host."""
        _refuse(context, "generate an SDK")

    def Pack(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802 - likewise
        """Refuse: code generation is not part of this host."""
        _refuse(context, "pack an SDK")

    def Link(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802 - likewise
        """Refuse: code generation is not part of this host."""
        _refuse(context, "link an SDK")

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802 - likewise
        """End everything that runs."""
        children.stop_all()
        return empty_pb2.Empty()


def _interpreter(info: Any, context: grpc.ServicerContext) -> interpreter.Interpreter:
    """The interpreter of a ``ProgramInfo``; the host's own one where the environment is yet to be made."""
    try:
        found = interpreter.choose(Path(info.root_directory), Path(info.program_directory), dict(info.options))
    except interpreter.OptionError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
    return found if found.exists else interpreter.choose(Path(), Path(), {})


def _on_end(context: grpc.ServicerContext) -> Callable[[Callable[[], None]], None]:
    def register(action: Callable[[], None]) -> None:
        # add_callback refuses once the call has ended, which is when the action is due at once.
        if not context.add_callback(action):
            action()

    return register


def _refuse(context: grpc.ServicerContext, what: str) -> None:
    context.abort(
        grpc.StatusCode.UNIMPLEMENTED,
        f"this project's language host cannot {what}: install the official Pulumi CLI "
        "(https://www.pulumi.com/docs/install/) and run set-up again",
    )
