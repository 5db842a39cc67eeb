"""STARTTLS, TLS from the first byte, logging in: nothing goes to a server that the certificate does not fit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.faults import Fault
from gateway.mail.relay import Relay
from gateway.mail.settings import mail_faults
from tests.gateway.mail.world import World, world
from tests.support.certificates import self_made
from tests.support.post_office import Counter, PostOffice, post_office

PASSWORD = "Hunter-2-of-the-office"
NAME = "genkan"


@asynccontextmanager
async def at_the_counter(
    tmp_path: Path, counter: Counter, *, trusted: Path | None, **changes: Any
) -> AsyncIterator[tuple[World, PostOffice]]:
    tls = "starttls" if counter.starttls else "tls"
    async with post_office(counter) as office, world(tmp_path / "d", office, tls=tls, ca=trusted) as here:
        settings = replace(here.post.settings, **changes)
        here.post._relay = Relay(settings, PASSWORD if settings.username is not None else None)
        yield here, office


@pytest.mark.parametrize("starttls", [True, False], ids=["starttls", "tls"])
@pytest.mark.parametrize("username", [None, NAME], ids=["open", "login"])
async def test_mail_goes_out_over_tls_with_a_certificate_that_is_trusted(
    tmp_path: Path, starttls: bool, username: str | None
) -> None:
    trusted, context = self_made(tmp_path)
    counter = Counter(context, starttls, PASSWORD if username else None)
    async with at_the_counter(tmp_path, counter, trusted=trusted, username=username) as (here, office):
        await here.send()
        assert len(office.received) == 2
        assert office.logins == ([(NAME, PASSWORD)] if username else [])


@pytest.mark.parametrize("starttls", [True, False], ids=["starttls", "tls"])
@pytest.mark.parametrize("wrong", ["unknown", "another name", "ended"])
async def test_to_a_certificate_that_does_not_fit_no_mail_and_no_password_goes(
    tmp_path: Path, starttls: bool, wrong: str
) -> None:
    address = "127.0.0.9" if wrong == "another name" else "127.0.0.1"
    trusted, context = self_made(tmp_path, address, days=-1 if wrong == "ended" else 1)
    counter = Counter(context, starttls, PASSWORD)
    known = None if wrong == "unknown" else trusted
    async with at_the_counter(tmp_path, counter, trusted=known, username=NAME) as (here, office):
        await here.send()
        assert (office.received, office.logins) == ([], [])
        assert (await here.operate("mail-status"))["trouble"]["code"] == "bad_certificate"
        assert [here.mail(n).attempts for n in "12"] == [0, 0]


async def test_to_a_server_without_tls_no_mail_and_no_password_goes(tmp_path: Path) -> None:
    trusted, _ = self_made(tmp_path)
    counter = Counter(None, True, PASSWORD)
    async with at_the_counter(tmp_path, counter, trusted=trusted, username=NAME) as (here, office):
        await here.send()
        assert (office.received, office.logins) == ([], [])
        assert (await here.operate("mail-status"))["trouble"]["code"] == "no_tls"


async def test_a_login_that_is_refused_is_said_and_the_password_is_in_no_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trusted, context = self_made(tmp_path)
    counter = Counter(context, True, "another one")
    async with at_the_counter(tmp_path, counter, trusted=trusted, username=NAME) as (here, office):
        await here.send()
        assert office.received == []
        assert {password for _, password in office.logins} == {PASSWORD}
        answer = await here.operate("mail-status")
        assert answer["trouble"]["code"] == "login_refused"
        assert PASSWORD not in repr((here.post.settings, answer))
    said = "".join(capsys.readouterr())
    assert "login_refused" in said
    assert PASSWORD not in said
    found = [path for path in (tmp_path / "d").rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()]
    assert found == []


def test_a_password_without_tls_and_a_file_that_holds_no_certificates_are_faults(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("none")
    section = {"host": "h", "from": "a@b.example", "tls": "none", "username": "u", "password": {"env": "P"}}
    found: list[Fault] = list(mail_faults(section, tmp_path, loopback=True))
    assert [fault.code for fault in found] == ["plain_login"]
    for name in ("no.pem", "missing.pem"):
        codes = [fault.code for fault in mail_faults({"host": "h", "ca": name}, tmp_path, loopback=True)]
        assert codes == ["bad_certificates"]
    trusted, _ = self_made(tmp_path)
    assert list(mail_faults({"host": "h", "ca": trusted.name}, tmp_path, loopback=True)) == []
