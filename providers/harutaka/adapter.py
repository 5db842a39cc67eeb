"""harutaka as a provider, in registry mode: who is admitted is sent to the link that was imported for them.

Nothing is opened, closed or heard of at the far side, so everything here is known at once and nothing is ever worth a
retry. What is missing, a person imports.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from providers.base import (
    Abilities,
    AskAPerson,
    Finding,
    GiveUp,
    Observation,
    Person,
    Planned,
    Redirect,
    Room,
    RoomSpec,
    Ticket,
)
from providers.harutaka import preflight
from providers.harutaka.address import trouble
from providers.harutaka.config import Tenant
from providers.harutaka.urls import Links, Pair

NAME = "harutaka"
LABEL = {"ja": "harutaka", "en": "harutaka"}
ID_LENGTH = 32  # hexadecimal digits of the digest: 128 bits


class Harutaka:
    """See ``Provider`` and ``Preflight``. ``links`` looks up what was imported; it must not wait."""

    def __init__(self, tenant: Tenant, *, links: Links) -> None:
        self._tenant, self._links = tenant, links
        self._abilities = Abilities(
            label=LABEL,
            arrival="handed_over",
            embedded=False,
            revokes=False,  # whoever has a link keeps it
            ends=False,
            support=tenant.support,
            test_page=tenant.test_page,
            terms=tenant.terms,
            waits_again=tenant.waiting_room,
            issued=True,
        )

    @property
    def name(self) -> str:
        return NAME

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    @property
    def hosts(self) -> frozenset[str]:
        """Where links may lead besides harutaka.jp; see ``address.trouble``."""
        return self._tenant.hosts

    async def preflight(self, timetable: Sequence[Planned]) -> Sequence[Finding]:
        """See ``Preflight``. It asks harutaka nothing."""
        return preflight.look(timetable, self._links, self._tenant)

    async def open_room(self, spec: RoomSpec, *, key: str) -> Room:  # noqa: ARG002 - nothing is made, so nothing twice
        """The live room that was issued for this interview; the same one whatever the key, until another link is
        imported. AskAPerson ``no_url`` when none was, ``url_refused`` when the settings allow its host no more."""
        pair = self._links(spec.event, spec.room, spec.interview)
        if pair is None:
            raise AskAPerson("no_url", "no link of harutaka's was imported for this interview")
        if any(trouble(url, self._tenant.hosts) for url in (pair.candidate, pair.evaluator) if url):
            raise AskAPerson("url_refused", "a link that was imported leads to a host that is not allowed")
        details = {"candidate": pair.candidate, "evaluator": pair.evaluator}
        return Room(NAME, room_id(pair), spec.generation, details)

    async def ticket(self, room: Room, person: Person) -> Ticket:
        """A candidate and their companions share the candidate's link, whoever is of the staff the interviewers'.
        AskAPerson ``no_evaluator_url``: staff enter on harutaka's own page, or import one."""
        if person.role in ("candidate", "companion"):
            return Redirect(str(room.details["candidate"]))
        if not room.details["evaluator"]:
            raise AskAPerson("no_evaluator_url", "no interviewers' link was imported for this interview")
        return Redirect(str(room.details["evaluator"]))

    async def close_room(self, room: Room) -> None:
        """Nothing: interviewers end a live interview in harutaka, and its links cannot be revoked."""

    def observe(self, headers: Mapping[str, str], body: bytes) -> Sequence[Observation]:  # noqa: ARG002
        """GiveUp ``not_genuine``: how harutaka signs its callbacks is published nowhere, so nothing can be verified."""
        raise GiveUp("not_genuine", "harutaka's callbacks are not known")


def room_id(pair: Pair) -> str:
    """The same for the same live room, and not the link: ids stand in entries and logs."""
    return hashlib.sha256(pair.candidate.encode()).hexdigest()[:ID_LENGTH]
