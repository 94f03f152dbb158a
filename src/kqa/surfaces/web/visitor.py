"""Where a request comes from: address, host, origin, and whether by way of a proxy.

Owns what of a request's headers is believed. Pure functions from an ASGI scope; ``lock``
refuses by them, ``sign_in`` asks them who sits at the machine itself.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import Scope

from kqa.settings import Settings

KEY = "kqa.visitor"
"""Where in a scope the lock notes its ``Visitor``."""

FORWARDED = frozenset(
    {b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-port"}
    | {b"forwarded", b"x-real-ip", b"via"}
)
"""Headers by which proxies are known. None reaches the pages: Gradio would believe them."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. ``address`` is what limits are counted by, ``""`` where it is unknown.

    ``local``: a program on this very machine that came by no proxy, as far as its request
    tells. ``direct``: and no setting speaks of a proxy that might keep silent.
    """

    address: str
    local: bool = False
    direct: bool = False


def visitor_of(scope: Scope) -> Visitor:
    """What the lock noted; a stranger where it noted nothing."""
    found = scope.get(KEY)
    return found if isinstance(found, Visitor) else Visitor("")


def look_at(scope: Scope, settings: Settings) -> Visitor:
    """The visitor of a request as it came from the server.

    Local is only who speaks from a loopback address to a loopback name in HTTP/1.1 (a bare
    nginx speaks 1.0), without any trace of a proxy.
    """
    client = scope.get("client")
    address = str(client[0]) if client else ""
    forwarded = any(name in FORWARDED for name, _ in scope["headers"])
    host, _ = host_of(scope) or ("", None)
    spoken = scope.get("http_version", "1.1") != "1.0"
    local = _is_loopback(address) and host in _LOCAL_NAMES and spoken and not forwarded
    behind = any((settings.proxies, settings.root_path, settings.hosts, scope.get("root_path")))
    return Visitor(_network(address), local, local and not behind)


def host_of(scope: Scope) -> tuple[str, int | None] | None:
    """Name (small letters, no brackets) and port of the Host header; None for a bad one."""
    values = [value for name, value in scope["headers"] if name == b"host"]
    if len(values) != 1:
        return None
    return _host(values[0].decode("latin-1"))


def is_known_host(scope: Scope, settings: Settings) -> bool:
    """Whether the Host header names this server.

    IP addresses always count: a page elsewhere can make its own name point here, not a
    number.
    """
    found = host_of(scope)
    if found is None:
        return False
    name = found[0].removesuffix(".")
    known = {"localhost", settings.host.lower(), *names_in(settings.hosts)}
    below = any(name.endswith(each[1:]) for each in known if each.startswith("*."))
    return name in known or below or "*" in known or _is_address(name)


def is_same_origin(scope: Scope) -> bool | None:
    """Whether a page of this very server sent the request; None where nothing tells.

    The scheme is left out: behind a proxy that speaks TLS it need not be known. A form of a
    page that tells no referrer comes from the origin ``null``, as one of a page shut in a
    frame does; what the browser says of the site tells them apart.
    """
    origin = header_of(scope, b"origin")
    if origin is not None and origin != "null":
        parts = urlsplit(origin)
        asked, own = _host(parts.netloc), host_of(scope)
        if asked is None or own is None or parts.scheme not in {"http", "https"}:
            return False
        return asked[0] == own[0] and _port(asked[1], parts.scheme) == _port(own[1], parts.scheme)
    site = header_of(scope, b"sec-fetch-site")
    if site is None:
        return None if origin is None else False
    return site in {"same-origin", "none"}


def is_welcome_origin(scope: Scope, settings: Settings) -> bool:
    """Whether the owner lets scripts of the request's origin call the API."""
    welcome = names_in(settings.origins)
    return "*" in welcome or header_of(scope, b"origin") in welcome


def names_in(setting: str) -> tuple[str, ...]:
    """The names of a setting that lists some, in small letters and without a last slash."""
    return tuple(name.rstrip("/").lower() for name in re.split(r"[,\s]+", setting) if name)


def header_of(scope: Scope, name: bytes) -> str | None:
    """The first header of this name (small letters)."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


def path_of(scope: Scope) -> str:
    """The path below the prefix that a proxy strips."""
    path, root = str(scope.get("path", "")), str(scope.get("root_path", ""))
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def _host(text: str) -> tuple[str, int | None] | None:
    found = _HOST.fullmatch(text)
    if found is None:
        return None
    return found[1].lower().strip("[]"), int(found[2]) if found[2] else None


def _port(port: int | None, scheme: str) -> int:
    return port or {"http": 80, "https": 443}[scheme]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def _network(address: str) -> str:
    """What one visitor has: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found.packed[:8] + bytes(8), 64)))
