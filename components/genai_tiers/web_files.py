"""The files of the chat page, which come with this package."""

from pathlib import Path

INSTALLED = Path(__file__).parent / "web"
"""Where a wheel has them."""

CHECKED_OUT = Path(__file__).parents[2] / "web"
"""Where a checkout has them."""


def web_files() -> dict[str, Path]:
    """Path below the page's address -> file, in a stable order.

    Raises `RuntimeError` when they are not there.
    """
    root = next((place for place in (INSTALLED, CHECKED_OUT) if (place / "index.html").is_file()), None)
    if root is None:
        raise RuntimeError("the chat page is not installed: reinstall genai-tiers, which holds it")
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(root).as_posix(): path for path in files}
