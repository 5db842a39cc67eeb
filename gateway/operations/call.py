"""What every operation is given, and how it reads its arguments."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.eventfile import EventFile
from gateway.faults import Faulty
from gateway.hall import Done, Hall
from gateway.problems import Problem
from waiting_room.commands import Command
from waiting_room.journal.book import DocumentWrite

if TYPE_CHECKING:
    from gateway.house import House

MAX_TEXT = 200  # an event's id, a person's name, a reason: what one types on a command line
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation. ``actor``: "cli" or ``staff:<id>``; ``language`` of sentences; ``command_id``: a repeat
    with the same one gets the first answer."""

    house: House
    args: Mapping[str, Any]
    actor: str = "cli"
    language: str = "ja"
    command_id: str = ""

    def text(self, name: str, *, longest: int = MAX_TEXT) -> str:
        """A required text. Problem ``invalid`` naming the field."""
        value = self.args.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            raise Problem("invalid", field=f"/{name}")
        return value

    def optional(self, name: str, *, longest: int = MAX_TEXT) -> str | None:
        return None if self.args.get(name) is None else self.text(name, longest=longest)

    def flag(self, name: str) -> bool:
        """False when it is not given. Problem ``invalid``."""
        value = self.args.get(name, False)
        if not isinstance(value, bool):
            raise Problem("invalid", field=f"/{name}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.args.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise Problem("invalid", field=f"/{name}")
        return tuple(value)

    def hall(self) -> Hall:
        """The open event that ``event`` names. Problem ``unknown_event``."""
        hall = self.house.halls.get(self.text("event"))
        if hall is None or not hall.state.created:
            raise Problem("unknown_event", field="/event")
        return hall

    async def execute(
        self, hall: Hall, command: Command, *, documents: Sequence[DocumentWrite] = (), step: str = ""
    ) -> Done:
        """In the name of the caller. ``step`` tells several commands of one call apart."""
        return await hall.execute(command, actor=self.actor, command_id=self.command(step), documents=documents)

    def command(self, step: str = "") -> str:
        """The id of this call's command, or of the ``step`` of several."""
        return f"{self.command_id}{step}" if self.command_id else f"op-{secrets.token_hex(12)}"


def event_file(hall: Hall) -> EventFile:
    """The event's file as it is kept. Problem ``purged`` when it is gone."""
    if not hall.people.settings:
        raise Problem("purged")
    try:
        return EventFile.parse(dict(hall.people.settings))
    except Faulty as error:
        raise Problem("closed_event") from error


def new_id(prefix: str, characters: int) -> str:
    """An opaque id: the prefix and random base32 characters."""
    return prefix + "".join(secrets.choice(_BASE32) for _ in range(characters))
