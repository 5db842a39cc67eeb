"""What Zoom needs to be told, once: the account, its hosts, where secrets are to be found.

Secrets are never in the settings themselves: ``{"env": NAME}`` or ``{"file": PATH}`` says where they are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from providers import configuration

API_URL = "https://api.zoom.us/v2"
TOKEN_URL = "https://zoom.us/oauth/token"  # noqa: S105 - an address, Zoom's "Server-to-Server OAuth" page
LINK_TTL = 900  # seconds that a candidate's link lives: a slow first start of the app takes minutes
TERMS_VERSION = (
    "2023-08-11"  # the date on Zoom's terms of service; a consent names it, so settings may name a later one
)
FETCHED = ("account_id", "client_id", "client_secret", "webhook_secret")  # these may lie elsewhere, the last two must
PLAIN = ("api_url", "token_url", "link_ttl", "terms_version", "deployment")  # settings that are taken as they stand


@dataclass(frozen=True, slots=True)
class Account:
    """``hosts``: user ids or e-mail addresses of licensed users, in the order of preference. ``deployment`` tells the
    meetings of one Genkan from those of another on the same account, whose events may have the same ids."""

    account_id: str
    client_id: str
    hosts: tuple[str, ...]
    client_secret: str = field(repr=False)
    webhook_secret: str = field(default="", repr=False)
    api_url: str = API_URL
    token_url: str = TOKEN_URL
    link_ttl: int = LINK_TTL
    terms_version: str = TERMS_VERSION
    deployment: str = ""


def schema() -> dict[str, Any]:
    """The JSON schema of the settings."""
    return configuration.schema("zoom")


def read(raw: Mapping[str, Any], environ: Mapping[str, str] | None = None, base: Path = Path()) -> Account:
    """The settings with their secrets fetched, from ``environ`` (default: the process's) and from files, relative to
    ``base``. AskAPerson ``config_invalid`` or ``secret_missing``, which name the field and never its value."""
    configuration.check("zoom", raw)
    env = os.environ if environ is None else environ
    told: dict[str, Any] = {name: raw[name] for name in PLAIN if name in raw}
    for name in FETCHED:
        if name in raw:
            told[name] = configuration.value(f"providers.zoom.{name}", raw[name], env, base)
    return Account(hosts=tuple(raw["hosts"]), **told)
