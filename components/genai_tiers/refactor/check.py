"""The check for CI: what a preview would replace or delete, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from genai_tiers.refactor.contested import find_contested
from genai_tiers.refactor.errors import RefactorError
from genai_tiers.refactor.graph import Sides, Step, kept
from genai_tiers.refactor.identity import name_of, type_of
from genai_tiers.refactor.stateful_types import STATEFUL_TYPES


@dataclass(frozen=True, slots=True)
class Loss:
    """A resource that would be replaced or deleted."""

    identity: str
    operation: str
    """`replace` or `delete`; `exchange` for two that may have changed names, which the engine does not notice."""
    because: str
    stateful: bool
    allowed: str
    """The reason why it may happen; empty if none was given."""


def read_allowances(texts: Sequence[str]) -> dict[str, str]:
    """Read `NAME=REASON`, each of which a person wrote.

    Raises:
        RefactorError: a name or a reason is missing.
    """
    allowed: dict[str, str] = {}
    for text in texts:
        name, _, reason = text.rpartition("=")
        if not name.strip() or not reason.strip():
            raise RefactorError(
                f"--allow {text!r} needs a resource's name or identity and a reason, such as --allow 'orders=moved to "
                "the new table, OPS-12'."
            )
        allowed[name.strip()] = reason.strip()
    return allowed


def find_losses(sides: Sides, allowed: Mapping[str, str]) -> list[Loss]:
    """List what would be lost; those of stateful types first.

    Args:
        sides: the preview.
        allowed: name or identity -> the reason why that may be replaced or deleted.

    Raises:
        RefactorError: something is allowed that would not be lost; it would hide the next one of that name.
    """
    losses = [_loss(sides, step, allowed) for step in sides.steps.values() if _loses(sides, step)]
    losses += [
        Loss(new, "exchange", f"it would take the settings of {old}; was it renamed?", True, _reason(new, allowed))
        for old, new in find_contested(sides).doubtful
        if _type_holds_data(new)
    ]
    unused = sorted(name for name in allowed if not any(_named(each.identity, name) for each in losses))
    if unused:
        raise RefactorError(f"--allow {unused[0]}: no resource of that name would be lost. Remove it.")
    return sorted(losses, key=lambda loss: (not loss.stateful, loss.identity))


def fails(losses: Sequence[Loss], *, strict: bool) -> bool:
    """Whether CI must stop: something stateful would be lost that nobody allowed; if strict, anything."""
    return any((loss.stateful or strict) and not loss.allowed for loss in losses)


def as_table(losses: Sequence[Loss]) -> str:
    """The losses as aligned columns."""
    head = ("resource", "would be", "because of", "holds data", "allowed")
    words = {"replace": "replaced", "delete": "deleted", "exchange": "changed"}
    rows = [
        (
            each.identity,
            words.get(each.operation, each.operation),
            each.because,
            "yes" if each.stateful else "no",
            each.allowed or "no",
        )
        for each in losses
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    )


def _loses(sides: Sides, step: Step) -> bool:
    resource = sides.olds.get(step.old_identity or "")
    return resource is not None and resource.custom and not kept(step) and step.operation != "create"


def _loss(sides: Sides, step: Step, allowed: Mapping[str, str]) -> Loss:
    replaced = step.identity in sides.news
    because = ", ".join(step.reasons) or "the provider asks for it" if replaced else "no longer in the program"
    kind = sides.olds[step.old_identity or ""].type
    return Loss(
        step.identity,
        "replace" if replaced else "delete",
        because,
        kind in STATEFUL_TYPES,
        _reason(step.identity, allowed),
    )


def _type_holds_data(identity: str) -> bool:
    return type_of(identity) in STATEFUL_TYPES


def _reason(identity: str, allowed: Mapping[str, str]) -> str:
    return next((reason for name, reason in allowed.items() if _named(identity, name)), "")


def _named(identity: str, name: str) -> bool:
    return name in (identity, name_of(identity))
