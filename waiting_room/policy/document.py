"""The policy document as one frozen object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from waiting_room.policy.parts import Booking, ConsentDocument, Declaration, OpeningHours
from waiting_room.policy.reading import (
    choice,
    day,
    flag,
    many,
    natural,
    nullable,
    part,
    pattern,
    read,
    said,
    text,
    written,
)

SECOND = 1_000_000  # microseconds: the unit of every time in the core

Absence = Literal["proposed", "automatic"]
WithoutContact = Literal["absent", "deemed_cancelled"]
LateEntry = Literal["allow", "ask", "refuse"]
Pretest = Literal["required", "recommended", "off"]


@dataclass(frozen=True, slots=True)
class Policy:
    """All durations in whole seconds. ``*_before`` and ``arrive_by`` count back from the scheduled start, ``*_after``
    count on from it. None: there is no such rule, a person decides."""

    # coming
    opens_before: int = said(1800, natural)  # check-in is possible from here on
    arrive_by: int | None = said(300, nullable(natural))  # checked in up to and including this moment is on time
    late_after: int = said(0, natural)  # checked in after this moment is late
    early_allowed: bool = said(True, flag)  # whether a candidate may be asked to come in before the scheduled time
    late_entry: LateEntry = said("allow", choice("allow", "ask", "refuse"))  # one who comes after ``refuse_after``
    refuse_after: int | None = said(None, nullable(natural))  # None: as soon as it is late
    # not coming
    absent_after: int | None = said(600, nullable(natural))  # not checked in by then is proposed as absent
    absence: Absence = said("proposed", choice("proposed", "automatic"))  # automatic: confirmed without a person
    without_contact: WithoutContact = said("absent", choice("absent", "deemed_cancelled"))  # what no word at all means
    contact_stops_absence: bool = said(False, flag)  # whether word from the candidate stops the absence
    contact_stops_for: int | None = said(None, nullable(natural))  # for so long after it; None: for good
    hold_back_for: int | None = said(None, nullable(natural))  # causes of ours hold an absence back so long; None: on
    # in the room
    arrival_wait: int = said(45, natural)  # an admitted candidate who has not arrived by then is back on the seat
    finish_undo: int = said(10, natural)  # how long "finish" can be taken back
    max_length: int | None = said(None, nullable(natural))  # an interview lasts no longer
    max_length_then: Literal["notify", "finish_proposed"] = said("notify", choice("notify", "finish_proposed"))
    almost_up: int = said(300, natural)  # so long before the end it is said that time is almost up
    reconnect_grace: int | None = said(None, nullable(natural))  # a candidate who dropped out may come back so long
    extend_on_fault: tuple[str, ...] = said(("provider",), many(choice("candidate", "provider")))  # whose trouble adds
    fallback: tuple[str, ...] = said((), many(choice("provider", "telephone", "reschedule")))  # the first first
    # with what, and who
    pretest: Pretest = said("off", choice("required", "recommended", "off"))
    pretest_valid_days: int | None = said(None, nullable(natural))  # None: a test once done is good
    identity: tuple[str, ...] = said(
        ("number", "name"), many(choice("number", "name", "date_of_birth", "photo", "document"))
    )
    number_pattern: str | None = said(None, nullable(pattern))
    consents: tuple[ConsentDocument, ...] = said((), many(part(ConsentDocument)))
    terms: Literal["agree", "show"] = said("agree", choice("agree", "show"))  # a provider's own, before the hand-over
    declarations: tuple[Declaration, ...] = said((), many(part(Declaration)))
    camera: Literal["required", "optional", "forbidden"] = said("required", choice("required", "optional", "forbidden"))
    companions: Literal["announced", "free", "none"] = said("announced", choice("announced", "free", "none"))
    max_companions: int | None = said(None, nullable(natural))  # None: as many as a roster holds
    # before and after the day
    booking: Booking = said(Booking(), part(Booking))
    invite_valid_before: int | None = said(None, nullable(natural))  # a link is good from here on; None: once it is out
    invite_valid_after: int | None = said(None, nullable(natural))  # and until then; None: as long as the event
    retention_days: int | None = said(None, nullable(natural))  # after the event; None: until somebody purges
    closing_days: tuple[str, ...] = said((), many(day))
    opening_hours: tuple[OpeningHours, ...] = said((), many(part(OpeningHours)))  # (): Monday to Friday, not said when
    # who carries the video
    session_before: int = said(300, natural)  # a session is opened this long before it may be needed
    handover_before: int = said(0, natural)  # let in from here on without being asked: providers' own checks take time
    handover_wait: int = said(120, natural)  # after the join button; unseen at the provider by then, staff are asked
    shown_name: Literal["number", "name", "both"] = said("both", choice("number", "name", "both"))  # at the far side
    provider_order: tuple[str, ...] = said((), many(text))  # whom to propose when one fails; (): all, as they are
    failover: Literal["off", "proposed", "automatic"] = said("proposed", choice("off", "proposed", "automatic"))

    @property
    def absent_automatic(self) -> bool:
        """Whether the gateway may confirm an absence without a person."""
        return self.absence == "automatic"

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Policy:
        """Total: what is missing or of the wrong kind has its default. Journals of the first release say
        ``absent_automatic`` in place of ``absence``."""
        if "absence" not in document and document.get("absent_automatic") is True:
            document = {**document, "absence": "automatic"}
        return read(cls, document)

    def to_document(self) -> dict[str, Any]:
        """In seconds, every default written out. ``absent_automatic`` goes with it for pages that know no other."""
        return {**written(self), "absent_automatic": self.absent_automatic}
