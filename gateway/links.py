"""The secrets in links, and who is meant by one.

A token is derived, never stored: HMAC-SHA-256 over what it is for, 128 bits of it. So it can be printed again, and a
new issue number revokes it. After a rotation of the link key, links are printed with the new key, and those that were
mailed open as before until the old key is dropped (``genkan keys rotate link --drop-old``): a link never changes
under the one who holds it.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from waiting_room.entries import Entry, EventCreated, InviteIssued, Scheduled, StaffAdmitted

TOKEN_BYTES = 16
TOKEN_CHARS = 22
CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0/o, 1/i/l: it is dictated over the telephone
CODE_CHARS = 6
REVOKED_KEPT = 3  # issues before the present one that are answered "revoked" instead of "unknown"

TargetKind = Literal["candidate", "companion", "staff", "shared"]


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a link is for. ``id``: interview, staff or room. ``person``: "candidate", "companion.<n>"."""

    kind: TargetKind
    event: str
    id: str
    person: str = "candidate"
    issue: int = 1
    revoked: bool = False


class Links:
    """Derives links with the newest key and recognises those of every key that is kept."""

    def __init__(self, secrets: Sequence[bytes], origin: str = "") -> None:
        self._secrets, self._origin = tuple(secrets), origin

    def invite_token(self, event: str, interview: str, person: str = "candidate", issue: int = 1) -> str:
        return invite_token(self._secrets[0], event, interview, person, issue)

    def staff_token(self, event: str, staff: str, issue: int = 1) -> str:
        return staff_token(self._secrets[0], event, staff, issue)

    def room_code(self, event: str, room: str) -> str:
        return room_code(self._secrets[0], event, room)

    def invite(self, event: str, interview: str, person: str = "candidate", issue: int = 1) -> str:
        """The whole link for an e-mail; the token is in the fragment, so in no log."""
        return f"{self._origin}/j#{self.invite_token(event, interview, person, issue)}"

    def staff(self, event: str, staff: str, role: str, issue: int = 1) -> str:
        page = "admin" if role == "administrator" else "console"
        return f"{self._origin}/{page}#{self.staff_token(event, staff, issue)}"

    def shared(self, event: str, room: str) -> str:
        return f"{self._origin}/r/{self.room_code(event, room)}"

    def tokens(self, target: Target) -> list[str]:
        """The target's token under every key that is kept, newest first."""
        return [_token_of(secret, target) for secret in self._secrets]


class LinkIndex:
    """Token or code -> target, for every open event. It is a fold: feed it every entry of a journal in order."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._targets: dict[str, Target] = {}
        self._present: dict[tuple[str, str, str, str], Target] = {}

    def fold(self, event: str, stream: str, entry: Entry) -> None:
        """Takes in what concerns links; every other entry is nothing to it."""
        match entry:
            case EventCreated(rooms=rooms):
                for room in rooms:
                    self.add(Target("shared", event, room))
            case Scheduled(companions=companions):  # the first invites need no entry of their own
                for person in ("candidate", *(f"companion.{n}" for n in range(1, companions + 1))):
                    self.add(_invited(event, stream, person, 1))
            case InviteIssued(person=person, issue=issue):
                self.add(_invited(event, stream, person, issue))
            case StaffAdmitted(staff=staff, issue=issue, revoked=revoked):
                self.add(Target("staff", event, staff, issue=issue, revoked=revoked))
            case _:
                pass

    def add(self, target: Target) -> None:
        """From now on this target's token is this one, and its earlier ones are revoked."""
        self._present[(target.kind, target.event, target.id, target.person)] = target
        for one in _with_revoked(target):
            for token in self._links.tokens(one):
                self._targets[token] = one

    def find(self, token: str) -> Target | None:
        """Whose this is, revoked or not; None for what we never gave out. Codes are found in any case."""
        if len(token) == CODE_CHARS:
            return self._targets.get(token.lower())
        return self._targets.get(token) if len(token) == TOKEN_CHARS else None

    def forget(self, event: str) -> None:
        """The event is closed: its links are nobody's."""
        self._present = {key: target for key, target in self._present.items() if target.event != event}
        self._targets = {token: target for token, target in self._targets.items() if target.event != event}

    def rekey(self, links: Links) -> None:
        """After a rotation of the link key: recognise exactly the keys that are kept now."""
        present: Iterable[Target] = list(self._present.values())
        self._links, self._targets = links, {}
        for target in present:
            self.add(target)


def invite_token(secret: bytes, event: str, interview: str, person: str, issue: int) -> str:
    """128 bits, 22 characters of base64url."""
    return _token(secret, ["invite", event, interview, person, str(issue)])


def staff_token(secret: bytes, event: str, staff: str, issue: int) -> str:
    """128 bits, 22 characters of base64url."""
    return _token(secret, ["staff", event, staff, str(issue)])


def room_code(secret: bytes, event: str, room: str) -> str:
    """Six characters that can be dictated; no secret: number and name are asked for behind it."""
    number = int.from_bytes(_digest(secret, ["room", event, room])[:16])
    letters = ""
    for _ in range(CODE_CHARS):
        number, index = divmod(number, len(CODE_ALPHABET))
        letters += CODE_ALPHABET[index]
    return letters


def _invited(event: str, stream: str, person: str, issue: int) -> Target:
    kind: TargetKind = "candidate" if person == "candidate" else "companion"
    return Target(kind, event, stream.removeprefix("i:"), person, issue)


def _token_of(secret: bytes, target: Target) -> str:
    match target.kind:
        case "shared":
            return room_code(secret, target.event, target.id)
        case "staff":
            return staff_token(secret, target.event, target.id, target.issue)
        case "candidate" | "companion":
            return invite_token(secret, target.event, target.id, target.person, target.issue)


def _with_revoked(target: Target) -> list[Target]:
    earlier = range(max(1, target.issue - REVOKED_KEPT), target.issue)
    old = [Target(target.kind, target.event, target.id, target.person, issue, revoked=True) for issue in earlier]
    return [*old, target]


def _token(secret: bytes, said: list[str]) -> str:
    return urlsafe_b64encode(_digest(secret, said)[:TOKEN_BYTES]).rstrip(b"=").decode()


def _digest(secret: bytes, said: list[str]) -> bytes:
    """Ids hold no NUL, so the parts cannot run into each other."""
    return hmac.digest(secret, "\0".join(["genkan-link-v1", *said]).encode(), hashlib.sha256)
