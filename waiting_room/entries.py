"""The entries of an event's journal: one frozen dataclass per kind.

An entry says what happened, in opaque ids and stable codes. Names, numbers as typed, messages and reasons in free
text travel beside it as its private payload (see ``NewEntry.private``), encrypted under the event's key.

Streams: ``event``, ``r:<room>``, ``i:<interview>``. Times are microseconds UTC; durations are seconds.
A kind that this release does not know decodes to ``Unknown``: the fold marks the event as not readable by this
release and the gateway takes itself out of service for it.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from waiting_room.errors import Malformed

EVENT = "event"
Json = Any
Side = Literal["candidate", "staff", "provider", "gateway"]
Via = Literal["personal", "shared", "staff", "provider"]  # provider: staff saw them there already
Outcome = Literal["ok", "warn", "fail", "skipped"]
MailWhat = Literal["invitation", "changed", "reminder", "ready", "absence", "cancelled"]
ClaimCode = Literal["number_differs", "number_unknown", "seat_taken", "not_found", "not_this_person", "after_absence"]


def room_stream(room: str) -> str:
    return f"r:{room}"


def interview_stream(interview: str) -> str:
    return f"i:{interview}"


# --- the event's stream ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventCreated:
    """First entry of every journal. ``policy`` is the policy document as of then (``policy.py``). ``rehearsal``: for
    practice, for good; ``rehearses``: the event that it was laid out from, if any. Private: who began it."""

    kind: ClassVar[str] = "event_created"
    rooms: tuple[str, ...]
    provider: str
    policy: Mapping[str, Json]
    rehearsal: bool = False
    rehearses: str = ""


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    kind: ClassVar[str] = "policy_changed"
    policy: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ProviderSwitched:
    """``scope``: "event", a room's stream or an interview's stream. ``provider`` "": the scope has no choice of its own
    any more and follows the wider one. ``open_sessions``: whether they stay or move. ``because``: chosen by a person,
    a proposal after an outage accepted, or the way back from one; ``before``: who was in use. Private: reason."""

    kind: ClassVar[str] = "provider_switched"
    provider: str
    scope: str = EVENT
    open_sessions: Literal["stay", "move"] = "stay"
    because: Literal["chosen", "failover", "back"] = "chosen"
    before: str = ""


@dataclass(frozen=True, slots=True)
class ProviderDown:
    kind: ClassVar[str] = "provider_down"
    provider: str
    code: str


@dataclass(frozen=True, slots=True)
class ProviderUp:
    kind: ClassVar[str] = "provider_up"
    provider: str


@dataclass(frozen=True, slots=True)
class FailoverDeclined:
    """Staff saw the proposal to leave this provider, and stay until it fails anew."""

    kind: ClassVar[str] = "failover_declined"
    provider: str


@dataclass(frozen=True, slots=True)
class CheckConfirmed:
    """A person looked at what no program can see (say, that recording is off in the tenant) and says that it is so.
    ``check``: a preflight's stable name. Private: who, where it was said on the command line; a note."""

    kind: ClassVar[str] = "check_confirmed"
    provider: str
    check: str


@dataclass(frozen=True, slots=True)
class ServiceGap:
    """We were not there between these times; a deadline inside excuses."""

    kind: ClassVar[str] = "service_gap"
    from_at: int
    to_at: int


@dataclass(frozen=True, slots=True)
class LossAccepted:
    """The store had been set back, and an administrator goes on with what it has: entries after ``kept`` (of
    ``kept_at``; 0: none was left) up to ``offset`` (of ``lost_at``) at least are gone. Private: reason."""

    kind: ClassVar[str] = "loss_accepted"
    kept: int
    kept_at: int
    offset: int
    lost_at: int


@dataclass(frozen=True, slots=True)
class HallOpened:
    kind: ClassVar[str] = "hall_opened"


@dataclass(frozen=True, slots=True)
class HallClosed:
    kind: ClassVar[str] = "hall_closed"


@dataclass(frozen=True, slots=True)
class Sealed:
    """The chain value at ``offset``, signed with the record key ``kid``. ``offset`` was the head when the seal was
    decided; entries of other streams may have slipped in between."""

    kind: ClassVar[str] = "sealed"
    offset: int
    chain: str
    kid: str
    signature: str


@dataclass(frozen=True, slots=True)
class StaffAdmitted:
    """A staff link was issued (or changed, or revoked). The name is in the staff document."""

    kind: ClassVar[str] = "staff_admitted"
    staff: str
    role: Literal["interviewer", "reception", "administrator"]
    rooms: tuple[str, ...] = ()  # empty: all
    issue: int = 1
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """Personal data left the gateway: what and by whom (the actor)."""

    kind: ClassVar[str] = "exported"
    what: str


@dataclass(frozen=True, slots=True)
class RosterImported:
    """A roster was imported over what was there: how many interviews were added, changed (person, time or room) and
    withdrawn. What happened to each is on its own stream, in the same batch."""

    kind: ClassVar[str] = "roster_imported"
    added: int = 0
    changed: int = 0
    withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class HoldSet:
    """What is personal must be kept beyond its time: of the event (on its stream) or of one person (on the
    interview's). Private: reason."""

    kind: ClassVar[str] = "hold_set"


@dataclass(frozen=True, slots=True)
class HoldLifted:
    """Private: reason, unless what could have kept it secret is gone."""

    kind: ClassVar[str] = "hold_lifted"


@dataclass(frozen=True, slots=True)
class PurgeBegun:
    """From here on what is personal of this event is destroyed, and nothing else happens in it. ``early``: a person did
    not wait for the end of the time that the rules name."""

    kind: ClassVar[str] = "purge_begun"
    early: bool = False


@dataclass(frozen=True, slots=True)
class Purged:
    """It is gone. ``kept``: interviews whose person is on hold, each under a key of its own."""

    kind: ClassVar[str] = "purged"
    kept: tuple[str, ...] = ()


# --- a room's stream ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomReady:
    kind: ClassVar[str] = "room_ready"


@dataclass(frozen=True, slots=True)
class RoomPreparing:
    kind: ClassVar[str] = "room_preparing"


@dataclass(frozen=True, slots=True)
class RoomPaused:
    """On the event's stream: all rooms."""

    kind: ClassVar[str] = "room_paused"


@dataclass(frozen=True, slots=True)
class RoomResumed:
    kind: ClassVar[str] = "room_resumed"


@dataclass(frozen=True, slots=True)
class RoomTaken:
    """Goes with ``called`` in one batch: the room belongs to this interview until ``room_freed``."""

    kind: ClassVar[str] = "room_taken"
    interview: str


@dataclass(frozen=True, slots=True)
class RoomFreed:
    kind: ClassVar[str] = "room_freed"
    interview: str


# --- an interview's stream: schedule -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scheduled:
    """``earlier_absences``: of the same person, where the policy lets them be shown. Private payload: the roster row as
    imported."""

    kind: ClassVar[str] = "scheduled"
    room: str
    starts_at: int
    ends_at: int
    companions: int = 0
    resits: str | None = None  # the interview that this one re-sits
    earlier_absences: int = 0


@dataclass(frozen=True, slots=True)
class Rescheduled:
    kind: ClassVar[str] = "rescheduled"
    starts_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class Moved:
    kind: ClassVar[str] = "moved"
    room: str


@dataclass(frozen=True, slots=True)
class Amended:
    """The roster says something else of this person. ``fields``: the columns that changed; ``companions``: how many
    there are now. Private: the roster row as it is from here on."""

    kind: ClassVar[str] = "amended"
    fields: tuple[str, ...]
    companions: int = 0


@dataclass(frozen=True, slots=True)
class Cancelled:
    """``because``: the candidate was there and no interviewer came; else empty. Private: reason."""

    kind: ClassVar[str] = "cancelled"
    side: Side
    because: Literal["", "interviewers_absent"] = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The booking: by the candidate on their page, or by staff who had word of them. Private: note."""

    kind: ClassVar[str] = "confirmed"


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The booking was not confirmed in time and is void."""

    kind: ClassVar[str] = "lapsed"


@dataclass(frozen=True, slots=True)
class InviteReported:
    """The candidate told staff that the link has not come. ``late``: after the day until which the rules want it told.
    Private: note."""

    kind: ClassVar[str] = "invite_reported"
    late: bool = False


@dataclass(frozen=True, slots=True)
class Reopened:
    """Back from an end by mistake, to ``waiting`` when checked in, else ``preparing`` or ``expected``. Private:
    reason."""

    kind: ClassVar[str] = "reopened"


@dataclass(frozen=True, slots=True)
class LinkRegistered:
    """A link to the provider's own room, issued beforehand on the provider's pages, was imported for this interview.
    ``mailed``: the candidate has had it since before, so that their absence here says nothing. The link itself is in
    a document."""

    kind: ClassVar[str] = "link_registered"
    provider: str
    mailed: bool


@dataclass(frozen=True, slots=True)
class Disclosed:
    """All that is held on this person left the gateway. Private: reason."""

    kind: ClassVar[str] = "disclosed"


@dataclass(frozen=True, slots=True)
class InviteIssued:
    """``person``: "candidate" or "companion.1"…; a new ``issue`` revokes the link before it."""

    kind: ClassVar[str] = "invite_issued"
    person: str
    issue: int


# --- an interview's stream: arriving -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkOpened:
    """Evidence, no presence: a mail scanner opens links too. ``sid`` is the browser session,
    here as everywhere by its name in this event: a keyed hash of its id (``vault.name_session``)."""

    kind: ClassVar[str] = "link_opened"
    sid: str
    via: Via
    person: str = "candidate"


@dataclass(frozen=True, slots=True)
class Consented:
    kind: ClassVar[str] = "consented"
    sid: str
    notice: str  # version
    terms: str | None = None  # version of the provider's terms, where they were shown
    person: str = "candidate"
    provider: str | None = None  # whose terms
    texts: tuple[str, ...] = ()  # the event's other texts, each ``<id> <version>``


@dataclass(frozen=True, slots=True)
class Declared:
    """The candidate ticked the checklist. ``version``: of its lines (``declaring.version_of``); ``items``: the ids of
    those that were ticked, in the order of the list."""

    kind: ClassVar[str] = "declared"
    sid: str
    version: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeviceChecked:
    kind: ClassVar[str] = "device_checked"
    sid: str
    camera: Outcome
    microphone: Outcome
    speaker: Outcome
    network: Outcome
    rtt_ms: int | None = None
    person: str = "candidate"


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """The arrival. ``received_at``: when the gateway had the request; ``counts_from``: an earlier attempt that a person
    decided to count. ``differs``: fields that differ from the roster. Private: number and name as typed."""

    kind: ClassVar[str] = "checked_in"
    sid: str | None
    via: Via
    received_at: int
    differs: tuple[str, ...] = ()
    counts_from: int | None = None


@dataclass(frozen=True, slots=True)
class CompanionArrived:
    kind: ClassVar[str] = "companion_arrived"
    sid: str
    person: str  # "companion.1"


@dataclass(frozen=True, slots=True)
class CheckInRefused:
    """An attempt that failed; evidence. Private: what was typed."""

    kind: ClassVar[str] = "check_in_refused"
    sid: str
    code: Literal[
        "number_differs", "number_malformed", "name_empty", "not_found", "seat_taken", "too_early", "too_late"
    ]


@dataclass(frozen=True, slots=True)
class ClaimRaised:
    """Somebody says this seat is theirs and we cannot tell. On the interview's stream where it is known, else on the
    room's. Private: number and name as typed."""

    kind: ClassVar[str] = "claim_raised"
    claim: str
    sid: str
    code: ClaimCode


@dataclass(frozen=True, slots=True)
class ClaimSettled:
    """On the stream that the claim is on. When accepted, ``checked_in`` or ``taken_over`` goes with it on
    ``interview``.
    Private: reason."""

    kind: ClassVar[str] = "claim_settled"
    claim: str
    accepted: bool
    interview: str | None = None


@dataclass(frozen=True, slots=True)
class DifferenceSettled:
    """The typed name differs from the roster: the same person, or not. Not: the check-in is void, the attempt stays."""

    kind: ClassVar[str] = "difference_settled"
    same: bool


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The seat is now held by another page; ``epoch`` is the new device epoch."""

    kind: ClassVar[str] = "taken_over"
    sid: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Away:
    """Presence worth keeping: last seen then."""

    kind: ClassVar[str] = "away"
    last_seen: int


@dataclass(frozen=True, slots=True)
class Back:
    kind: ClassVar[str] = "back"


@dataclass(frozen=True, slots=True)
class LateNotice:
    """The candidate says "I will be late" or "I cannot connect". ``sid``: the page that it was said on. Private: their
    words."""

    kind: ClassVar[str] = "late_notice"
    code: Literal["late", "cannot_connect"] = "late"
    minutes: int | None = None
    sid: str = ""


@dataclass(frozen=True, slots=True)
class NoticeWithdrawn:
    """The candidate takes back what they said last: they come in time after all, or it works by now."""

    kind: ClassVar[str] = "notice_withdrawn"


@dataclass(frozen=True, slots=True)
class NoticeSeen:
    """Staff have seen what the candidate said. Nobody spoke to them: that is ``contact_recorded``."""

    kind: ClassVar[str] = "notice_seen"


@dataclass(frozen=True, slots=True)
class ContactRecorded:
    """Staff spoke to the candidate. Private: note."""

    kind: ClassVar[str] = "contact_recorded"


@dataclass(frozen=True, slots=True)
class MessageSent:
    """Private: text. On a room's stream: to all who wait there."""

    kind: ClassVar[str] = "message_sent"


@dataclass(frozen=True, slots=True)
class Held:
    """``because``: the policy asks staff about one who came late; empty: staff did it."""

    kind: ClassVar[str] = "held"
    on: bool
    because: Literal["", "late_entry"] = ""


# --- an interview's stream: admission ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EarlyAsked:
    """Before the scheduled time the candidate is asked first."""

    kind: ClassVar[str] = "early_asked"


@dataclass(frozen=True, slots=True)
class EarlyAnswered:
    """Declining has no effect on anything."""

    kind: ClassVar[str] = "early_answered"
    accepted: bool


@dataclass(frozen=True, slots=True)
class Called:
    """Phase admitting begins. ``admission`` counts from 1."""

    kind: ClassVar[str] = "called"
    admission: int


@dataclass(frozen=True, slots=True)
class Admitted:
    """The session stands and the ticket may be had: exactly one per admission."""

    kind: ClassVar[str] = "admitted"
    admission: int
    generation: int
    provider: str


@dataclass(frozen=True, slots=True)
class AdmissionLapsed:
    """The candidate's side did not arrive in time; back on the same seat."""

    kind: ClassVar[str] = "admission_lapsed"
    admission: int
    code: Literal["no_arrival", "provider_failed", "declined", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Returned:
    """Sent back to the waiting room by staff. Private: reason."""

    kind: ClassVar[str] = "returned"


@dataclass(frozen=True, slots=True)
class Removed:
    """Put out of the room; old room tokens are worthless. Private: reason."""

    kind: ClassVar[str] = "removed"
    person: str = "candidate"


@dataclass(frozen=True, slots=True)
class SessionRequested:
    kind: ClassVar[str] = "session_requested"
    provider: str
    generation: int
    key: str


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """Private: the provider's room (may hold links)."""

    kind: ClassVar[str] = "session_opened"
    provider: str
    generation: int


@dataclass(frozen=True, slots=True)
class SessionFailed:
    kind: ClassVar[str] = "session_failed"
    provider: str
    generation: int
    code: str
    retry: bool


@dataclass(frozen=True, slots=True)
class SessionClosed:
    kind: ClassVar[str] = "session_closed"
    provider: str
    generation: int


@dataclass(frozen=True, slots=True)
class SessionMoved:
    """During an admission: another session stands, its ticket may be had, and whoever is in the older one is to come
    over."""

    kind: ClassVar[str] = "session_moved"
    admission: int
    generation: int
    provider: str


@dataclass(frozen=True, slots=True)
class SessionObserved:
    """What the far side says of its session, by its clock; evidence. ``waiting``: somebody is at the provider's own
    door."""

    kind: ClassVar[str] = "session_observed"
    provider: str
    generation: int
    what: Literal["opened", "ended", "waiting", "checked"]
    seen_at: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """Something at the provider that must not be: ``recording`` was started, or ``settings`` are not those that were
    asked for (``detail``: which)."""

    kind: ClassVar[str] = "alarm_raised"
    provider: str
    generation: int
    code: Literal["recording", "settings"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AlarmSettled:
    """Staff have seen to it. Private: note."""

    kind: ClassVar[str] = "alarm_settled"
    code: Literal["recording", "settings"]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The candidate pressed the join button of a provider that redirects: the acknowledgement. ``generation``: of the
    session whose button it was."""

    kind: ClassVar[str] = "handed_over"
    admission: int
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Joined:
    """``clock``: whose time ``seen_at`` is. The provider's decides no phase: its word may come an hour late.
    ``generation``: of the session, 0 where that is not known."""

    kind: ClassVar[str] = "joined"
    side: Literal["candidate", "staff", "companion"]
    clock: Literal["gateway", "worker", "provider", "staff"]
    seen_at: int
    admission: int
    person: str = "candidate"
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    kind: ClassVar[str] = "left"
    side: Literal["candidate", "staff", "companion"]
    clock: Literal["gateway", "worker", "provider", "staff"]
    seen_at: int
    admission: int
    code: str = "left"
    person: str = "candidate"
    generation: int = 0


@dataclass(frozen=True, slots=True)
class IdentityConfirmed:
    """Number and name were asked again in the room; ``steps`` are those ticked."""

    kind: ClassVar[str] = "identity_confirmed"
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IdentityDoubted:
    """Private: reason."""

    kind: ClassVar[str] = "identity_doubted"


@dataclass(frozen=True, slots=True)
class IncidentNoted:
    """Private: note."""

    kind: ClassVar[str] = "incident_noted"


# --- an interview's stream: ends ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overdue:
    """``absent_after`` has passed without a check-in: a proposal, no decision. ``held_back``: codes of causes that may
    be ours (provider_down, service_gap, interviewers_absent, invite_undelivered); ``bound_passed`` with them: they have
    held it back as long as the policy lets them, it is for staff now."""

    kind: ClassVar[str] = "overdue"
    held_back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AbsenceConfirmed:
    """Private: reason."""

    kind: ClassVar[str] = "absence_confirmed"
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class AbsenceWithdrawn:
    """Private: reason."""

    kind: ClassVar[str] = "absence_withdrawn"


@dataclass(frozen=True, slots=True)
class FinishBegun:
    """Ten seconds to think again: the interview is still in session until ``until``."""

    kind: ClassVar[str] = "finish_begun"
    until: int


@dataclass(frozen=True, slots=True)
class FinishUndone:
    kind: ClassVar[str] = "finish_undone"


@dataclass(frozen=True, slots=True)
class Finished:
    kind: ClassVar[str] = "finished"


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """Private: reason."""

    kind: ClassVar[str] = "broken_off"
    side: Side


# --- an interview's stream: mail ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MailQueued:
    """A mail is to go to ``person``: ``issue`` of their link and ``schedule`` (how often time, room or end had changed)
    that it tells. ``by_office``: the office mailed it itself; nothing is sent. Private: address and language."""

    kind: ClassVar[str] = "mail_queued"
    mail: str
    what: MailWhat
    person: str
    issue: int
    schedule: int
    by_office: bool = False


@dataclass(frozen=True, slots=True)
class MailSent:
    """The mail server has taken it, and told these; it may still come back. Private: subject, and the text without the
    secret in its link."""

    kind: ClassVar[str] = "mail_sent"
    mail: str
    issue: int
    schedule: int


@dataclass(frozen=True, slots=True)
class MailFailed:
    """An attempt came to nothing: ``code`` is the mail server's reply or a word of ours, never its text. ``retry``
    false: it will not be sent, for it would not be true any more or cannot be made."""

    kind: ClassVar[str] = "mail_failed"
    mail: str
    code: str
    retry: bool


@dataclass(frozen=True, slots=True)
class MailUndelivered:
    """It did not reach the person: refused by a mail server for good, or come back later. ``code``: the enhanced status
    (RFC 3463) where there is one."""

    kind: ClassVar[str] = "mail_undelivered"
    mail: str
    code: str
    source: Literal["refused", "bounced"] = "refused"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A kind of a later release."""

    kind_name: str
    data: Mapping[str, Json] = field(default_factory=dict)


Known = (
    EventCreated | PolicyChanged | ProviderSwitched | ProviderDown | ProviderUp | ServiceGap | HallOpened | HallClosed
    | LossAccepted
    | HoldSet | HoldLifted | PurgeBegun | Purged
    | Sealed | StaffAdmitted | Exported | RosterImported | FailoverDeclined | CheckConfirmed
    | RoomReady | RoomPreparing | RoomPaused | RoomResumed | RoomTaken | RoomFreed
    | Scheduled | Rescheduled | Moved | Amended | Cancelled | Confirmed | Lapsed | Reopened | InviteIssued
    | InviteReported | LinkRegistered | Disclosed
    | LinkOpened | Consented | Declared | DeviceChecked | CheckedIn | CompanionArrived | CheckInRefused | ClaimRaised
    | ClaimSettled | DifferenceSettled | TakenOver | Away | Back | LateNotice | NoticeWithdrawn | NoticeSeen
    | ContactRecorded | MessageSent | Held
    | EarlyAsked | EarlyAnswered | Called | Admitted | AdmissionLapsed | Returned | Removed
    | SessionRequested | SessionOpened | SessionFailed | SessionClosed | SessionMoved | SessionObserved
    | AlarmRaised | AlarmSettled | HandedOver | Joined | Left
    | IdentityConfirmed | IdentityDoubted | IncidentNoted
    | Overdue | AbsenceConfirmed | AbsenceWithdrawn | FinishBegun | FinishUndone | Finished | BrokenOff
    | MailQueued | MailSent | MailFailed | MailUndelivered
)  # fmt: skip
Entry = Known | Unknown

KINDS: Mapping[str, type[Known]] = types.MappingProxyType({c.kind: c for c in typing.get_args(Known)})


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to append. ``private`` is what must be encrypted: JSON values."""

    stream: str
    entry: Known
    actor: str
    private: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Stamped:
    """An entry as the journal has it."""

    offset: int
    stream: str
    version: int
    at: int
    actor: str
    entry: Entry
    private_digest: str | None = None


def encode(entry: Entry) -> tuple[str, dict[str, Json]]:
    """Kind and data. Fields that have their default are left out, so that a later release may add fields."""
    if isinstance(entry, Unknown):
        return entry.kind_name, dict(entry.data)
    data: dict[str, Json] = {}
    for f in dataclasses.fields(entry):
        value = getattr(entry, f.name)
        if value != f.default:
            data[f.name] = list(value) if isinstance(value, tuple) else value
    return entry.kind, data


def decode(kind: str, data: Mapping[str, Json]) -> Entry:
    """The entry, or Unknown for a kind or a field that this release does not know. Malformed when a field is
    missing."""
    cls = KINDS.get(kind)
    if cls is None or not data.keys() <= _FIELDS[cls]:
        return Unknown(kind, dict(data))
    make: Any = cls
    try:
        entry: Entry = make(**{k: tuple(v) if isinstance(v, list) else v for k, v in data.items()})
    except TypeError as error:
        raise Malformed(f"{kind}: {error}") from error
    return entry


_FIELDS = {c: frozenset(f.name for f in dataclasses.fields(c)) for c in KINDS.values()}
