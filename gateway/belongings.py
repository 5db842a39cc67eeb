"""What an event holds of one person: the roster's row, links, and the private payload of every entry about them.

It is what is disclosed to that person, and what a purge keeps of one who is on hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.people import LINKS, ROSTER
from waiting_room.entries import ClaimRaised, ClaimSettled, Stamped, interview_stream
from waiting_room.journal.book import Book

PAGE = 500  # payloads asked for at once, below SQLite's bound on variables

Belongings = Mapping[str, Any]


def about(entries: Sequence[Stamped], interview: str) -> Iterator[Stamped]:
    """The entries of this interview's stream, and the claims on a room's that turned out to be this person's."""
    stream = interview_stream(interview)
    theirs = {
        st.entry.claim for st in entries if isinstance(st.entry, ClaimSettled) and st.entry.interview == interview
    }
    for st in entries:
        claimed = isinstance(st.entry, ClaimRaised | ClaimSettled) and st.entry.claim in theirs
        if st.stream == stream or claimed:
            yield st


async def belongings(book: Book, event: str, entries: Sequence[Stamped], interview: str) -> Belongings:
    """As JSON: ``roster`` (null where there is none), ``links`` to a provider's own room, ``private`` by offset. NoKey,
    CannotOpen."""
    wanted = [st.offset for st in about(entries, interview) if st.private_digest is not None]
    private: dict[str, Any] = {}
    for start in range(0, len(wanted), PAGE):
        found = await book.private(event, wanted[start : start + PAGE])
        private |= {str(offset): payload for offset, payload in found.items()}
    return {
        "roster": await book.document(event, ROSTER, interview),
        "links": await _links(book, event, interview),
        "private": private,
    }


async def _links(book: Book, event: str, interview: str) -> dict[str, Any]:
    """By provider, what the candidate was given; the interviewers' link is not theirs."""
    rows = await book.documents(event, LINKS)
    ours = {key.partition(":")[0]: row for key, row in rows.items() if key.endswith(f":i:{interview}")}
    return {provider: [row.get("candidate"), *row.get("former", ())] for provider, row in ours.items()}
