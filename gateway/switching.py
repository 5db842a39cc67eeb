"""What a switch of provider would come to, interview by interview, before anybody decides on it. Pure.

The core's own decision is folded into a copy of the state, and the reactor's own plan is asked who would be moved: what
is foretold is what is then done, and nothing is worked out twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Literal, get_args

from gateway.plan import STANDING, brings_over
from waiting_room.commands import SwitchProvider
from waiting_room.decide import decide
from waiting_room.entries import EVENT, Stamped, room_stream
from waiting_room.event import Event
from waiting_room.interview import Interview
from waiting_room.views import ProviderInfo

Effect = Literal["follows", "reopens", "stays", "moves", "own", "same"]
EFFECTS: tuple[Effect, ...] = get_args(Effect)
CHANGES: frozenset[Effect] = frozenset({"follows", "reopens", "moves"})  # another provider carries the video then
Hindrance = Literal["not_configured", "provider_down", "no_link"]
OldLink = Literal["dies", "ends", "stays"]
Warn = Literal[
    "nothing_changes", "not_configured", "provider_down", "no_link", "waits_again", "terms", "old_links_stay", "own"
]

Providers = Mapping[str, ProviderInfo]  # those that this gateway has
ToSee = Callable[[str, Interview], bool]  # whether somebody of an interview has a provider's terms still to see


@dataclass(frozen=True, slots=True)
class Row:
    """One interview that is still to be held, or is being held. ``was``: whom it is with, or would be; ``to``: the
    same after the switch. What the switch does not change has neither terms to see nor a hindrance: why it could not be
    held with ``to``. ``old_link``: what becomes of a link to ``was`` that somebody may have; None: nobody has one, or
    it stays in use."""

    interview: Interview
    was: str
    to: str
    effect: Effect
    terms_to_see: bool
    hindrance: Hindrance | None
    old_link: OldLink | None


@dataclass(frozen=True, slots=True)
class Preview:
    """``was`` and ``to``: the provider in use for the scope, before and after. ``rows``: by start, then id."""

    was: str
    to: str
    rows: tuple[Row, ...]
    warnings: tuple[Warn, ...]

    @property
    def counts(self) -> Mapping[Effect, int]:
        """How many interviews each effect has; all effects are there."""
        found = Counter(row.effect for row in self.rows)
        return {effect: found[effect] for effect in EFFECTS}


@dataclass(frozen=True, slots=True)
class _Look:
    """What the rows are read from: the state before and after, and what providers can do."""

    before: Event
    after: Event
    scope: str
    providers: Providers
    to_see: ToSee


def foretell(event: Event, command: SwitchProvider, providers: Providers, to_see: ToSee) -> Preview:
    """What the command would come to now; ``expects`` is not looked at. Refused, as the command itself would be."""
    after, changes = _after(event, replace(command, expects=None))
    look = _Look(event, after, command.scope, providers, to_see)
    rows = tuple(_row(look, interview) for interview in _concerned(event, command.scope))
    to = after.provider_for(command.scope)
    warnings: tuple[Warn, ...] = tuple(_warnings(rows, providers.get(to))) if changes else ("nothing_changes",)
    return Preview(event.provider_for(command.scope), to, rows, warnings)


def _after(event: Event, command: SwitchProvider) -> tuple[Event, bool]:
    """The state with the switch folded in, and whether it is an entry at all. Of ``event`` nothing changes: the fold of
    these entries touches what is copied here and numbers."""
    after = copy(event)
    after.providers, after.versions = dict(event.providers), dict(event.versions)
    decided = decide(event, command, "foretold", event.at).entries
    for new in decided:
        version = after.version(new.stream) + 1
        after.apply(Stamped(after.head + 1, new.stream, version, event.at, new.actor, new.entry))
    return after, bool(decided)


def _concerned(event: Event, scope: str) -> Sequence[Interview]:
    found = (i for i in event.interviews.values() if i.room and not i.over)
    inside = (i for i in found if scope in (EVENT, room_stream(i.room), i.stream))
    return sorted(inside, key=lambda i: (i.starts_at, i.id))


def _row(look: _Look, i: Interview) -> Row:
    was, effect = _held_with(look.before, i), _effect(look, i)
    to = was if effect in ("stays", "own") else look.after.provider_for(i.stream)
    return Row(
        interview=i,
        was=was,
        to=to,
        effect=effect,
        terms_to_see=effect in CHANGES and look.to_see(to, i),
        hindrance=_hindrance(look, i, to) if effect in CHANGES else None,
        old_link=_old_link(i, effect, look.providers.get(was)) if effect in CHANGES and was != to else None,
    )


def _held_with(event: Event, i: Interview) -> str:
    """The provider whose session its people are in, else the one that is chosen for it."""
    return i.current.provider if i.admitted and i.current is not None else event.provider_for(i.stream)


def _effect(look: _Look, i: Interview) -> Effect:
    if _width(_chosen_by(look.after, i)) < _width(look.scope):
        return "own"
    to = look.after.provider_for(i.stream)
    if i.admitted:
        if brings_over(look.after, i):
            return "moves"
        return "same" if _held_with(look.before, i) == to else "stays"
    if look.before.provider_for(i.stream) == to:
        return "same"
    opened = i.session is not None and i.session.state in STANDING and i.session.provider != to
    return "reopens" if opened else "follows"


def _chosen_by(event: Event, i: Interview) -> str:
    """The scope whose choice holds for this interview."""
    return next((scope for scope in (i.stream, room_stream(i.room)) if scope in event.providers), EVENT)


def _width(scope: str) -> int:
    """The wider the scope, the greater."""
    return {EVENT: 2}.get(scope, 1 if scope.startswith("r:") else 0)


def _hindrance(look: _Look, i: Interview, to: str) -> Hindrance | None:
    """The gravest: one that no waiting mends goes first."""
    info = look.providers.get(to)
    if info is None:
        return "not_configured"
    if to in look.before.down:
        return "provider_down"
    return "no_link" if info.issued and to not in dict(i.links) else None


def _old_link(i: Interview, effect: Effect, info: ProviderInfo | None) -> OldLink | None:
    if not _may_have_link(i, effect, info):
        return None
    if info is not None and info.revokes:
        return "dies"
    return "ends" if info is not None and info.ends else "stays"


def _may_have_link(i: Interview, effect: Effect, info: ProviderInfo | None) -> bool:
    """Whoever is in the room has one, whoever was and went back to the seat may, and so may whom one was mailed."""
    if effect == "moves":
        return True
    mailed = info is not None and dict(i.links).get(info.id, False)
    return mailed or (effect == "reopens" and i.admission > 0)


def _warnings(rows: Sequence[Row], to: ProviderInfo | None) -> Iterator[Warn]:
    for hindrance in get_args(Hindrance):
        if any(row.hindrance == hindrance for row in rows):
            yield hindrance
    if to is not None and to.waits_again and any(row.effect in CHANGES for row in rows):
        yield "waits_again"
    if any(row.terms_to_see for row in rows):
        yield "terms"
    if any(row.old_link == "stays" for row in rows):
        yield "old_links_stay"
    if any(row.effect == "own" for row in rows):
        yield "own"
