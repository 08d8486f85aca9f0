"""Provider plugins that put the sandbox behind the real Pulumi engine."""
