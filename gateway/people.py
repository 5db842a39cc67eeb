"""What is personal of one event, opened: the roster, the staff, the event's file, links, what was typed and written.

Kept in memory as long as the hall is open, for views are made from it at every change. Bounds: roster and staff by the
event's size; private payloads are the newest ``PAYLOADS``, of which one candidate causes three or four.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from waiting_room.entries import Stamped
from waiting_room.identity import fold_number
from waiting_room.journal.book import Book, DocumentWrite

PAYLOADS = 40_000  # 5,000 candidates with what they typed, a notice, a few messages; some 400 bytes each
PAGE = 500  # payloads asked for at once, below SQLite's bound on variables
NEVER_SHOWN = frozenset(
    {"scheduled", "amended", "session_opened", "mail_queued", "mail_sent"}
)  # the roster row is a document; the provider's room holds links; a mail's address and text are read when needed
COLLECTIONS = ROSTER, STAFF, SETTINGS, LINKS = "roster", "staff", "settings", "links"
SETTINGS_ID = "event"
MAKES_DOCUMENTS = frozenset(
    {
        "scheduled",
        "amended",
        "staff_admitted",
        "event_created",
        "policy_changed",
        "provider_switched",
        "link_registered",
    }
)

Row = Mapping[str, Any]


class People:
    """Documents and private payloads of one event, decrypted."""

    def __init__(self, book: Book, event: str) -> None:
        self._book, self._event = book, event
        self.roster: dict[str, Row] = {}
        self.staff: dict[str, Row] = {}
        self.links: dict[str, Row] = {}  # see ``issued``
        self.settings: Row = {}
        self._payloads: OrderedDict[int, Row] = OrderedDict()
        self._numbers: dict[str, list[str]] | None = None  # folded number -> interviews; made when first asked for

    @property
    def zone(self) -> str:
        """IANA name of the office's time zone."""
        return str(self.settings.get("zone", "Asia/Tokyo"))

    async def load(self) -> None:
        """Every document, anew. NoKey when the event was purged."""
        self.roster = dict(await self._book.documents(self._event, ROSTER))
        self.staff = dict(await self._book.documents(self._event, STAFF))
        self.links = dict(await self._book.documents(self._event, LINKS))
        self._numbers = None
        self.settings = (await self._book.document(self._event, SETTINGS, SETTINGS_ID)) or {}

    def forget(self) -> None:
        """Hold nothing of anybody any more: the hall is closed."""
        self.roster, self.staff, self.links, self.settings = {}, {}, {}, {}
        self._payloads.clear()
        self._numbers = None

    def wrote(self, documents: Iterable[DocumentWrite]) -> None:
        """Documents that this process has just made durable."""
        for collection, id_, value in documents:
            if collection == SETTINGS and id_ == SETTINGS_ID:
                self.settings = dict(value or {})
            elif (kept := {ROSTER: self.roster, STAFF: self.staff, LINKS: self.links}.get(collection)) is not None:
                kept.pop(id_, None) if value is None else kept.__setitem__(id_, value)
                self._numbers = None

    def with_number(self, folded: str) -> Sequence[str]:
        """Interviews whose number on the roster folds to this."""
        if self._numbers is None:
            self._numbers = {}
            for interview, row in self.roster.items():
                self._numbers.setdefault(fold_number(str(row.get("number") or "")), []).append(interview)
        return self._numbers.get(folded, ()) if folded else ()

    def private(self, offset: int | None) -> Row:
        """What goes with the entry at this offset; empty when there is nothing, or no more."""
        return self._payloads.get(offset, {}) if offset is not None else {}

    def keep(self, offset: int, payload: Row) -> None:
        """A payload that this process has just written."""
        self._payloads[offset] = payload
        while len(self._payloads) > PAYLOADS:
            self._payloads.popitem(last=False)

    async def fetch(self, entries: Sequence[Stamped]) -> None:
        """Open the payloads of these entries that a view may show and that are not here yet."""
        digests = {st.offset: st.private_digest for st in entries if st.private_digest is not None and self._wants(st)}
        wanted = list(digests)
        for start in range(0, len(wanted), PAGE):
            found = await self._book.journal.private(self._event, wanted[start : start + PAGE])
            for offset, ciphertext in sorted(found.items()):
                digest = digests[offset]
                if digest is not None:
                    self.keep(offset, self._book.open_private(self._event, digest, ciphertext))

    @staticmethod
    def shows(kind: str) -> bool:
        """Whether a view may show what goes with this kind of entry."""
        return kind not in NEVER_SHOWN

    def _wants(self, st: Stamped) -> bool:
        kind = getattr(st.entry, "kind", "")
        return self.shows(kind) and st.offset not in self._payloads
