"""The receipt that a candidate gets at check-in: a signed line that says by itself what it says.

    r1.<base64url of: public record key (32 bytes), Ed25519 signature (64), body>

The body is canonical JSON: event, number, time in microseconds UTC by the store's clock, offset of the entry; of a
rehearsal also that it is one, so that nobody can show it for the real thing. It holds
no name, fits a QR code, and can be checked when the event, the roster and the gateway are long gone: all that has to be
known is the fingerprint of the record key. It proves that somebody checked in with this number at this time; whether
they were on time follows from rules that may be discussed, so that is not in it.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.hall import Hall
from gateway.keys import Keys
from waiting_room.codec import canonical_json, parse_json
from waiting_room.errors import Malformed
from waiting_room.interview import Interview
from waiting_room.journal.chain import fingerprint

BEGINS = "r1."
MAX_CHARS = 800  # a number of 100 characters of three bytes, and the longest id; the usual one has 210
REHEARSAL = "rehearsal"  # what the body of a rehearsal's says after all the rest
KEY_BYTES, SIGNATURE_BYTES = 32, 64

_SIGNED = b"genkan-receipt-v1\0"  # so that no signature over something else is one over a receipt


class BadReceipt(ValueError):
    """Not a receipt, or one that was changed."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """``at``: microseconds UTC, the store's clock. ``offset``: of the entry in the event's journal."""

    event: str
    number: str
    at: int
    offset: int
    rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """A receipt whose signature holds. Whose key it is, is for the reader to know."""

    receipt: Receipt
    key: Ed25519PublicKey

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.key)


def sign(receipt: Receipt, key: Ed25519PrivateKey) -> str:
    """The same receipt by the same key is the same text."""
    said = [receipt.event, receipt.number, receipt.at, receipt.offset]
    body = canonical_json([*said, REHEARSAL] if receipt.rehearsal else said)
    whole = key.public_key().public_bytes_raw() + key.sign(_SIGNED + body) + body
    return BEGINS + urlsafe_b64encode(whole).rstrip(b"=").decode()


def read(text: str) -> Read:
    """What it says, its signature having been checked; also of an address that ends in one. BadReceipt."""
    text = text.strip().rpartition("#")[2]
    if not text.startswith(BEGINS) or len(text) > MAX_CHARS:
        raise BadReceipt("not a receipt")
    whole = _bytes(text.removeprefix(BEGINS))
    key = Ed25519PublicKey.from_public_bytes(whole[:KEY_BYTES])
    body = whole[KEY_BYTES + SIGNATURE_BYTES :]
    try:
        key.verify(whole[KEY_BYTES : KEY_BYTES + SIGNATURE_BYTES], _SIGNED + body)
    except InvalidSignature as error:
        raise BadReceipt("the signature does not hold") from error
    return Read(_said(body), key)


def receipt_of(hall: Hall, interview: Interview, keys: Keys) -> str | None:
    """The receipt of whoever has this seat; None where nobody has. By the record key of that time, so it is the same
    text whenever it is asked for."""
    arrival = interview.arrival
    if arrival is None:
        return None
    typed = hall.people.private(arrival.offset).get("number")
    number = hall.people.roster.get(interview.id, {}).get("number") or typed or ""
    made = Receipt(hall.id, str(number), arrival.at, arrival.offset, hall.state.rehearsal)
    return sign(made, keys.record_key_at(arrival.at))


def _bytes(text: str) -> bytes:
    """In its one spelling: the last character may not hold bits that nobody reads."""
    try:
        whole = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (NotBase64, ValueError) as error:
        raise BadReceipt("not a receipt") from error
    if len(whole) <= KEY_BYTES + SIGNATURE_BYTES or urlsafe_b64encode(whole).rstrip(b"=").decode() != text:
        raise BadReceipt("not a receipt")
    return whole


def _said(body: bytes) -> Receipt:
    try:
        event, number, at, offset, *more = parse_json(body)
    except (Malformed, TypeError, ValueError) as error:
        raise BadReceipt("not a receipt") from error
    if not (isinstance(event, str) and isinstance(number, str) and type(at) is int and type(offset) is int):
        raise BadReceipt("not a receipt")
    if more not in ([], [REHEARSAL]):
        raise BadReceipt("not a receipt")
    return Receipt(event, number, at, offset, bool(more))
