"""The sandbox's models: a deterministic embedded one, embeddings, guardrails; no cloud's wire format."""
