"""The rules of the pack, which lies outside of every package."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "policy"))

from rule import Rule  # noqa: E402 - needs the line above
from rules import RULES, THEMES  # noqa: E402 - likewise

__all__ = ["ROOT", "RULES", "THEMES", "Rule"]
