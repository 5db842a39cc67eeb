"""Everything of a running gateway that is not HTTP: settings, secrets, the book, and the open halls.

The command line uses a house of its own, in its own process, when no gateway runs; the journal's lock keeps the two
apart.
"""

from __future__ import annotations

import asyncio
import functools
import os
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog

from gateway.config import Settings
from gateway.duties import Duties
from gateway.hall import Clock, Hall
from gateway.heads import Heads
from gateway.health import Health
from gateway.issued import links_of
from gateway.keys import Keys
from gateway.limits import Guesses, Slowing
from gateway.links import LinkIndex, Links, Target, TargetKind
from gateway.mail.post import Post
from gateway.metrics.instruments import Instruments
from gateway.neighbours import Neighbours
from gateway.retention import Retention
from gateway.sessions import Sessions
from gateway.store import open_journal
from gateway.tasks import Tasks
from gateway.video import VideoCodes
from providers.registry import Registry, configured
from providers.scripted import Scripted
from waiting_room.entries import Amended, EventCreated, InviteIssued, PurgeBegun, Scheduled, StaffAdmitted, Stamped
from waiting_room.journal.book import Book
from waiting_room.journal.port import Journal, JournalError, NoSuchJournal
from waiting_room.journal.vault import NoKey, VaultError
from waiting_room.views import ProviderInfo

log = structlog.get_logger("genkan.house")

MAX_HALLS = 200  # open events of one process, each of which keeps its people in memory
DISCOVER = 1.0  # seconds between two looks at what other gateways have made: events, and keys
STAND_IN = "/rehearsal"  # our page in the place of a provider's room
KEPT_CONSENTS = 10_000  # consents given on a shared link before the seat was found


class Halls:
    """The events that this process serves. Opened all at the start, and one by one as they are made."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._open: dict[str, Hall] = {}
        self._purged: set[str] = set()

    async def open_all(self) -> None:
        """Every event with a journal and a key. One that was purged, or cannot be read, is left out and logged."""
        for event in await self._house.book.events():
            if event not in self._open and event not in self._purged:
                try:
                    await self.open(event)
                except VaultError:
                    self._purged.add(event)
                    log.info("event_purged", event_id=event)

    async def discover(self) -> None:
        """Open what other gateways have made, for ever."""
        while self._house.book.journal.shared:
            await asyncio.sleep(DISCOVER)
            with suppress(JournalError):
                self._house.keys.refresh()
                await self.open_all()

    async def open(self, event: str) -> Hall:
        """The hall of this event, opened if need be. NoSuchJournal; NoKey when it was purged, or is about to be."""
        if event in self._open:
            return self._open[event]
        if len(self._open) >= MAX_HALLS:
            raise RuntimeError(f"more than {MAX_HALLS} open events")
        hall = Hall(event, self._house.book, self._house.clock, self._house.metrics.appending)
        hall.fence = functools.partial(self._house.duties.fence, event)
        await hall.load(self._house.heads.known(event))
        if hall.state.purge:
            raise NoKey(event)
        if event in self._open:  # opened by somebody else meanwhile
            return self._open[event]
        self._open[event] = hall
        self._house.greet(hall)
        await self._house.duties.begin(event)
        return hall

    def close(self, event: str) -> None:
        """Serve this event no longer (it was purged)."""
        hall = self._open.pop(event, None)
        if hall is not None:
            self._house.index.forget(event)
            self._house.sessions.forget(event)
            hall.close()
            self._house.duties.end(event)
            self._house.tasks.end_of(event)
            self._house.book.let_go(event)
            for listener in tuple(self._house.closed):
                listener(event)

    def get(self, event: str) -> Hall | None:
        return self._open.get(event)

    def __getitem__(self, event: str) -> Hall:
        """NoSuchJournal for an event that is not open."""
        try:
            return self._open[event]
        except KeyError:
            raise NoSuchJournal(event) from None

    def __iter__(self) -> Iterator[Hall]:
        return iter(tuple(self._open.values()))

    def __len__(self) -> int:
        return len(self._open)


class House:
    """Use ``House.open``. Attributes are the parts; nothing else is hidden in here."""

    def __init__(self, settings: Settings, keys: Keys, book: Book, clock: Clock, machine: Clock) -> None:
        self.settings, self.keys, self.book, self.clock, self._machine = settings, keys, book, clock, machine
        self.links = Links(keys.link_secrets(), settings.public_origin)
        self.index = LinkIndex(self.links)
        self.tasks, self.metrics = Tasks(), Instruments()
        self.duties = Duties(book.journal)
        self.neighbours, self.heads = Neighbours(self), Heads(self)
        self.scripted = Scripted(base_url=lambda: f"{self.settings.public_origin}{STAND_IN}")
        self.providers = Registry(self.scripted)
        self.provider_infos: dict[str, ProviderInfo] = {}
        self.sessions, self.health = Sessions(book), Health(self)
        self.halls = Halls(self)
        self.slowing, self.guesses = Slowing(), Guesses()
        self.video = VideoCodes()
        self.post: Post | None = None  # who sends mail, where a mail server is set
        self.consents: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self.opened: list[Any] = []  # called with each hall that is opened, in order of registration
        self.closed: list[Callable[[str], None]] = []  # called with each event whose hall was closed
        self.retention = Retention(self)
        self.draining = asyncio.Event()
        keys.on_rotation(self._rotated)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: Settings, *, clock: Clock | None = None, journal: Journal | None = None
    ) -> AsyncIterator[House]:
        """Secrets, providers, book and every hall; of a file under its lock. Owned when another process has it;
        NotDurable, Unavailable of a Redis; KeysDamaged; AskAPerson for a provider that is
        not set up as it has to be."""
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = journal or await open_journal(settings, clock or microseconds)
        tick = clock or store.clock  # gateways whose own clocks differ agree on what is due
        try:
            keys = Keys.open(settings.keys_dir, tick())
            house = cls(settings, keys, Book(store, keys.events), tick, clock or microseconds)
            try:
                house.equip()
                await house.halls.open_all()
                yield house
            finally:
                await house.tasks.close()
                await house.duties.hand_over()
                await house.providers.close()
        finally:
            await store.close()

    def equip(self) -> None:
        """Have the providers that the settings name, in their order. AskAPerson ``config_invalid``,
        ``secret_missing``."""
        settings = self.settings
        made = configured(
            settings.providers, environ=os.environ, base=settings.base, links=links_of(self), now=self.now
        )
        self.providers = Registry(*made, self.scripted)

    @property
    def lost(self) -> bool:
        """Whether the store cannot be reached: nothing can be recorded."""
        return self.book.journal.contact.lost

    def now(self) -> int:
        """Microseconds UTC by the store's clock, which is the same for all gateways."""
        return self.clock()

    def worker_now(self) -> int:
        """Microseconds UTC as a media worker has it, for tokens: by this machine's clock where the worker is its own;
        workers that all gateways share have to be right themselves."""
        return self.clock() if self.settings.media.workers else self._machine()

    @staticmethod
    def monotonic() -> float:
        """Seconds, for limits: they must not jump when a clock is set."""
        return time.monotonic()

    def greet(self, hall: Hall) -> None:
        """A hall was opened: index its links, follow its journal, tell whoever wants to know."""
        for room in hall.state.rooms:
            self.index.add(Target("shared", hall.id, room))
        for interview in hall.state.interviews:
            self._index_invites(hall, interview)
        for member in hall.state.staff.values():
            self.index.add(Target("staff", hall.id, member.id, issue=member.issue, revoked=member.revoked))
        hall.listeners.insert(0, lambda fresh: self._index(hall, fresh))
        hall.follower = self.tasks.keep(hall.follow, f"follow:{hall.id}")
        for listener in tuple(self.opened):
            listener(hall)

    def _index(self, hall: Hall, fresh: Sequence[Stamped]) -> None:
        for st in fresh:
            match st.entry:
                case Scheduled() | Amended() | InviteIssued():
                    self._index_invites(hall, st.stream.removeprefix("i:"))
                case EventCreated() | StaffAdmitted():
                    self.index.fold(hall.id, st.stream, st.entry)
                case PurgeBegun():  # by this gateway or another; whoever listens has heard of it by then
                    asyncio.get_running_loop().call_soon(self.halls.close, hall.id)
                case _:
                    pass

    def _index_invites(self, hall: Hall, interview: str) -> None:
        found = hall.state.interviews[interview]
        for person in dict.fromkeys((*found.people(), *dict(found.invites))):  # a companion may come no more
            kind: TargetKind = "candidate" if person == "candidate" else "companion"
            self.index.add(Target(kind, hall.id, interview, person, found.issue(person)))

    async def catch_up(self) -> None:
        """Know everything that any gateway has answered by now, links among it. Errors of the journal."""
        if self.book.journal.shared:
            await self.halls.open_all()
            for hall in self.halls:
                await hall.present()

    def rekey(self) -> None:
        """Print links with the present key and origin."""
        self.links = Links(self.keys.link_secrets(), self.settings.public_origin)
        self.index.rekey(self.links)
        for hall in self.halls:
            hall.shared_links = {}

    def _rotated(self, kind: str) -> None:
        if kind == "link":
            self.rekey()


def microseconds() -> int:
    """This machine's clock: microseconds UTC."""
    return time.time_ns() // 1_000
