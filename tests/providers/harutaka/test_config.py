"""Settings: what is missing or wrong is named, and what an office need not know has its default."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from providers.base import AskAPerson, Support, Terms
from providers.harutaka.config import DESK, ENVIRONMENT, TERMS_TITLE, read, schema

TERMS = {"terms_url": "https://www.example.lg.jp/harutaka-terms", "terms_version": "2026-04-01"}
HOURS = {"hours": "平日のみ", "open_from": "08:30", "open_until": "17:15"}


def test_the_terms_are_enough() -> None:
    tenant = read(TERMS)
    assert tenant.terms == Terms(TERMS_TITLE, TERMS["terms_url"], "2026-04-01")
    assert (tenant.waiting_room, tenant.hosts) == (False, frozenset())
    assert (tenant.support, tenant.test_page) == (DESK, ENVIRONMENT)


def test_everything_can_be_told() -> None:
    desk = {"name": "採用窓口", "telephone": "000-0000-0000", **HOURS}
    told = {"waiting_room": True, "test_page": "https://www.example.lg.jp/test", "support": desk}
    tenant = read({**TERMS, **told, "hosts": ["Video.example.lg.jp:443", "127.0.0.1:8099", "[::1]:8099"]})
    assert tenant.support == Support("採用窓口", "000-0000-0000", "平日のみ", None, "08:30", "17:15")
    assert (tenant.waiting_room, tenant.test_page) == (True, "https://www.example.lg.jp/test")
    assert tenant.hosts == {"video.example.lg.jp", "127.0.0.1:8099", "[::1]:8099"}


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"terms_url": None}, ": required"),
        ({"terms_version": None}, ": required"),
        ({"terms_url": "http://example.lg.jp"}, ".terms_url: pattern"),
        ({"terms_version": ""}, ".terms_version: minLength"),
        ({"waiting_room": "on"}, ".waiting_room: type"),
        ({"hosts": ["https://video.example.lg.jp"]}, ".hosts.0: pattern"),
        ({"hosts": ["*.example.lg.jp"]}, ".hosts.0: pattern"),
        ({"hosts": [".example.lg.jp"]}, ".hosts.0: pattern"),
        ({"hosts": ["user@video.example.lg.jp"]}, ".hosts.0: pattern"),
        ({"hosts": ["a.example", "a.example"]}, ".hosts: uniqueItems"),
        ({"test_page": "javascript:alert(1)"}, ".test_page: pattern"),
        ({"support": {"telephone": "000"}}, ".support: required"),
        ({"support": {"name": "x", "open_from": "09:00"}}, ".support: dependentRequired"),
        ({"support": {"name": "x", **HOURS, "open_from": "8:30"}}, ".support.open_from: pattern"),
        ({"support": {"name": "x", **HOURS, "open_from": "17:15"}}, ".support.open_until: "),
        ({"api_url": "https://company.harutaka.jp"}, ": additionalProperties"),
    ],
)
def test_a_wrong_setting_is_named(changed: dict[str, Any], where: str) -> None:
    told = {name: value for name, value in {**TERMS, **changed}.items() if value is not None}
    with pytest.raises(AskAPerson) as caught:
        read(told)
    assert caught.value.code == "config_invalid"
    assert str(caught.value).startswith(f"providers.harutaka{where}")
    assert "alert" not in str(caught.value)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())
