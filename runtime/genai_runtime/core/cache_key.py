"""The key of a cached answer: everything that the answer depends on, the tenant first of all."""

import hashlib
import json
from dataclasses import asdict, replace

from genai_runtime.core.config import Config
from genai_runtime.core.request import PromptRequest

_VERSION = 1
"""Raise it when a release would answer the same request differently."""


def cache_key(request: PromptRequest, tenant: str, config: Config) -> str:
    """Return the key of the answer to this request for this tenant, 64 hexadecimal characters."""
    basis = {
        "version": _VERSION,
        "tenant": tenant,
        "shared_tenant": config.shared_tenant,
        # `param` is only how one API names the messages; both APIs share answers.
        "request": asdict(replace(request, param="")),
        "model_id": next(model.model_id for model in config.models if model.name == request.model),
        "prompt": asdict(config.prompt),
        "guardrail": config.guardrail and asdict(config.guardrail),
        "knowledge_base": config.knowledge_base and asdict(config.knowledge_base),
        "agent": config.agent and asdict(config.agent),
    }
    return hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()
