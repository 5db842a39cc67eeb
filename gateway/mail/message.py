"""One mail to one person, as bytes (RFC 5322): nothing that anybody typed can become a header or a second recipient."""

from __future__ import annotations

import email.policy
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from gateway.mail.calendar import Method
from gateway.mail.letters import Letter, one_line
from gateway.mail.settings import MailSettings

POLICY = email.policy.SMTP.clone(max_line_length=78)  # RFC 5322 §2.1.1
# What an ASCII mail server takes (RFC 5321 §4.1.2), and dots in a row, which Japanese carriers gave out for years.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,188}[A-Za-z0-9])?")
# Letters of any script beside these (RFC 6531 §3.3): no space, no sign that could end an address or begin another.
_WIDE = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@\w(?:[\w.-]{0,188}\w)?")


def is_address(text: str) -> bool:
    """Whether mail can be sent there, and to nobody else: at least by a server that takes addresses of any script."""
    return on_the_wire(text) is not None


def on_the_wire(text: str) -> str | None:
    """The address as a mail server is told it: its domain in ASCII (RFC 5891), which every server takes; what stands
    before it as it is, for only its own server may change that. None for what is no address."""
    address = unicodedata.normalize("NFC", text)
    if _WIDE.fullmatch(address) is None:
        return None
    local, _, domain = address.rpartition("@")
    try:
        ascii_ = f"{local}@{domain.encode('idna').decode()}" if not domain.isascii() else address
    except UnicodeError:
        return None
    plain = f"x@{ascii_.rpartition('@')[2]}" if not local.isascii() else ascii_
    return ascii_ if _ADDRESS.fullmatch(plain) is not None else None


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends it to whom. ``mail``: its id; ``at``: when it was queued, microseconds UTC, whatever becomes of it
    later, so that it is the same mail each time that it is sent."""

    mail: str
    to: str
    sender_name: str
    at: int


def message_id(mail: str, settings: MailSettings) -> str:
    """The same for every attempt, so that a mail server or program can tell a second copy (RFC 5322 §3.6.4)."""
    return f"<{mail}@{settings.domain}>"


def compose(envelope: Envelope, letter: Letter, calendar: tuple[bytes, Method] | None, settings: MailSettings) -> bytes:
    """Text and HTML, and the calendar file where there is one. ValueError for an address that is none."""
    to = on_the_wire(envelope.to)
    message = EmailMessage(policy=POLICY if to is None or to.isascii() else POLICY.clone(utf8=True))
    message["Message-ID"] = message_id(envelope.mail, settings)
    message["Date"] = format_datetime(datetime.fromtimestamp(envelope.at // 1_000_000, UTC))
    message["From"] = _address(settings.sender, envelope.sender_name)
    message["To"] = _address(envelope.to)
    if settings.reply_to is not None:
        message["Reply-To"] = _address(settings.reply_to)
    message["Subject"] = one_line(letter.subject)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no holiday notice answers it
    message.set_content(letter.text, charset="utf-8", cte="base64")
    message.add_alternative(letter.html, subtype="html", charset="utf-8", cte="base64")
    if calendar is not None:
        content, method = calendar
        message.add_attachment(content, maintype="text", subtype="calendar", filename="interview.ics", cte="base64")
        part = list(message.iter_attachments())[-1]
        part.set_param("charset", "utf-8")
        part.set_param("method", method)
    for number, part in enumerate(one for one in message.walk() if one.is_multipart()):
        part.set_boundary(f"{envelope.mail}-{number}")  # not by chance: each attempt sends the same bytes
    return message.as_bytes()


def _address(address: str, name: str = "") -> Address:
    if (wire := on_the_wire(address)) is None:
        raise ValueError("no address")
    local, _, domain = wire.rpartition("@")
    return Address(one_line(name), local, domain)
