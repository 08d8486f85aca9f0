"""Prompt chains: a request that is answered in steps, each of which may quote the answers of those before it."""
