"""One link of harutaka's: whether a person may be sent there, and which place it leads to.

Strict on purpose. Whatever a browser would mend or read in another way than we do (a backslash, a tab, a full-width
dot) is refused and never mended, so that the host that was checked is the host that is opened.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote

HOME = "harutaka.jp"  # and everything under it; what was seen of links is company.harutaka.jp
MAX_URL = 2_000  # characters; a link has some hundred, and mail programs and proxies begin to break longer ones
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
MY_LIVE = "ml"  # マイライブ URL, https://company.harutaka.jp/ml/…: a host's own room, tied to no candidate

_FOREIGN = re.compile(r"[^!-~]|[\\\"<>^`{|}]")  # beyond RFC 3986 §2: white space, controls, what is not ASCII
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_URL = re.compile(
    r"(?P<scheme>https?)://(?:(?P<user>[^/?#]*)@)?"
    rf"(?P<host>{_LABEL}(?:\.{_LABEL})*|\[::1\])(?::(?P<port>[0-9]{{1,5}}))?"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
    re.IGNORECASE | re.ASCII,  # ASCII, else a Kelvin sign would pass for a k
)


def trouble(url: str, hosts: Collection[str] = ()) -> str:
    """The code of why nobody may be sent to ``url`` (``faults.SENTENCES``), empty if somebody may.

    ``hosts``: what is allowed besides harutaka.jp, in lower case, each a host or host:port and that one only. Plain
    HTTP is for loopback, and only where it is among them."""
    if len(url) > MAX_URL:
        return "too_long"
    if _FOREIGN.search(url):
        return "bad_character"
    found = _URL.fullmatch(url)
    if found is None:
        return "not_https" if not url.lower().startswith("https://") else "bad_url"
    return _trouble_with_host(found, hosts) or _trouble_with_path(found["path"] or "/", found["query"] or "")


def place(url: str) -> str:
    """The same for two ways to write a link that lead to one place. Total: what is no link is its own place.

    The fragment is left out, for it never reaches the server, and percent-encoding is undone: what is wrongly taken
    for the same is refused, what is wrongly taken for another lets two candidates into one room."""
    found = _URL.fullmatch(url)
    if found is None:
        return url
    path, query = unquote(found["path"] or "").rstrip("/"), unquote(found["query"] or "?")
    return f"{_authority(found)}{path}{query}"


def is_my_live(url: str) -> bool:
    """Whether it is a マイライブ URL."""
    found = _URL.fullmatch(url)
    return found is not None and unquote(found["path"] or "/").lower().split("/")[1:2] == [MY_LIVE]


def _trouble_with_host(found: re.Match[str], hosts: Collection[str]) -> str:
    host, authority = found["host"].lower(), _authority(found)
    if found["user"] is not None:
        return "user_in_url"
    if found["scheme"].lower() != "https" and not (host in LOOPBACK and authority in hosts):
        return "not_https"
    if authority in hosts:
        return ""
    if host != HOME and not host.endswith(f".{HOME}"):
        return "foreign_host"
    return "" if authority == host else "port"


def _authority(found: re.Match[str]) -> str:
    """Host and port; the port that HTTPS has anyway is left out."""
    host, port = found["host"].lower(), found["port"]
    usual = port is None or (port == "443" and found["scheme"].lower() == "https")
    return host if usual else f"{host}:{port}"


def _trouble_with_path(path: str, query: str) -> str:
    steps = unquote(path).split("/")[1:]
    if any(step in (".", "..") for step in steps) or "" in steps[:-1]:
        return "bad_url"
    return "no_room" if steps == [""] and len(query) <= 1 else ""
