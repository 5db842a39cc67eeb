"""Record keys held in memory, and a small event day to keep a journal of."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from waiting_room.entries import (
    EVENT,
    CheckedIn,
    EventCreated,
    HallOpened,
    LinkOpened,
    NewEntry,
    Scheduled,
    interview_stream,
)
from waiting_room.journal.book import Book
from waiting_room.journal.chain import Chain
from waiting_room.journal.port import Position

NAME, NUMBER = "髙橋 さくら", "北浜2027-0042"


class HeldRecordKeys:
    """Two generations: ``rotate`` makes the second the one that signs."""

    def __init__(self) -> None:
        self._keys = {"k1": Ed25519PrivateKey.from_private_bytes(bytes(31) + b"1")}

    def rotate(self) -> None:
        self._keys["k2"] = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"2")

    def current(self) -> tuple[str, Ed25519PrivateKey]:
        return max(self._keys.items())

    def public(self, kid: str) -> Ed25519PublicKey | None:
        return self._keys[kid].public_key() if kid in self._keys else None


def counted_random(seed: bytes) -> Callable[[int], bytes]:
    """The same "random" bytes on every run, different on every call."""
    calls = iter(range(10**9))

    def random(size: int) -> bytes:
        return sha256(seed + b"%d" % next(calls)).digest()[:size]

    return random


async def write_day(book: Book, event: str, interviews: int = 4) -> Position:
    """Create the event, schedule interviews, let candidates come."""
    start = await book.create(event)
    policy = {"late_after": 0, "notice": {"ja": "お知らせ", "version": "1"}}
    opening = [NewEntry(EVENT, EventCreated(("A",), "webrtc", policy), "admin"), NewEntry(EVENT, HallOpened(), "admin")]
    await book.append(event, opening, guards={EVENT: 0}, command_id="open", epoch=start.epoch)
    for n in range(interviews):
        await _come(book, event, f"{n}", start.epoch)
    return (await book.head(event)).position


async def _come(book: Book, event: str, interview: str, epoch: str) -> None:
    stream = interview_stream(interview)
    row = {"name": NAME, "number": NUMBER, "email": "sakura@kitahama.example"}
    new = [
        NewEntry(stream, Scheduled("A", 1_800_000_000, 1_801_200_000), "admin", row),
        NewEntry(stream, LinkOpened("s1", "personal"), f"c:{interview}"),
        NewEntry(stream, CheckedIn("s1", "personal", 1_799_999_000), f"c:{interview}", {"name": NAME}),
    ]
    documents = [("roster", interview, row)]
    await book.append(event, new, documents=documents, guards={stream: 0}, command_id=f"come-{interview}", epoch=epoch)


async def seal_day(book: Book, event: str, keys: HeldRecordKeys) -> int:
    """Seal everything there is; the offset of the seal."""
    head = await book.head(event)
    chain = Chain(event, head.position.epoch)
    while rows := await book.journal.read(event, chain.offset):
        for row in rows:
            chain.feed(row)
    version = head.versions.get(EVENT, 0)
    return (await book.seal(event, chain, keys, version=version, actor="gateway")).position.offset
