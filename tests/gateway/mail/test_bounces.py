"""What came back is recorded against the mail that it is about, whoever wrote the notification and however."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.bounces import MAX_BOUNCE_BYTES, NoReport, Report, read_report
from gateway.problems import Problem
from tests.gateway.mail.world import World

MAIL = "mabcdefghijklmnop2345"


def report(
    action: str = "failed",
    status: str = "5.1.1",
    *,
    envid: str = "",
    returned: str = "message/rfc822",
    mail: str = MAIL,
) -> bytes:
    """As Postfix writes one (RFC 3464), about a mail of ours."""
    lines = [
        "From: MAILER-DAEMON@mx.example", "To: bounces@sender.example", "Subject: Undelivered Mail Returned to Sender",
        "Message-ID: <other@mx.example>", "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "",
        "--b", "Content-Type: text/plain", "", "I'm sorry to have to inform you", "",
        "--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example",
        *([f"Original-Envelope-Id: {envid}"] if envid else []), "",
        "Final-Recipient: rfc822; hanako@one.example", f"Action: {action}", f"Status: {status}",
        "Diagnostic-Code: smtp; 550 5.1.1 <hanako@one.example>: user unknown", "",
        "--b", f"Content-Type: {returned}", "", f"Message-ID: <{mail}@sender.example>", "Subject: x", "", "body", "",
        "--b--", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


def sent(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_the_mail_is_found_by_the_headers_that_came_back(returned: str) -> None:
    assert read_report(report(returned=returned)) == Report(MAIL, True, "5.1.1")


def test_the_envelope_id_is_better_than_what_came_back() -> None:
    assert read_report(report(envid=MAIL, mail="mzzzzzzzzzzzzzzzzzzzz")).mail == MAIL


@pytest.mark.parametrize(
    ("action", "failed"), [("failed", True), ("Failed", True), ("delayed", False), ("relayed", False)]
)
def test_only_what_failed_is_a_failure(action: str, failed: bool) -> None:
    assert read_report(report(action)).failed == failed


def test_a_status_that_is_none_is_said_as_the_general_one() -> None:
    assert read_report(report(status="whatever hanako@one.example")).code == "5.0.0"


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"Subject: holiday\r\n\r\nI am away", b"x" * (MAX_BOUNCE_BYTES + 1)]
)
def test_what_is_no_report_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(NoReport):
        read_report(data)


@given(st.binary(max_size=400), st.integers(0, 900), st.integers(0, 60))
def test_a_report_may_be_broken_anywhere(noise: bytes, at: int, cut: int) -> None:
    whole = report()
    try:
        found = read_report(whole[:at] + noise + whole[at + cut :])
    except NoReport:
        return
    assert found.code.count(".") == 2


async def test_a_bounce_makes_the_mail_undelivered_once(here: World) -> None:
    await here.send()
    mail = here.mail("1")
    args = {"message": sent(report(mail=mail.id))}
    answer = await here.operate("mail-bounce", **args)
    assert (answer["known"], answer["failed"], answer["interview"]) == (True, True, here.see("1").id)
    assert (here.mail("1").state, here.mail("1").code, here.mail("2").state) == ("undelivered", "5.1.1", "sent")
    head = here.hall.state.head
    await here.operate("mail-bounce", **args)
    assert here.hall.state.head == head


async def test_a_delay_and_a_stranger_s_mail_change_nothing(here: World) -> None:
    await here.send()
    head = here.hall.state.head
    assert not (await here.operate("mail-bounce", message=sent(report("delayed", mail=here.mail().id))))["failed"]
    assert not (await here.operate("mail-bounce", message=sent(report())))["known"]
    with pytest.raises(Problem) as caught:
        await here.operate("mail-bounce", message=sent(b"hello"))
    assert caught.value.code == "no_report"
    assert here.hall.state.head == head
