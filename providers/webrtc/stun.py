"""The little of STUN that an ICE-lite agent needs (RFC 8445, section 2.5): read a binding request, answer it.

aioice reads and writes the messages. What it raises on hostile input is caught here, once.
"""

from __future__ import annotations

from struct import error as struct_error
from typing import NamedTuple

from aioice import stun

# A browser's check has some 100 bytes; RFC 8489, section 6.1 keeps requests under the smallest path MTU.
LONGEST = 548
_COOKIE = stun.COOKIE.to_bytes(4, "big")


class Check(NamedTuple):
    """A binding request, not yet authenticated. ``ours`` and ``theirs`` are the user fragments."""

    ours: str
    theirs: str
    message: stun.Message

    @property
    def transaction(self) -> bytes:
        return self.message.transaction_id

    def authentic(self, password: str) -> bool:
        return self.message.check_message_integrity(password.encode())


def read(datagram: bytes) -> Check | None:
    """The connectivity check in ``datagram``, or None for anything else."""
    if not 20 <= len(datagram) <= LONGEST or datagram[4:8] != _COOKIE:
        return None
    try:
        message = stun.parse_message(datagram)
    except (ValueError, IndexError, KeyError, struct_error):
        return None
    if message.message_class != stun.Class.REQUEST or message.message_method != stun.Method.BINDING:
        return None
    ours, colon, theirs = str(message.attributes.get("USERNAME", "")).partition(":")
    return Check(ours, theirs, message) if colon else None


def response(check: Check, address: tuple[str, int], password: str) -> bytes:
    """The answer that tells the far side where we see it."""
    message = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, check.transaction)
    message.attributes["XOR-MAPPED-ADDRESS"] = address
    message.add_message_integrity(password.encode())
    return bytes(message)


def request(ours: str, theirs: str, password: str) -> bytes:
    """A check as a browser sends it to us (``theirs`` is the worker's fragment): for load tests and tests."""
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{theirs}:{ours}"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 1
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    return bytes(message)
