"""Who is here: an overlay over the journal, never in it.

A *person* (``candidate:<interview>``, ``companion:…``, ``staff:<id>``) is here while one of their pages is heard of,
asleep when the last one said that it goes to sleep, and away when none has been heard of for a while. A line that
closes says nothing: only silence does. Times are microseconds UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

State = Literal["here", "asleep", "away", "never"]

HERE_FOR = 30_000_000  # three missed frames of one in 10 s; a phone that changes its network needs some 15 s
ASLEEP_FOR = 600_000_000  # a page that said it goes to sleep may wake by itself: ten minutes, then it is away
PAGES = 8  # pages of one person that are told apart; the longest silent one is forgotten


@dataclass(slots=True)
class _Page:
    seen_at: int
    state: Literal["here", "asleep"]


@dataclass(slots=True)
class Seen:
    """What is known of one person. ``since``: when the present state began."""

    state: State = "never"
    since: int = 0
    seen_at: int = 0
    pages: dict[str, _Page] = field(default_factory=dict)


class Presence:
    """Every person of one event that has shown a page. Bounded by its people: subjects come from sessions only."""

    def __init__(self) -> None:
        self._people: dict[str, Seen] = {}
        self.listeners: list[Callable[[str], None]] = []

    def seen(self, subject: str, page: str, now: int, *, asleep: bool = False) -> None:
        """A frame of one page of this person."""
        person = self._people.setdefault(subject, Seen())
        person.pages[page] = _Page(now, "asleep" if asleep else "here")
        if len(person.pages) > PAGES:
            del person.pages[min(person.pages, key=lambda key: person.pages[key].seen_at)]
        person.seen_at = now
        self._settle(subject, person, now)

    def of(self, subject: str) -> Seen:
        """What is known, as of the last ``settle``."""
        return self._people.get(subject) or Seen()

    def here(self) -> dict[str, int]:
        """How many people of each role are here, as of the last ``settle``."""
        return Counter(subject.partition(":")[0] for subject, one in self._people.items() if one.state == "here")

    def settle(self, now: int) -> None:
        """Let time pass: pages that were not heard of are no longer here."""
        for subject, person in list(self._people.items()):
            if any(_until(page) <= now for page in person.pages.values()):  # else nothing is another than it was
                self._settle(subject, person, now)

    def next_at(self) -> int | None:
        """When the next change by time alone is due."""
        return min((_until(page) for person in self._people.values() for page in person.pages.values()), default=None)

    def _settle(self, subject: str, person: Seen, now: int) -> None:
        person.pages = {key: page for key, page in person.pages.items() if _until(page) > now}
        states = {page.state for page in person.pages.values()}
        state: State = "here" if "here" in states else "asleep" if states else "away"
        if state != person.state:
            person.state, person.since = state, person.seen_at if state == "away" else now
            for listener in tuple(self.listeners):
                listener(subject)


def _until(page: _Page) -> int:
    return page.seen_at + (HERE_FOR if page.state == "here" else ASLEEP_FOR)
