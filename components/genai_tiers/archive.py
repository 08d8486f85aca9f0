"""The archive that functions run: the runtime package, as source, and nothing else."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

import pulumi

RUNTIME = "genai_runtime"


def runtime_archive(cloud: str, beside: Mapping[str, str]) -> pulumi.AssetArchive:
    """The runtime's cloud-neutral code and one cloud's adapters (`aws` or `gcp`), with files of these texts beside.
    Its hash depends on the files' names and contents only, so the same release gives the same archive on every machine.

    Raises `RuntimeError` when the runtime is not installed beside this package.
    """
    specification = importlib.util.find_spec(RUNTIME)
    if specification is None or not specification.submodule_search_locations:
        raise RuntimeError(f"the package {RUNTIME} is not installed: reinstall genai-tiers, which holds it")
    root = Path(specification.submodule_search_locations[0])
    others = {"aws", "gcp"} - {cloud}
    files = (path for path in sorted(root.rglob("*.py")) if path.relative_to(root).parts[0] not in others)
    code = {f"{RUNTIME}/{path.relative_to(root).as_posix()}": pulumi.FileAsset(str(path)) for path in files}
    return pulumi.AssetArchive({**code, **{name: pulumi.StringAsset(text) for name, text in beside.items()}})
