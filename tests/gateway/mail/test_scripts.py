"""Addresses of other scripts: a domain goes in ASCII, what stands before it only where the server takes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.mail.message import on_the_wire
from tests.gateway.mail.world import HANAKO, world
from tests.support.post_office import Counter, post_office
from tests.support.samples import roster_row

WIDE, DOMAIN = "青葉@one.example", "taro@青葉市.example"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (HANAKO, HANAKO),
        (DOMAIN, "taro@xn--7oru90dd5f.example"),
        (WIDE, WIDE),
        ("a b@one.example", None),
        ("青葉@one.example\nbcc: x@y.example", None),
        ("青葉,x@one.example", None),
        ("<青葉>@one.example", None),
        ("青葉@", None),
        ("青葉@one.example@two.example", None),
        ("x@..example", None),
        (f"x@{'青' * 64}.example", None),
    ],
)
def test_what_a_mail_server_is_told(typed: str, told: str | None) -> None:
    if told is not None and told.startswith("taro@"):
        told = f"taro@{'青葉市'.encode('idna').decode()}.example"
    assert on_the_wire(typed) == told


@pytest.mark.parametrize("utf8", [True, False])
async def test_whom_the_server_cannot_write_to_is_undelivered_with_the_reason_and_holds_nobody_up(
    tmp_path: Path, utf8: bool
) -> None:
    rows = [
        roster_row("1", メールアドレス=WIDE),
        roster_row("2", 開始時刻="11:00", メールアドレス=DOMAIN),
        roster_row("3", 開始時刻="12:00", メールアドレス="c@three.example"),
    ]
    async with post_office(Counter(utf8=utf8)) as office, world(tmp_path / "d", office, rows) as here:
        await here.send()
        domain = f"taro@{'青葉市'.encode('idna').decode()}.example"
        assert sorted(one.to for one in office.received) == sorted(
            [*([WIDE] if utf8 else []), domain, "c@three.example"]
        )
        first = here.mail("1")
        assert (first.state, first.code) == (("sent", "") if utf8 else ("undelivered", "no_smtputf8"))
        if utf8:
            (wide,) = office.to(WIDE)
            assert "SMTPUTF8" in wide.sender_options
            assert f"To: {WIDE}".encode() in wide.raw
        (plain,) = office.to(domain)
        assert "SMTPUTF8" not in plain.sender_options
        assert plain.message["To"] == domain
