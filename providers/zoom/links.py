"""What a person is sent to Zoom with: the name that is shown there, and the way in without an app."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

LONGEST_NAME = 64  # characters, Zoom, "Create a meeting's invite links"; how it counts them is not said
NAMELESS = "-"  # shown for a person whose name has been purged

WEB_CLIENT = "app.zoom.us"
PERSONAL = re.compile(r"/[jw]/([0-9]{9,20})/?")
KEPT = ("tk", "pwd")  # who the person is, and the passcode; what else there is belongs to the page that offers the app


def shown_name(shown_as: str) -> str:
    """On one line, and no longer than Zoom takes, however it counts: in UTF-16 units, as a browser would. Never
    empty."""
    one_line = " ".join("".join(c if c.isprintable() else " " for c in shown_as).split())
    return one_line.encode("utf-16-le")[: 2 * LONGEST_NAME].decode("utf-16-le", "ignore").rstrip() or NAMELESS


def in_browser(join_url: str) -> str | None:
    """The same meeting in Zoom's web client, which asks for no installation. None for an address of another form than
    ``/j/N?tk=…``: without its ``tk`` the web client would ask for a name, and show any.

    Zoom's descriptions do not have this address. ``https://app.zoom.us/wc/N/join`` with the query of the join link is
    where Zoom's own page leads to (github.com/leits/MeetingBar issue 803, 2025; a gist of RangerMauve's of May 2024);
    ``zoom.us/wc/join/N`` is the older form (github.com/arkadiyt/zoom-redirector issue 13, 2021, with ``tk``), and an
    account on another domain has it under its own name (the same project, for zoomgov.com).
    """
    try:
        parts = urlsplit(join_url)
    except ValueError:
        return None
    meeting, kept = PERSONAL.fullmatch(parts.path), [(n, v) for n, v in parse_qsl(parts.query) if n in KEPT]
    if meeting is None or parts.hostname is None or "tk" not in dict(kept):
        return None
    host = WEB_CLIENT if f".{parts.hostname}".endswith(".zoom.us") else parts.netloc
    return urlunsplit((parts.scheme, host, f"/wc/{meeting[1]}/join", urlencode(kept), ""))
