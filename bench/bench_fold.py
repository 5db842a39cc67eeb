"""What an entry costs when an event is opened: decoding and folding, for the largest journal that there may be.

The day is 10,000 interviews that each go from the link to the end; reading rows and checking the chain are measured
in ``bench_journal``.
"""

from __future__ import annotations

import time

from bench.figures import Figure, table
from waiting_room import entries as e
from waiting_room.event import Event

ENTRIES = 200_000  # MAX_ENTRIES of the journal's port
OPENED_IN = 4.0  # s, the target for opening such an event
SECOND = 1_000_000
ROOMS = tuple(f"r{n}" for n in range(20))
LIFE: tuple[tuple[str, e.Known], ...] = (
    ("i", e.Scheduled("r0", 0, 1200 * SECOND)),
    ("i", e.LinkOpened("s1", "personal")),
    ("i", e.Consented("s1", "1", "2")),
    ("i", e.DeviceChecked("s1", "ok", "ok", "ok", "ok", 12)),
    ("i", e.CheckInRefused("s1", "number_differs")),
    ("i", e.CheckedIn("s1", "personal", 0)),
    ("i", e.Away(0)),
    ("i", e.Back()),
    ("i", e.MessageSent()),
    ("i", e.SessionRequested("webrtc", 1, "key")),
    ("i", e.SessionOpened("webrtc", 1)),
    ("i", e.Called(1)),
    ("r", e.RoomTaken("i")),
    ("i", e.Admitted(1, 1, "webrtc")),
    ("i", e.Joined("candidate", "worker", 0, 1)),
    ("i", e.IdentityConfirmed(("number", "name"))),
    ("i", e.Left("candidate", "worker", 0, 1)),
    ("i", e.FinishBegun(10 * SECOND)),
    ("i", e.Finished()),
    ("r", e.RoomFreed("i")),
)


def day() -> list[tuple[str, str, dict[str, e.Json]]]:
    """Stream, kind and data of every entry."""
    encoded = [(where, *e.encode(entry)) for where, entry in LIFE]
    made = [(e.EVENT, *e.encode(e.EventCreated(ROOMS, "webrtc", {})))]
    for n in range(ENTRIES // len(LIFE)):
        streams = {"i": f"i:{n}", "r": f"r:r{n % len(ROOMS)}"}
        made += [(streams[where], kind, data) for where, kind, data in encoded]
    return made[:ENTRIES]


def main() -> list[Figure]:
    journal = day()
    began = time.perf_counter()
    stamped = [
        e.Stamped(offset, stream, 1, offset, "a", e.decode(kind, data))
        for offset, (stream, kind, data) in enumerate(journal, 1)
    ]
    decoded = time.perf_counter()
    event = Event.replay(stamped)
    folded = time.perf_counter()
    assert event.head == len(journal)
    target = OPENED_IN / ENTRIES * 1e6
    return [
        Figure("fold an entry", (folded - decoded) / ENTRIES * 1e6, "µs", target, note=f"{ENTRIES:,} entries"),
        Figure("decode an entry", (decoded - began) / ENTRIES * 1e6, "µs", note="from its JSON value"),
        Figure("decode and fold a full event", folded - began, "s", OPENED_IN),
    ]


if __name__ == "__main__":
    print(table(main()))
