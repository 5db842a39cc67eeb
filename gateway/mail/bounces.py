"""Mail that came back: a delivery status notification (RFC 3464) read for which mail of ours it is about.

The mail is found by the envelope id that went with it (RFC 3461 ENVID), else by the Message-ID among the returned
headers. What the notification says in words, and the address in it, go nowhere. Everything in it is hostile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message

MAX_BOUNCE_BYTES = 2 * 2**20  # a report with our whole mail inside, calendar file included, is a tenth of it
MAX_PARTS = 100  # parts that are looked into; a report has three
_MAIL = re.compile(r"m[a-z2-7]{20}")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


class NoReport(ValueError):
    """These bytes are no delivery status notification. ``code``: ``too_large`` or ``no_report``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Report:
    """``mail``: our id, None when it is not about a mail of ours. ``failed`` false: it is only late, or arrived."""

    mail: str | None
    failed: bool
    code: str


def read_report(data: bytes) -> Report:
    """NoReport."""
    if len(data) > MAX_BOUNCE_BYTES:
        raise NoReport("too_large")
    try:
        parts = list(_parts(data))
        fields = [block for part in parts if part.get_content_type() in _STATUS_TYPES for block in _blocks(part)]
        failed = [block for block in fields if _field(block, "Action").lower() == "failed"]
        code = next((found[0] for block in failed if (found := _STATUS.search(_field(block, "Status")))), "")
        mail = next((mail for mail in _mails(fields, parts)), None)
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise NoReport("no_report") from None
    if not fields:
        raise NoReport("no_report")
    return Report(mail, bool(failed), code or "5.0.0")


_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})


def _parts(data: bytes) -> Iterator[EmailMessage]:
    message = message_from_bytes(data, _class=EmailMessage, policy=policy.default)
    for number, part in enumerate(message.walk()):
        if number >= MAX_PARTS:
            return
        if isinstance(part, EmailMessage):
            yield part


def _blocks(part: Message) -> list[Message]:
    """Per message, then per recipient (RFC 3464 §2.1)."""
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _mails(fields: list[Message], parts: list[EmailMessage]) -> Iterator[str]:
    for block in fields:
        yield from _MAIL.findall(_field(block, "Original-Envelope-Id"))
    for part in parts[1:]:
        yield from _MAIL.findall(_field(part, "Message-ID"))
        if part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers"):
            payload = part.get_payload(decode=True)
            headers = message_from_bytes(payload if isinstance(payload, bytes) else b"")
            yield from _MAIL.findall(_field(headers, "Message-ID"))


def _field(message: Message, name: str) -> str:
    return str(message.get(name) or "").strip()
