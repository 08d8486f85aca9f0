"""Set-up time of a fresh clone, cold and warm, as one JSON line.

Cold starts from empty package caches, in a temporary directory that is removed afterwards. The engine comes from this
machine's cache, or with ``--engine-build`` from a build with empty Go caches (minutes).
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def timed_setup(clone: Path, environ: dict[str, str]) -> float:
    """Seconds that ``tools/setup`` takes; its progress goes to stderr."""
    began = time.perf_counter()
    subprocess.run([clone / "tools" / "setup"], env=environ, check=True)
    return time.perf_counter() - began


def megabytes(directory: Path) -> float:
    """The size of a directory's files, a file with several names counted once."""
    files = {(stat.st_dev, stat.st_ino): stat.st_size for stat in (path.lstat() for path in directory.rglob("*"))}
    return sum(files.values()) / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine-build", action="store_true", help="build the engine, from empty Go caches")
    build: bool = parser.parse_args().engine_build
    with tempfile.TemporaryDirectory(prefix="bench-setup-") as name:
        scratch = Path(name)
        clone = scratch / "clone"
        subprocess.run(["git", "clone", "--quiet", CHECKOUT, clone], check=True)
        environ = {**os.environ, "UV_CACHE_DIR": str(scratch / "uv"), "PIP_CACHE_DIR": str(scratch / "pip")}
        if build:
            environ |= {"XDG_CACHE_HOME": str(scratch / "cache"), "GOCACHE": str(scratch / "go-build")}
            environ |= {"GOPATH": str(scratch / "go"), "GOMODCACHE": str(scratch / "go-modules")}
        cold = timed_setup(clone, environ)
        warm = timed_setup(clone, environ)
        result = {
            "benchmark": "setup",
            "engine": "built" if build else "cached",
            "cold_seconds": round(cold, 1),
            "warm_seconds": round(warm, 2),
            "environment_megabytes": round(megabytes(clone / ".venv")),
            "engine_megabytes": round(megabytes(clone / ".tools")),
            "cache_megabytes": round(sum(megabytes(path) for path in scratch.iterdir() if path != clone)),
        }
        # Go keeps its module cache read-only, which would keep it from being removed.
        subprocess.run(["chmod", "-R", "u+w", scratch], check=True)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
