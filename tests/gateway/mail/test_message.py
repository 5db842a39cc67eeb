"""One mail as bytes: read back by the standard parsers, and nothing that was typed becomes a header."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from gateway.mail.letters import SAMPLE, Letter, Letters
from gateway.mail.message import Envelope, compose
from gateway.mail.settings import MailSettings
from tests.gateway.mail.world import HOUR, World
from tests.support.post_office import PostOffice
from waiting_room import commands as c

SETTINGS = MailSettings(
    "mail.example", 587, "mensetsu@sender.example", "bounces@sender.example", reply_to="j@o.example"
)
AT = 1_795_820_000_000_000
HEADERS = {
    "Message-ID", "Date", "From", "To", "Reply-To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type",
}  # fmt: skip


def composed(letter: Letter, to: str = "hanako@one.example", name: str = "青葉市人事課") -> EmailMessage:
    raw = compose(Envelope("mabc", to, name, AT), letter, None, SETTINGS)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))  # RFC 5322 §2.1.1
    assert raw.isascii()
    parsed = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_a_mail_says_what_an_automatic_one_has_to() -> None:
    message = composed(Letters().render("invitation", "ja", SAMPLE))
    assert message["Message-ID"] == "<mabc@sender.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime.timestamp() == AT // 1_000_000
    assert message["From"].addresses[0].display_name == "青葉市人事課"
    assert (message["To"], message["Reply-To"]) == ("hanako@one.example", "j@o.example")
    assert "面接のご案内" in message["Subject"]
    assert "9:55までに" in part(message, "plain")
    assert SAMPLE["link"] in part(message, "html")


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_text_becomes_a_header_or_a_recipient(title: str, name: str, body: str) -> None:
    message = composed(
        Letter(f"{title}\r\nBcc: x@evil.example", f"{body}\n.\n", f"<p>{body}"), name=f"{name}\nBcc: y@z"
    )
    assert set(message.keys()) == HEADERS
    assert [one.addr_spec for one in message["To"].addresses] == ["hanako@one.example"]
    assert [one.addr_spec for one in message["From"].addresses] == ["mensetsu@sender.example"]


@pytest.mark.parametrize(
    "to", ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "a b@c.example", "nobody"]
)
def test_an_address_that_is_none_makes_no_mail(to: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        composed(Letter("s", "t\n", "h"), to)


def test_an_address_with_dots_as_carriers_gave_them_out_is_kept() -> None:
    message = composed(Letter("s", "t\n", "h"), "a..b.@carrier.example")
    (to,) = message["To"].addresses
    assert (to.username, to.domain) == ("a..b.", "carrier.example")


def test_names_are_escaped_in_html_and_nowhere_else() -> None:
    letter = Letters().render("invitation", "ja", {**SAMPLE, "name": "<b>&\"'"})
    assert "<b>&" not in letter.html
    assert "<b>&" in letter.text


# --- the calendar file -------------------------------------------------------------------------------------------


def calendar(office: PostOffice) -> tuple[Any, EmailMessage]:
    (attached,) = office.received[-1].message.iter_attachments()
    assert isinstance(attached, EmailMessage)
    made = Calendar.from_ical(attached.get_content())
    (entry,) = made.walk("VEVENT")
    return entry, attached


async def test_the_calendar_file_tells_time_room_and_office_and_not_the_key(here: World, office: PostOffice) -> None:
    interview = here.see("1")
    await here.send(interviews=[interview.id])
    entry, attached = calendar(office)
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_param("method") == "PUBLISH"
    assert int(entry["DTSTART"].dt.timestamp()) == interview.starts_at // 1_000_000
    assert int(entry["DTEND"].dt.timestamp()) == interview.ends_at // 1_000_000
    assert "第1面接室" in entry["LOCATION"]
    assert "000-111-2222" in entry["DESCRIPTION"]
    assert (entry["UID"], entry["SEQUENCE"]) == (f"{interview.id}.test-2026@sender.example", 0)
    token = here.house.links.invite_token("test-2026", interview.id)
    assert token not in entry.to_ical().decode()


async def test_a_change_keeps_the_uid_and_raises_the_sequence_and_an_end_cancels(
    here: World, office: PostOffice
) -> None:
    interview = here.see("1")
    await here.send(interviews=[interview.id])
    first, _ = calendar(office)
    start = interview.starts_at + 3 * HOUR
    await here.hall.execute(c.Reschedule(interview.id, start, start + HOUR), actor="cli", command_id="reschedule")
    here.clock.on(1)
    await here.send("changed", interviews=[interview.id])
    second, _ = calendar(office)
    await here.hall.execute(c.CancelInterview(interview.id, "staff"), actor="cli", command_id="cancel-it")
    here.clock.on(1)
    await here.send("cancelled", interviews=[interview.id])
    third, attached = calendar(office)
    assert first["UID"] == second["UID"] == third["UID"]
    assert [int(entry["SEQUENCE"]) for entry in (first, second, third)] == [0, 1, 2]
    assert (second["STATUS"], third["STATUS"], attached.get_param("method")) == ("CONFIRMED", "CANCELLED", "CANCEL")
    assert int(second["DTSTART"].dt.timestamp()) == start // 1_000_000


async def test_an_absence_has_no_calendar_file(here: World, office: PostOffice) -> None:
    interview = here.see("1")
    here.clock.now = interview.starts_at + 1
    await here.hall.execute(c.ConfirmAbsence(interview.id), actor="cli", command_id="absence-1")
    await here.send("absence", interviews=[interview.id])
    assert list(office.received[0].message.iter_attachments()) == []
    assert "欠席" in office.received[0].message["Subject"]
