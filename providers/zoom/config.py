"""What Zoom needs to be told, once: the account, its hosts, where secrets are to be found.

Secrets are never in the settings themselves: ``{"env": NAME}`` or ``{"file": PATH}`` says where they are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from providers.base import AskAPerson

API_URL = "https://api.zoom.us/v2"
TOKEN_URL = "https://zoom.us/oauth/token"  # noqa: S105 - an address, Zoom's "Server-to-Server OAuth" page
LINK_TTL = 900  # seconds that a candidate's link lives: a slow first start of the app takes minutes
TERMS_VERSION = (
    "2023-08-11"  # the date on Zoom's terms of service; a consent names it, so settings may name a later one
)
PLAIN = ("api_url", "token_url", "link_ttl", "terms_version", "deployment")  # settings that are taken as they stand
LONGEST_SECRET = 4096  # bytes; a file larger than that is another file


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
    found: dict[str, Any] = json.loads(files("providers.zoom").joinpath("config.json").read_text(encoding="utf-8"))
    return found


def read(raw: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Account:
    """AskAPerson ``config_invalid`` or ``secret_missing``, which name the field and never its value."""
    for fault in Draft202012Validator(schema()).iter_errors(raw):
        where = ".".join(str(part) for part in fault.absolute_path) or "zoom"
        raise AskAPerson("config_invalid", f"{where}: {fault.validator}")
    env = os.environ if environ is None else environ
    told = {name: raw[name] for name in PLAIN if name in raw}
    return Account(
        account_id=_value("account_id", raw["account_id"], env),
        client_id=_value("client_id", raw["client_id"], env),
        hosts=tuple(raw["hosts"]),
        client_secret=_value("client_secret", raw["client_secret"], env),
        webhook_secret=_value("webhook_secret", raw["webhook_secret"], env) if "webhook_secret" in raw else "",
        **told,
    )


def _value(name: str, raw: str | Mapping[str, str], environ: Mapping[str, str]) -> str:
    if isinstance(raw, str):
        return raw
    found = environ.get(raw["env"], "") if "env" in raw else _contents(name, Path(raw["file"]))
    if not found:
        raise AskAPerson("secret_missing", f"{name}: nothing where it should be")
    return found


def _contents(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST_SECRET).decode().strip()
    except (OSError, ValueError) as error:
        raise AskAPerson("secret_missing", f"{name}: the file cannot be read") from error
