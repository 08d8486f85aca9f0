"""The tool-chain: sets up Python, the Pulumi engine and its plugins, and runs the engine against the sandbox.

Everything here uses the standard library only, because it runs before there is an environment to import from.
"""
