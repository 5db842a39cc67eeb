"""Settings: what is missing or wrong is named, and no secret is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from providers.base import AskAPerson
from providers.configuration import LONGEST_SECRET
from providers.zoom.config import API_URL, LINK_TTL, TOKEN_URL, read, schema

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


def test_a_files_path_starts_from_the_folder_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("beside the settings")
    assert read(told(client_secret={"file": "secret"}), ENV, tmp_path).client_secret == "beside the settings"


def test_a_file_that_is_no_secret_is_not_taken_for_one(tmp_path: Path) -> None:
    """Cut off, it would be sent to the far side, and refused there for no reason that anybody sees."""
    (tmp_path / "log").write_bytes(b"x" * (LONGEST_SECRET + 1))
    with pytest.raises(AskAPerson, match=r"providers\.zoom\.client_secret") as caught:
        read(told(client_secret={"file": "log"}), ENV, tmp_path)
    assert caught.value.code == "secret_missing"


def test_secrets_hide_from_repr() -> None:
    shown = repr(read(told(), ENV))
    assert "s3cret" not in shown
    assert "h00k" not in shown


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"client_secret": "in the open"}, ".client_secret"),
        ({"webhook_secret": "in the open"}, ".webhook_secret"),
        ({"client_secret": {"env": "A", "file": "b"}}, ".client_secret"),
        ({"hosts": []}, ".hosts"),
        ({"hosts": ["a", "a"]}, ".hosts"),
        ({"hosts": None}, ": required"),
        ({"link_ttl": 1}, ".link_ttl"),
        ({"link_ttl": 86_400}, ".link_ttl"),
        ({"api_url": "https://api.example/v2/"}, ".api_url"),
        ({"deployment": "Rehearsal 1"}, ".deployment"),
        ({"unheard_of": 1}, ": additionalProperties"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(AskAPerson) as caught:
        read(told(**changed), ENV)
    assert caught.value.code == "config_invalid"
    assert str(caught.value).startswith(f"providers.zoom{where}")
    assert "in the open" not in str(caught.value)


@pytest.mark.parametrize("where", [{"env": "NOT_SET"}, {"file": "/nowhere/at/all"}])
def test_a_secret_that_is_not_there_is_named(where: dict[str, str]) -> None:
    with pytest.raises(AskAPerson, match="client_secret") as caught:
        read(told(client_secret=where), ENV)
    assert caught.value.code == "secret_missing"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())
