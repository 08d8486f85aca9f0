"""The engine from pinned Go modules: the CLI's own main package at the version in tools/engine/go.mod."""

import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tools.toolchain.files import exclusive, fingerprint
from tools.toolchain.paths import ENGINE_SOURCE, cache_directory
from tools.toolchain.progress import SetupError, say, step

PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
MINIMUM_GO = (1, 21)  # the first that fetches the newer Go which go.mod asks for by itself
REPORT_EVERY_SECONDS = 15


def build(version: str, *, cached_only: bool) -> Path | None:
    """The engine of this version, from the cache or freshly built into it.

    Returns:
        The executable; None if ``cached_only`` and there is none.

    Raises:
        SetupError: Go is missing, or the build failed.
    """
    linker = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}"
    # Without C: no compiler is needed on a new machine, and the result runs on any libc.
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    sources = (ENGINE_SOURCE / "go.mod", ENGINE_SOURCE / "go.sum")
    key = fingerprint(*sources, linker, platform.system(), platform.machine())[:16]
    target = cache_directory() / "engine" / key
    if (target / "pulumi").exists():
        return target / "pulumi"
    if cached_only:
        return None
    _require_go()
    with exclusive(target.with_suffix(".lock"), "another set-up is building the engine; waiting for it"):
        if not (target / "pulumi").exists():
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as scratch:
                _build(Path(scratch) / "pulumi", linker, environment)
                _check(Path(scratch) / "pulumi", version)
                target.mkdir(exist_ok=True)
                (Path(scratch) / "pulumi").rename(target / "pulumi")
    return target / "pulumi"


def _require_go() -> None:
    go = shutil.which("go")
    if go is None:
        raise SetupError("Go is not installed (no `go` on PATH)")
    answer = subprocess.run([go, "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"go(\d+)\.(\d+)", answer)
    if found is None or (int(found[1]), int(found[2])) < MINIMUM_GO:
        raise SetupError(f"{go} is too old ({answer.strip() or 'no version'}): Go 1.21 or newer is needed")


def _build(output: Path, linker: str, environment: dict[str, str]) -> None:
    with step("fetching the engine's Go modules"):
        listing = _go(["list", "-deps", PACKAGE], environment)
    total = len(listing.split())
    say(f"building the engine from {total} Go packages (about six minutes on two cores, once a machine)")
    command = [
        "go",
        "build",
        "-v",
        "-trimpath",
        "-buildvcs=false",
        "-ldflags",
        linker,
        "-o",
        str(output),
        PACKAGE,
    ]
    begun = reported = time.monotonic()
    lines: list[str] = []
    with subprocess.Popen(
        command,
        cwd=ENGINE_SOURCE,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None  # noqa: S101 - PIPE above; this tells the type checker
        try:
            for line in process.stderr:
                lines.append(line)
                if time.monotonic() - reported >= REPORT_EVERY_SECONDS:
                    reported = time.monotonic()
                    say(f"  {len(lines)} packages compiled after {reported - begun:.0f} s")
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise SetupError("go build failed:\n" + "".join(lines[-20:]))
    say(f"  built in {time.monotonic() - begun:.0f} s, {output.stat().st_size / 1e6:.0f} MB")


def _go(arguments: list[str], environment: dict[str, str]) -> str:
    result = subprocess.run(
        ["go", *arguments], cwd=ENGINE_SOURCE, env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise SetupError(f"`go {' '.join(arguments)}` failed: {result.stderr.strip()}")
    return result.stdout


def _check(executable: Path, version: str) -> None:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    answer = subprocess.run([str(executable), "version"], capture_output=True, text=True, check=False, env=environment)
    if answer.stdout.strip() != f"v{version}":
        raise SetupError(f"the built engine calls itself {answer.stdout.strip()!r}, not v{version}: {answer.stderr}")
