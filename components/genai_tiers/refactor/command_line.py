"""The command line: `python -m genai_tiers.refactor plan|check|apply`.

Exit codes: 0 nothing left to do or decide; 1 something for a person to decide, or, of `check`, something that would be
lost; 2 the command could not do its work.
"""

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from genai_tiers.refactor.apply import applied, prepare
from genai_tiers.refactor.check import as_table, fails, find_losses, read_allowances
from genai_tiers.refactor.engine import Engine, find_engine, read_preview, read_state
from genai_tiers.refactor.errors import RefactorError
from genai_tiers.refactor.graph import read_sides
from genai_tiers.refactor.moves_file import FILE_NAME, read_moves, write_moves
from genai_tiers.refactor.plan import make_plan, merged
from genai_tiers.refactor.prune import prune
from genai_tiers.refactor.report import as_json, as_text, questions


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    given = _parser().parse_args(arguments)
    collecting = gc.isenabled()
    # All that a plan makes of a large stack lives to its end: to look for garbage among it takes longer than planning.
    gc.disable()
    try:
        return given.run(given)
    except RefactorError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    finally:
        if collecting:
            gc.enable()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m genai_tiers.refactor", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    plan = commands.add_parser("plan", help="find what was renamed or moved, and write refactor.yaml")
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")
    plan.add_argument("--dry-run", action="store_true", help="print the plan and write nothing")
    plan.add_argument("--prune", action="store_true", help="instead, remove the entries that every stack has behind it")
    check = commands.add_parser("check", help="fail if an update would replace or delete what holds data")
    check.add_argument(
        "--preview", metavar="FILE", help="a preview made by `pulumi preview --json --show-sames`; - for stdin"
    )
    check.add_argument("--strict", action="store_true", help="fail for any resource, whether it holds data or not")
    apply = commands.add_parser("apply", help="say what an update with refactor.yaml does; with --yes, do it")
    apply.add_argument("--yes", action="store_true", help="rename in the state what has to be, and run `pulumi up`")
    apply.add_argument(
        "--backups", type=Path, help="where copies of the state are put (default: refactor-backups beside the program)"
    )
    for command in (check, apply):
        command.add_argument(
            "--allow", metavar="NAME=REASON", action="append", default=[], help="a resource that may be lost, and why"
        )
    for command, run in ((plan, _plan), (check, _check), (apply, _apply)):
        command.set_defaults(run=run)
        command.add_argument("--stack", help="the stack")
        command.add_argument("--pulumi", metavar="PATH", help="the engine (default: pulumi on PATH)")
        command.add_argument(
            "-C", "--cwd", type=Path, default=Path(), help="the program's directory (default: this one)"
        )
        command.add_argument("--file", type=Path, help=f"the moves (default: {FILE_NAME} in the program's directory)")
    return parser


def _plan(given: argparse.Namespace) -> int:
    file = _file(given)
    existing = read_moves(file)
    if given.prune:
        return _prune(given, file)
    plan = make_plan(_engine(given), existing, _progress())
    if not given.dry_run:
        write_moves(file, merged(existing, plan), questions(plan))
    _print(json.dumps(as_json(plan), indent=2) if given.json else as_text(plan))
    return 1 if plan.questions or plan.doubtful else 0


def _prune(given: argparse.Namespace, file: Path) -> int:
    existing = read_moves(file)
    engine = Engine(find_engine(given.pulumi), given.cwd.absolute(), "")
    names = [given.stack] if given.stack else engine.stacks()
    states = {name: read_state(engine.of(name).export(), name) for name in names}
    missing = sorted(existing.stacks.keys() - states.keys())
    if missing:
        raise RefactorError(
            f"refactor.yaml has entries for {', '.join(missing)}, which was not looked at; without --stack, every "
            "stack of the project is. Remove it from `stacks` if it is no more."
        )
    left, needed = prune(existing, states)
    if not given.dry_run:
        write_moves(file, left)
    gone = [each for each in existing.moves if each not in left.moves]
    _print(
        "\n".join(
            [
                *(f"removed: {each.old} -> {each.new}" for each in gone),
                *(f"needed by {', '.join(stacks)}: {old}" for old, stacks in sorted(needed.items())),
                *([] if existing.moves else ["there are no entries"]),
            ]
        )
    )
    return 0


def _check(given: argparse.Namespace) -> int:
    allowed = read_allowances(given.allow)
    if given.preview:
        text = sys.stdin.read() if given.preview == "-" else _read(Path(given.preview))
        preview = read_preview(text)
    else:
        _progress()(f"previewing {given.stack}")
        preview = _engine(given).preview_as_is()
    found = find_losses(read_sides(preview["steps"]), allowed)
    failed = fails(found, strict=given.strict)
    _print(as_table(found) if found else "nothing would be replaced or deleted")
    if failed:
        _print("\nIf something was renamed or moved, `plan` keeps it; if it is meant to go, name it with --allow.")
    return 1 if failed else 0


def _apply(given: argparse.Namespace) -> int:
    file, say = _file(given), _progress()
    moves = read_moves(file)
    engine = _engine(given)
    plan = moves.stacks.get(engine.stack)
    if not given.yes:
        if plan and plan.renames:
            _print("\n".join(f"to be renamed in the state: {each.old} -> {each.name}" for each in plan.renames))
        _print("\n".join([f"{each.old}\n  -> {each.new}" for each in moves.moves] or ["there are no entries"]))
        _print("nothing was done; with --yes, this is")
        return 0
    prepare(engine, file, read_allowances(given.allow), given.backups or given.cwd / "refactor-backups", say)
    engine.update(file)
    write_moves(file, applied(read_moves(file), engine))
    return 0


def _engine(given: argparse.Namespace) -> Engine:
    if not given.stack:
        raise RefactorError("which stack? Name it with --stack.")
    return Engine(find_engine(given.pulumi), given.cwd.absolute(), given.stack)


def _file(given: argparse.Namespace) -> Path:
    return given.file or given.cwd / FILE_NAME


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise RefactorError(f"the preview cannot be read: {error}") from None


def _progress() -> Callable[[str], None]:
    """Lines with the seconds since the start, on stderr so that stdout stays free for results."""
    started = time.monotonic()
    return lambda line: _say(f"[{time.monotonic() - started:6.1f} s] {line}")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _print(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")
