"""Providers are made from settings, all or none, and what is missing is named by its path."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from providers.base import AskAPerson, GiveUp, Provider, RoomSpec
from providers.harutaka.urls import Pair
from providers.registry import KINDS, Registry, configured
from providers.scripted import Scripted

PAIR = Pair("https://company.harutaka.jp/live/c1", "https://company.harutaka.jp/live/e1")
ZOOM = {
    "account_id": {"env": "ACCOUNT"},
    "client_id": "id",
    "client_secret": {"file": "secrets/zoom"},
    "hosts": ["a@example.lg.jp"],
}
KNOWN = {**ZOOM, "account_id": "acc"}
HARUTAKA = {"terms_url": "https://www.example.lg.jp/terms", "terms_version": "2026-04-01"}


def made(base: Path, settings: Mapping[str, Mapping[str, Any]], **environ: str) -> list[Provider]:
    return configured(settings, environ=environ, base=base, links=lambda *_: PAIR, now=lambda: 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of the settings file, with Zoom's secret beside it."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "zoom").write_text("hush\n")
    return tmp_path


def test_providers_are_made_in_the_order_of_the_settings(folder: Path) -> None:
    both = made(folder, {"zoom": ZOOM, "harutaka": HARUTAKA}, ACCOUNT="acc")
    assert [provider.name for provider in both] == ["zoom", "harutaka"]
    assert all(isinstance(provider, Provider) for provider in both)
    assert [provider.abilities.terms.version for provider in both if provider.abilities.terms][1] == "2026-04-01"
    assert made(folder, {}) == []


async def test_what_was_imported_is_looked_up_by_the_provider_that_needs_it(folder: Path) -> None:
    (provider,) = made(folder, {"harutaka": HARUTAKA})
    room = await provider.open_room(RoomSpec("exam", "r1", "iv1", 1, "", 0, 1), key="k")
    assert room.details == {"candidate": PAIR.candidate, "evaluator": PAIR.evaluator}


@pytest.mark.parametrize(
    ("settings", "code", "where"),
    [
        ({"zoom": {**ZOOM, "hosts": []}}, "config_invalid", "providers.zoom.hosts: "),
        ({"harutaka": {}}, "config_invalid", "providers.harutaka: "),
        ({"zoom": ZOOM}, "secret_missing", "providers.zoom.account_id: "),
        ({"zoom": {**KNOWN, "client_secret": {"file": "gone"}}}, "secret_missing", "providers.zoom.client_secret: "),
        ({"harutaka": HARUTAKA, "zooom": ZOOM}, "config_invalid", "providers.zooom: "),
    ],
)
def test_what_is_wrong_or_missing_is_named(
    folder: Path, settings: dict[str, dict[str, Any]], code: str, where: str
) -> None:
    with pytest.raises(AskAPerson) as caught:
        made(folder, settings)
    assert caught.value.code == code
    assert str(caught.value).startswith(where)
    assert "hush" not in str(caught.value)


def test_every_kind_has_a_schema() -> None:
    for kind in KINDS.values():
        Draft202012Validator.check_schema(kind.schema())
        assert kind.schema()["additionalProperties"] is False


def test_reading_settings_loads_no_http_client() -> None:
    """The command line reads them for every command."""
    said = "import sys, gateway.config; print([name for name in sys.modules if name.startswith('aiohttp')])"
    run = subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"


def test_the_registry_knows_its_providers_by_name() -> None:
    registry = Registry(Scripted())
    assert registry["scripted"].name == "scripted"
    assert "webrtc" not in registry
    assert list(registry) == ["scripted"]
    assert registry.labels()["scripted"]["en"]
    with pytest.raises(GiveUp, match="no_such_provider"):
        registry["webrtc"]


def test_another_provider_of_the_same_name_takes_the_place(folder: Path) -> None:
    registry = Registry(*made(folder, {"harutaka": HARUTAKA}))
    (other,) = made(folder, {"harutaka": {**HARUTAKA, "terms_version": "2027-04-01"}})
    registry.add(other)
    assert list(registry) == ["harutaka"]
    assert registry["harutaka"] is other
