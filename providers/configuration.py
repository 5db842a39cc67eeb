"""What all providers' settings have in common: a JSON schema beside the code, and secrets that lie elsewhere.

A fault names the field as ``genkan.toml`` does (``providers.zoom.hosts``) and never its value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from providers.base import AskAPerson

LONGEST_SECRET = 4096  # bytes; a file larger than that is another file


def schema(provider: str) -> dict[str, Any]:
    """The JSON schema of a provider's settings, ``config.json`` in its folder."""
    text = files(f"providers.{provider}").joinpath("config.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def check(provider: str, raw: Mapping[str, Any]) -> None:
    """AskAPerson ``config_invalid``, which names the first field at fault and the rule that it breaks."""
    faults = Draft202012Validator(schema(provider)).iter_errors(raw)
    for fault in sorted(faults, key=lambda one: [str(part) for part in one.absolute_path]):
        where = ".".join(str(part) for part in ("providers", provider, *fault.absolute_path))
        raise AskAPerson("config_invalid", f"{where}: {fault.validator}")


def value(where: str, raw: str | Mapping[str, str], environ: Mapping[str, str], base: Path) -> str:
    """What ``raw`` says, or what lies where it points to: ``{"env": NAME}``, or ``{"file": PATH}``, relative to
    ``base``. AskAPerson ``secret_missing``, which names ``where`` it should have been told."""
    if isinstance(raw, str):
        return raw
    found = environ.get(raw["env"], "") if "env" in raw else _contents(where, base / raw["file"])
    if not found:
        raise AskAPerson("secret_missing", f"{where}: nothing where it should be")
    return found


def _contents(where: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            held = file.read(LONGEST_SECRET + 1)
        if len(held) > LONGEST_SECRET:
            raise AskAPerson("secret_missing", f"{where}: the file is too large for a secret")
        return held.decode().strip()
    except (OSError, ValueError) as error:
        raise AskAPerson("secret_missing", f"{where}: the file cannot be read") from error
