"""Which Pulumi engine this checkout uses: the first of PATH, cache, official installer, Go build that works."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.toolchain import build, installer
from tools.toolchain.files import fingerprint, link_or_copy, write_atomically
from tools.toolchain.paths import CHECKOUT, ENGINE_BIN, ENGINE_RECORD, ENGINE_SOURCE
from tools.toolchain.progress import SetupError, say


def pinned_version() -> str:
    """The engine's version: that of its Go module in tools/engine/go.mod, where it is written down once."""
    found = re.search(r"github\.com/pulumi/pulumi/pkg/v3 v(\d+\.\d+\.\d+)", (ENGINE_SOURCE / "go.mod").read_text())
    if found is None:
        raise SetupError(f"{ENGINE_SOURCE / 'go.mod'} pins no github.com/pulumi/pulumi/pkg/v3")
    return found[1]


VERSION = pinned_version()


@dataclass(frozen=True)
class Engine:
    """An engine that works."""

    executable: str
    origin: str
    """``PATH``, ``official installer`` or ``Go build``."""
    own_language_host: bool
    """Whether the engine runs Python through the language host in ``tools/language_host``."""
    made_from: str
    """What this choice depends on; when that changes, set-up chooses again."""


def recorded() -> Engine | None:
    """The engine that set-up chose for this checkout, if it is still there."""
    try:
        engine = Engine(**json.loads(ENGINE_RECORD.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return engine if os.access(engine.executable, os.X_OK) else None


def up_to_date() -> bool:
    """Whether the recorded engine is there and was chosen from the present sources."""
    engine = recorded()
    return engine is not None and engine.made_from == _made_from()


def ensure() -> bool:
    """Choose an engine and record it. Returns whether anything was done.

    Raises:
        SetupError: nothing worked; the message lists what was tried and what to install.
    """
    if up_to_date():
        return False
    engine = _choose()
    write_atomically(ENGINE_RECORD, json.dumps(asdict(engine), indent=2) + "\n")
    say(f"engine: {engine.executable} ({engine.origin})")
    return True


def _made_from() -> str:
    return fingerprint(ENGINE_SOURCE / "go.mod", ENGINE_SOURCE / "go.sum", VERSION, str(CHECKOUT))


def _choose() -> Engine:
    failures: list[str] = []
    on_path = find_on_path()
    if on_path is not None:
        return Engine(str(on_path), "PATH", own_language_host=False, made_from=_made_from())
    failures.append(f"PATH: no `pulumi` of version 3, {VERSION} or newer, with `pulumi-language-python`")
    # What an earlier set-up left in the cache comes before any download.
    for cached_only in (True, False):
        try:
            official = installer.install(VERSION, cached_only=cached_only)
            if official is not None:
                return Engine(str(official), "official installer", own_language_host=False, made_from=_made_from())
        except SetupError as error:
            failures.append(f"official installer: {error}")
        try:
            built = build.build(VERSION, cached_only=cached_only)
            if built is not None:
                # A real file beside its plugins: the engine looks for them next to its own resolved path.
                link_or_copy(built, ENGINE_BIN / "pulumi")
                executable = str(ENGINE_BIN / "pulumi")
                return Engine(executable, "Go build", own_language_host=True, made_from=_made_from())
        except SetupError as error:
            failures.append(f"Go build: {error}")
    raise SetupError(
        "no Pulumi engine could be set up. What was tried:\n"
        + "".join(f"  - {failure}\n" for failure in failures)
        + f"Install Pulumi {VERSION} (https://www.pulumi.com/docs/install/), or Go 1.26 or newer with a "
        "reachable Go module proxy (https://go.dev/doc/install), and run set-up again."
    )


def find_on_path() -> Path | None:
    """An official ``pulumi`` on PATH that is new enough and has its Python language host."""
    for directory in os.environ.get("PATH", "").split(os.pathsep):
        candidate = Path(directory or ".") / "pulumi"
        if not os.access(candidate, os.X_OK) or candidate.is_dir():
            continue
        resolved = candidate.resolve()
        if resolved.is_relative_to(CHECKOUT):  # our own wrapper
            continue
        host = shutil.which("pulumi-language-python") or (resolved.parent / "pulumi-language-python").exists()
        if host and suitable(version_of(resolved)):
            return resolved
    return None


def version_of(executable: Path) -> str:
    """The version that an engine says it has, without the leading ``v``; empty if it does not run."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [str(executable), "version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip().removeprefix("v") if answer.returncode == 0 else ""


def suitable(version: str) -> bool:
    """Whether an engine of this version runs what the project's SDK asks for: same major, not older."""
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    if match is None:
        return False
    major, minor, patch = map(int, VERSION.split("."))
    return int(match[1]) == major and (int(match[2]), int(match[3])) >= (minor, patch)
