"""The sites of this process, kept over restarts, and the addresses where browsers find them."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pulumi_sandbox.aws.gateway import ports
from pulumi_sandbox.durable import open_map

KINDS = ("distribution", "sign-in")
_sites = open_map("edge-sites")


def known() -> Mapping[str, str]:
    """Return every site's kind by its name: a distribution's id, a user pool domain's prefix."""
    return _sites.snapshot()


def add(name: str, kind: str) -> bool:
    """Keep a site; False when it is there already."""
    if name in _sites:
        return False
    _sites[name] = kind
    return True


def forget(name: str) -> bool:
    """Drop a site; False when there is none of that name."""
    return _sites.pop(name, None) is not None


def address(name: str) -> str:
    """Return host and port of a site."""
    return urlsplit(ports.endpoint(name, "HTTP")).netloc


def addressed(text: str) -> str:
    """Return a text with the URLs of hosted sign-in pages replaced by where the sandbox serves them.

    A browser cannot resolve these names, and has no certificate for them.
    """
    if ".amazoncognito.com" not in text:
        return text
    for name, kind in known().items():
        if kind == "sign-in":
            domain, _, region = name.partition(".")
            text = text.replace(f"https://{domain}.auth.{region}.amazoncognito.com", f"http://{address(name)}")
    return text
