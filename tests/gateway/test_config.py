"""Settings: what is wrong is named with its place, all at once, and nothing starts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Media, Settings
from gateway.faults import Faulty
from providers.registry import KINDS

ROOT = Path(__file__).parents[2]


def faults(document: dict[str, Any], base: Path = ROOT) -> dict[str, str]:
    with pytest.raises(Faulty) as caught:
        Settings.parse(document, base=base)
    return {fault.path: fault.code for fault in caught.value.faults}


def test_nothing_at_all_means_loopback_and_plain_http(tmp_path: Path) -> None:
    made = Settings.parse({}, base=tmp_path)
    assert (made.host, made.port, made.public_origin) == ("127.0.0.1", 8080, "http://127.0.0.1:8080")
    assert made.data_dir == tmp_path / "data"
    assert made.keys_dir == tmp_path / "data" / "keys"
    assert not made.secure


def test_the_example_file_is_valid() -> None:
    made = Settings.load(ROOT / "genkan.example.toml")
    assert made.public_origin == "https://mensetsu.example.lg.jp"
    assert (made.media.port, made.media.advertise, made.media.host) == (40000, ("203.0.113.20",), Media().host)
    assert made.secure


def test_a_redis_is_named_without_its_password_which_lies_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("p@ss/word\n")
    section = {"redis": "redis://store:6379/0", "username": "genkan", "password": {"file": "secret"}}
    made = Settings.parse({"journal": section}, base=tmp_path)
    assert made.journal is not None
    assert made.journal.address() == "redis://genkan:p%40ss%2Fword@store:6379/0"
    assert "p@ss" not in repr(made)
    plain = Settings.parse({"journal": {"redis": "unix:///run/redis.sock"}}, base=tmp_path)
    assert plain.journal is not None
    assert plain.journal.address() == "unix:///run/redis.sock"
    assert Settings.parse({}, base=tmp_path).journal is None


@pytest.mark.parametrize(
    ("section", "path", "code"),
    [
        ({"redis": "redis://:secret@store"}, "journal.redis", "secret_in_settings"),
        ({"redis": "redis://store", "username": "genkan"}, "journal.password", "missing"),
        ({"redis": "http://store"}, "journal.redis", "bad_pattern"),
        ({}, "journal.redis", "missing"),
    ],
)
def test_a_fault_of_the_journals_section_is_named(section: dict[str, Any], path: str, code: str) -> None:
    assert faults({"journal": section}) == {path: code}


def test_a_password_that_is_not_where_it_should_be_is_a_fault(tmp_path: Path) -> None:
    made = Settings.parse({"journal": {"redis": "redis://store", "password": {"file": "gone"}}}, base=tmp_path)
    assert made.journal is not None
    with pytest.raises(Faulty):
        made.journal.address()


@pytest.mark.parametrize(
    ("document", "path", "guess"),
    [
        ({"public_orgin": "http://127.0.0.1"}, "public_orgin", "public_origin"),
        ({"listen": {"prot": 1}}, "listen.prot", "port"),
        ({"media": {"advertize": []}}, "media.advertize", "advertise"),
        ({"trusted_proxy": []}, "trusted_proxy", "trusted_proxies"),
    ],
)
def test_an_unknown_key_is_refused_naming_the_nearest(document: dict[str, Any], path: str, guess: str) -> None:
    with pytest.raises(Faulty) as caught:
        Settings.parse(document, base=ROOT)
    (fault,) = caught.value.faults
    assert (fault.path, fault.code) == (path, "unknown_key")
    assert guess in fault.en
    assert guess in fault.ja


def test_all_faults_are_named_at_once() -> None:
    wrong = {"listen": {"port": 70000, "host": 5}, "log": {"level": "loud"}, "language": "fr", "nonsense": 1}
    assert set(faults(wrong)) == {"listen.port", "listen.host", "log.level", "language", "nonsense"}


def test_plain_http_is_refused_off_loopback_unless_a_proxy_is_named() -> None:
    public = {"public_origin": "https://a.example.lg.jp", "listen": {"host": "10.1.2.3"}}
    assert faults(public) == {"listen.host": "plain_http"}
    assert Settings.parse({**public, "trusted_proxies": ["10.0.0.0/8"]}, base=ROOT).secure


def test_an_origin_is_required_off_loopback_and_must_be_https() -> None:
    listen = {"listen": {"host": "10.1.2.3"}, "trusted_proxies": ["10.0.0.1"]}
    assert faults(listen) == {"public_origin": "missing"}
    assert faults({**listen, "public_origin": "http://a.example.lg.jp"}) == {"public_origin": "not_https"}
    assert faults({**listen, "public_origin": "https://a.example.lg.jp/path"}) == {"public_origin": "bad_pattern"}


def test_a_proxy_on_this_machine_needs_the_origin_too() -> None:
    assert faults({"trusted_proxies": ["127.0.0.1"]}) == {"public_origin": "missing"}


def test_files_and_networks_that_are_none_are_named(tmp_path: Path) -> None:
    wrong = {
        "tls": {"certificate": "no.pem", "key": "no.key"},
        "trusted_proxies": ["10.0.0.0/8", "ten"],
        "public_origin": "https://a.example.lg.jp",
    }
    assert faults(wrong, tmp_path) == {
        "tls.certificate": "no_such_file",
        "tls.key": "no_such_file",
        "trusted_proxies[1]": "bad_network",
    }


def test_a_file_that_is_no_toml_says_the_line(tmp_path: Path) -> None:
    path = tmp_path / "genkan.toml"
    path.write_text("[listen\nport = 1\n")
    with pytest.raises(Faulty, match=r"line 1"):
        Settings.load(path)


def test_no_fault_repeats_a_value() -> None:
    secret = "s3cret-value"
    wrong = {"media": {"ice_servers": [{"urls": [secret], "credential": [secret]}]}, "language": secret}
    with pytest.raises(Faulty) as caught:
        Settings.parse(wrong, base=ROOT)
    assert secret not in str(caught.value) + repr(caught.value.faults)


def test_a_credential_shows_in_no_repr() -> None:
    servers = [{"urls": ["turns:t.example.lg.jp:443"], "username": "u", "credential": "hidden-one"}]
    made = Settings.parse({"media": {"ice_servers": servers}}, base=ROOT)
    assert "hidden-one" not in repr(made)
    assert made.media.ice_servers[0].to_json() == servers[0]


def test_a_made_up_origin_follows_the_port_and_a_given_one_stays(tmp_path: Path) -> None:
    assert Settings.for_demo(tmp_path).with_port(4711).public_origin == "http://127.0.0.1:4711"
    given = Settings.parse({"public_origin": "http://localhost:9", "listen": {"port": 0}}, base=tmp_path)
    assert given.with_port(4711).public_origin == "http://localhost:9"


def test_every_key_of_the_schema_stands_in_the_example() -> None:
    text = (ROOT / "genkan.example.toml").read_text()
    for key in ("public_origin", "data_dir", "keys_dir", "language", "trusted_proxies", "certificate", "advertise"):
        assert re.search(rf"^(# )?{key} = ", text, re.MULTILINE), key


ZOOM = {
    "account_id": {"env": "ACCOUNT"},
    "client_id": "id",
    "client_secret": {"file": "secrets/zoom"},
    "hosts": ["a@example.lg.jp"],
}
HARUTAKA = {"terms_url": "https://www.example.lg.jp/terms", "terms_version": "2026-04-01"}


def test_providers_have_settings_of_their_own(tmp_path: Path) -> None:
    """Paths in them stay as written; they start from the folder of the settings file."""
    path = tmp_path / "genkan.toml"
    path.write_text(
        "[providers.harutaka]\nterms_url = 'https://www.example.lg.jp/terms'\nterms_version = '2026-04-01'\n"
    )
    made = Settings.load(path)
    assert (made.providers, made.base) == ({"harutaka": HARUTAKA}, tmp_path)
    assert Settings.parse({}, base=tmp_path).providers == {}
    assert Settings.parse({"providers": {"zoom": ZOOM, "harutaka": HARUTAKA}}, base=tmp_path).providers["zoom"] == ZOOM


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"zoom": {**ZOOM, "hosts": []}}, {"providers.zoom.hosts": "bad_min_items"}),
        ({"zoom": {**ZOOM, "hosts": ["a", 5]}}, {"providers.zoom.hosts[1]": "bad_type"}),
        ({"zoom": {**ZOOM, "client_secret": "in the open"}}, {"providers.zoom.client_secret": "bad_type"}),
        ({"zoom": {**ZOOM, "link_tll": 900}}, {"providers.zoom.link_tll": "unknown_key"}),
        (
            {"harutaka": {}},
            dict.fromkeys(["providers.harutaka.terms_url", "providers.harutaka.terms_version"], "missing"),
        ),
        ({"harutaka": {**HARUTAKA, "hosts": ["*"]}}, {"providers.harutaka.hosts[0]": "bad_pattern"}),
        ({"zoom": 5}, {"providers.zoom": "bad_type"}),
        ([], {"providers": "bad_type"}),
    ],
)
def test_a_providers_setting_that_is_wrong_is_named_by_its_path(sections: Any, expected: dict[str, str]) -> None:
    assert faults({"providers": sections}) == expected


def test_faults_of_the_gateway_and_of_providers_are_named_at_once() -> None:
    wrong = {
        "language": "fr",
        "providers": {"zoom": {**ZOOM, "hosts": []}, "harutaka": {**HARUTAKA, "waiting_room": 1}},
    }
    assert set(faults(wrong)) == {"language", "providers.zoom.hosts", "providers.harutaka.waiting_room"}


@pytest.mark.parametrize(("name", "guess"), [("zooom", "zoom"), ("harutake", "harutaka")])
def test_an_unknown_provider_is_refused_naming_the_nearest(name: str, guess: str) -> None:
    with pytest.raises(Faulty) as caught:
        Settings.parse({"providers": {name: {}}}, base=ROOT)
    (fault,) = caught.value.faults
    assert (fault.path, fault.code) == (f"providers.{name}", "unknown_key")
    assert guess in fault.en
    assert guess in fault.ja


def test_a_providers_settings_show_in_no_repr() -> None:
    """An account's number may stand there in the open, and is nobody's business all the same."""
    made = Settings.parse({"providers": {"zoom": {**ZOOM, "account_id": "hidden-one"}}}, base=ROOT)
    assert "hidden-one" not in repr(made)


def test_the_providers_of_the_example_are_settings_that_are_taken() -> None:
    """With the marks of comments taken off; whatever a provider cannot do without is shown."""
    text = (ROOT / "genkan.example.toml").read_text()
    part = text[text.index("# [providers.zoom]") : text.index("[log]")]
    lines = [line.removeprefix("# ") for line in part.splitlines()]
    shown = tomllib.loads("\n".join(line for line in lines if re.match(r"\[|[a-z_]+ = ", line)))
    made = Settings.parse(shown, base=ROOT)
    assert set(made.providers) == set(KINDS)
    for name, kind in KINDS.items():
        assert set(made.providers[name]) >= set(kind.schema()["required"])


MAIL = {"host": "smtp.example", "from": "mensetsu@sender.example"}


def test_mail_has_defaults_that_are_safe(tmp_path: Path) -> None:
    made = Settings.parse({"public_origin": "https://a.example", "mail": MAIL}, base=tmp_path).mail
    assert made is not None
    assert (made.port, made.tls, made.bounces, made.password) == (587, "starttls", "mensetsu@sender.example", None)
    assert Settings.parse({}, base=tmp_path).mail is None


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"tls": "none"}, "mail.tls", "plain_smtp"),
        ({"username": "u"}, "mail.password", "missing"),
        ({"password": {"env": "X"}}, "mail.username", "missing"),
        ({"username": "u", "password": "in the clear"}, "mail.password", "bad_type"),
        ({"from": "a@b.example\r\nBcc: c@d.example"}, "mail.from", "bad_pattern"),
        ({"form": "x"}, "mail.form", "unknown_key"),
        ({"per_minute": 0}, "mail.per_minute", "bad_minimum"),
        ({"templates": "nowhere"}, "mail.templates", "no_such_folder"),
    ],
)
def test_faults_of_mail_are_named(tmp_path: Path, changes: dict[str, Any], path: str, code: str) -> None:
    with pytest.raises(Faulty) as caught:
        Settings.parse({"public_origin": "https://a.example", "mail": MAIL | changes}, base=tmp_path)
    assert [(fault.path, fault.code) for fault in caught.value.faults] == [(path, code)]


def test_mail_needs_an_address_that_its_links_lead_to(tmp_path: Path) -> None:
    with pytest.raises(Faulty, match="public_origin"):
        Settings.parse({"mail": MAIL}, base=tmp_path)


def test_the_password_is_read_where_it_lies_and_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("open sesame\n")
    section = {**MAIL, "username": "u", "password": {"file": "secret"}}
    made = Settings.parse({"public_origin": "https://a.example", "mail": section}, base=tmp_path).mail
    assert made is not None
    assert made.secret() == "open sesame"
    assert "secret" not in repr(made)
    (tmp_path / "secret").unlink()
    with pytest.raises(Faulty, match=r"mail\.password"):
        made.secret()


def test_the_mail_of_the_example_is_settings_that_are_taken() -> None:
    text = (ROOT / "genkan.example.toml").read_text()
    part = text[text.index("# [mail]") : text.index("# Who else may carry")]
    lines = [line.removeprefix("# ") for line in part.splitlines()]
    shown = tomllib.loads("\n".join(line for line in lines if re.match(r"\[|[a-z_]+ = ", line)))
    made = Settings.parse({"public_origin": "https://a.example", **shown}, base=ROOT).mail
    assert made is not None
    assert made.port == 587
