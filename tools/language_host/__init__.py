"""A Pulumi language host for Python: what the engine calls to run programs, policy packs and plugins.

It speaks the ``LanguageRuntime`` gRPC contract with the stubs that the ``pulumi`` package ships. Where it
can, it does what the official host does; what it leaves out (code generation) it refuses by name.
"""
