"""What each rule finds and what it passes, as data: resources of both clouds, by theme. Run on the real engine."""

from . import access, guardrails, messages, operations, places, stores, supplies
from .case import Case, Made

CASES: tuple[Case, ...] = (
    *access.CASES,
    *guardrails.CASES,
    *messages.CASES,
    *operations.CASES,
    *places.CASES,
    *stores.CASES,
    *supplies.CASES,
)

__all__ = ["CASES", "Case", "Made"]
