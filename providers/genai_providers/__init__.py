"""Provider instances and the dynamic resources that no provider has."""
