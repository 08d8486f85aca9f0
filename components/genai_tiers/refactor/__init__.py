"""Renames and moves of resources that replace nothing: found by `python -m genai_tiers.refactor plan`, written to
`refactor.yaml`, and applied by one line in the program.

    from genai_tiers.refactor import apply_moves

    apply_moves()
"""

from genai_tiers.refactor.errors import RefactorError
from genai_tiers.refactor.transform import apply_moves

__all__ = ["RefactorError", "apply_moves"]
