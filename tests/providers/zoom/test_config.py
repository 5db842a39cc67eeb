"""Settings: what is missing or wrong is named, and no secret is in them."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from providers.base import AskAPerson
from providers.zoom.config import API_URL, LINK_TTL, TOKEN_URL, read, schema

ROOT = Path(__file__).resolve().parents[3]
ENV = {"ZOOM_SECRET": "s3cret", "ZOOM_HOOK": "h00k", "ZOOM_ACCOUNT": "acc"}


def told(**changed: Any) -> dict[str, Any]:
    whole = {
        "account_id": {"env": "ZOOM_ACCOUNT"},
        "client_id": "cid",
        "client_secret": {"env": "ZOOM_SECRET"},
        "webhook_secret": {"env": "ZOOM_HOOK"},
        "hosts": ["a@example.jp", "b@example.jp"],
    }
    return {name: value for name, value in {**whole, **changed}.items() if value is not None}


def test_settings_are_read_and_secrets_fetched() -> None:
    account = read(told(), ENV)
    assert (account.account_id, account.client_id, account.client_secret) == ("acc", "cid", "s3cret")
    assert account.webhook_secret == "h00k"
    assert account.hosts == ("a@example.jp", "b@example.jp")
    assert (account.api_url, account.token_url, account.link_ttl) == (API_URL, TOKEN_URL, LINK_TTL)


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("from a file\n")
    assert read(told(client_secret={"file": str(path)}), ENV).client_secret == "from a file"


def test_secrets_hide_from_repr() -> None:
    shown = repr(read(told(), ENV))
    assert "s3cret" not in shown
    assert "h00k" not in shown


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"client_secret": "in the open"}, "client_secret"),
        ({"webhook_secret": "in the open"}, "webhook_secret"),
        ({"client_secret": {"env": "A", "file": "b"}}, "client_secret"),
        ({"hosts": []}, "hosts"),
        ({"hosts": ["a", "a"]}, "hosts"),
        ({"hosts": None}, "zoom: required"),
        ({"link_ttl": 1}, "link_ttl"),
        ({"link_ttl": 86_400}, "link_ttl"),
        ({"api_url": "https://api.example/v2/"}, "api_url"),
        ({"deployment": "Rehearsal 1"}, "deployment"),
        ({"unheard_of": 1}, "zoom: additionalProperties"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(AskAPerson) as caught:
        read(told(**changed), ENV)
    assert caught.value.code == "config_invalid"
    assert str(caught.value).startswith(where)
    assert "in the open" not in str(caught.value)


@pytest.mark.parametrize("where", [{"env": "NOT_SET"}, {"file": "/nowhere/at/all"}])
def test_a_secret_that_is_not_there_is_named(where: dict[str, str]) -> None:
    with pytest.raises(AskAPerson, match="client_secret") as caught:
        read(told(client_secret=where), ENV)
    assert caught.value.code == "secret_missing"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def test_every_line_of_the_checklist_is_done_todo_or_exempt_and_says_why() -> None:
    """And the tests that it names exist."""
    text = files("providers.zoom").joinpath("quality.yaml").read_text(encoding="utf-8")
    rules = text.split("  - rule: ")[1:]
    assert len(rules) > 10
    for rule in rules:
        status = re.search(r"^    status: (done|todo|exempt)$", rule, re.MULTILINE)
        assert status, rule
        shown = re.search(r"^    shown_by: (\S+)$", rule, re.MULTILINE)
        if status[1] == "done":
            assert shown, rule
            assert (ROOT / shown[1]).is_file(), shown[1]
        else:
            assert re.search(r"^    reason: \S", rule, re.MULTILINE), rule
