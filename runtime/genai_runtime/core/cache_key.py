"""The keys of a cached answer: everything that the answer depends on, the tenant first of all."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from genai_runtime.core.config import Config
from genai_runtime.core.request import Message, PromptRequest

_VERSION = 1
"""Raise it when a release would answer the same request differently."""


def cache_key(request: PromptRequest, tenant: str, config: Config) -> str:
    """Return the key of the answer to this request for this tenant, 64 hexadecimal characters."""
    return _digest(_basis(request, tenant, config))


def context_key(request: PromptRequest, words: Sequence[Sequence[str]], tenant: str, config: Config) -> str:
    """Return what all requests have in common that may share an answer when their questions are alike: everything that
    the key of the answer has but the question, of which it has only these words."""
    *history, question = request.messages
    unasked = replace(request, messages=(*history, Message(question.role, "")))
    return _digest({**_basis(unasked, tenant, config), "words": words})


def _basis(request: PromptRequest, tenant: str, config: Config) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "tenant": tenant,
        "shared_tenant": config.shared_tenant,
        # `param` is only how one API names the messages, and instructions work alike wherever they stand; both APIs
        # share answers.
        "request": asdict(replace(request, param="", instructions=request.all_instructions, standing=())),
        "model_id": next(model.model_id for model in config.models if model.name == request.model),
        "prompt": asdict(config.prompt),
        "guardrail": config.guardrail and asdict(config.guardrail),
        "knowledge_base": config.knowledge_base and asdict(config.knowledge_base),
        "agent": config.agent and asdict(config.agent),
    }


def _digest(basis: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()
