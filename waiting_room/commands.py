"""What people, the reactor and the files may ask for. ``decide`` turns a command into entries or refuses it.

Every field is an opaque id, a code or a time; what is personal (typed names, reasons, messages) is in ``private`` and
goes through unread to the entry's private payload. Who may ask is checked before, in ``gateway/access.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from waiting_room.entries import MailWhat, Outcome, Side, Via

Private = Mapping[str, Any]


# --- the event ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CreateEvent:
    """``rehearsal``: it is for practice, and never anything else. ``rehearses``: which event. Private: who began it."""

    rooms: tuple[str, ...]
    provider: str
    policy: Mapping[str, Any]
    rehearsal: bool = False
    rehearses: str = ""
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """A whole policy document (in seconds, as the journal has it), which holds from now on. The present one again is no
    entry and no error."""

    policy: Mapping[str, Any]
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """One row of a roster, without the person. ``resits``: the interview, over by now, that this one re-sits."""

    interview: str
    room: str
    starts_at: int
    ends_at: int
    companions: int = 0
    private: Private | None = None
    resits: str | None = None
    earlier_absences: int = 0


@dataclass(frozen=True, slots=True)
class ImportRoster:
    """All or nothing. New interviews only: a known interview id is refused (``already_scheduled``)."""

    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when an interview is planned."""

    room: str
    starts_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a roster says otherwise of a known interview. ``was``: the place that was looked at; another by now is
    refused (``moved_on``). ``fields``: columns about the person that changed, whose row goes into a document beside it.
    ``reissue``: companions whose place in the row is another person's now, or nobody's: their links end."""

    interview: str
    was: Place
    now: Place
    fields: tuple[str, ...] = ()
    companions: int = 0
    reissue: tuple[str, ...] = ()
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class UpdateRoster:
    """A roster over the one that is there, all or nothing. ``imported``: the last import that was looked at
    (``Event.imported``); a later one is refused (``moved_on``), and so is withdrawing one who has checked in by now."""

    added: tuple[Slot, ...] = ()
    amended: tuple[Amendment, ...] = ()
    withdrawn: tuple[str, ...] = ()
    side: Literal["candidate", "staff"] = "candidate"
    imported: int = 0


@dataclass(frozen=True, slots=True)
class AdmitStaff:
    staff: str
    role: Literal["interviewer", "reception", "administrator"]
    rooms: tuple[str, ...] = ()
    issue: int = 1
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class SwitchProvider:
    """``provider`` "": the scope follows the wider one again. ``expects``: the provider that the person saw in use for
    the scope; another by now is refused (``changed_meanwhile``). ``with_narrower``: choices of rooms and interviews
    inside the scope are dropped, so that they follow, too."""

    provider: str
    scope: str = "event"
    open_sessions: Literal["stay", "move"] = "stay"
    private: Private | None = None
    expects: str | None = None
    with_narrower: bool = False


@dataclass(frozen=True, slots=True)
class MoveSession:
    """Have one interview that is in the room come over to the provider that is in use for it by now."""

    interview: str


@dataclass(frozen=True, slots=True)
class ReportProvider:
    """By the breaker. ``code``: why it is down; empty: it is up."""

    provider: str
    code: str


@dataclass(frozen=True, slots=True)
class AcceptFailover:
    """As proposed (``failover.proposals``); anything else is refused (``nothing_proposed``). ``rooms``: those only,
    for one who answers for no others; None: the whole proposal."""

    provider: str
    to: str
    open_sessions: Literal["stay", "move"]
    order: tuple[str, ...]  # the providers that there are, in the gateway's order
    rooms: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class DeclineFailover:
    provider: str


@dataclass(frozen=True, slots=True)
class ConfirmCheck:
    provider: str
    check: str
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class RegisterLinks:
    """The provider's own links were imported for these interviews; the links go into documents beside it. ``again``:
    interviews whose links were there before and of which something else than the candidate's has changed: whether that
    one was mailed stays as it was said."""

    provider: str
    interviews: tuple[str, ...]
    mailed: bool
    again: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordGap:
    from_at: int
    to_at: int


@dataclass(frozen=True, slots=True)
class RecordExport:
    what: str


@dataclass(frozen=True, slots=True)
class Seal:
    """Refused (``nothing_to_seal``) when the last entry is a seal; (``moved_on``) when ``offset`` is not the head."""

    offset: int
    chain: str
    kid: str
    signature: str


@dataclass(frozen=True, slots=True)
class SetHold:
    """``interview`` None: the whole event. Setting what is already so is no entry and no error; what is purged cannot
    be held any more (``purged``)."""

    on: bool
    interview: str | None = None
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class AcceptLoss:
    """An administrator goes on with what the store has, which was set back: see ``LossAccepted``. The time from what
    was kept until now counts as a gap of ours: whoever arrived in it may be among what is gone."""

    kept: int
    kept_at: int
    offset: int
    lost_at: int
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class RecordDisclosure:
    """Of one person, also after the rest was purged."""

    interview: str
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class BeginPurge:
    """Refused: ``not_due`` before its time (``retention.due_at``), ``held``. Begun already is no entry and no error.
    ``early``: an administrator does not wait for that time; refused (``event_not_over``) before the last interview's
    end."""

    early: bool = False


@dataclass(frozen=True, slots=True)
class EndPurge:
    """``kept``: interviews whose person's data was kept apart. Refused (``purge_not_begun``)."""

    kept: tuple[str, ...] = ()


# --- a room ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetReady:
    """Panel ready or preparing. Setting what is already so is no entry and no error."""

    room: str
    ready: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """``room`` None: the whole event."""

    room: str | None
    on: bool


@dataclass(frozen=True, slots=True)
class SendMessage:
    """To one interview or to all who wait in a room: exactly one of the two."""

    private: Private
    interview: str | None = None
    room: str | None = None


# --- arriving ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenLink:
    """Kept once per browser session; at most 50 an interview, later ones are no entry and no error."""

    interview: str
    sid: str
    via: Via
    person: str = "candidate"


@dataclass(frozen=True, slots=True)
class Consent:
    interview: str
    sid: str
    notice: str
    terms: str | None = None
    person: str = "candidate"
    provider: str | None = None  # whose terms
    texts: tuple[str, ...] = ()  # as ``Consented`` has them


@dataclass(frozen=True, slots=True)
class Declare:
    """By the candidate, of the checklist that was shown. Refused: ``consent_needed``, ``too_early`` (before opens),
    ``declarations_outdated`` for another version than the rules have now or a line that is not on it,
    ``declarations_needed`` where a line that the rules require is not ticked (details: which). The same again is no
    entry and no error."""

    interview: str
    sid: str
    version: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportDevices:
    interview: str
    sid: str
    camera: Outcome
    microphone: Outcome
    speaker: Outcome
    network: Outcome
    rtt_ms: int | None = None
    person: str = "candidate"
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class CheckIn:
    """The gateway has compared what was typed with the roster (``identity.compare``): ``number_matches`` and which
    other
    fields differ. ``received_at``: when the request came in, by the gateway's clock.

    Effects, by state: not seated → ``checked_in``; seated by the same ``sid`` → repeated, no entry; seated by another
    ``sid``: via personal → ``taken_over`` (the number matched), via shared → ``claim_raised`` and the seat is
    untouched.
    A number that differs → ``check_in_refused`` (and on the third one a ``claim_raised``), which is an accepted
    command. After ``late_entry``'s time: seated and on hold, or ``check_in_refused``, as the policy says. After an
    absence: that is taken back, a ``claim_raised`` asks staff, or ``check_in_refused``, as the policy says.
    Refused: ``consent_needed``, ``declarations_needed``, ``too_early`` (before opens), ``name_empty``,
    ``interview_over``.
    """

    interview: str
    sid: str
    via: Via
    received_at: int
    number_matches: bool
    name_empty: bool = False
    differs: tuple[str, ...] = ()
    claim: str = ""  # fresh id, used if a claim has to be raised
    private: Private | None = None
    malformed: bool = False  # the number is not of the rules' form


@dataclass(frozen=True, slots=True)
class RaiseClaim:
    """ "I don't know my number", or a number that is on no roster (``interview`` None: on the room)."""

    claim: str
    sid: str
    code: Literal["number_unknown", "not_found", "not_this_person"]
    interview: str | None = None
    room: str | None = None
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class SettleClaim:
    """Accepted: the claimant's page gets the seat of ``interview`` (check-in or takeover). ``count_from_first``: the
    arrival counts from the first attempt of that page, with a reason."""

    claim: str
    accepted: bool
    interview: str | None = None
    count_from_first: bool = False
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class SettleDifference:
    interview: str
    same: bool
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class CheckInByStaff:
    """By telephone, or because the person is plainly there. ``counts_from``: an attempt that counts as the arrival.
    ``via`` "provider": staff saw them in the provider's own room already."""

    interview: str
    received_at: int
    counts_from: int | None = None
    private: Private | None = None
    via: Literal["staff", "provider"] = "staff"


@dataclass(frozen=True, slots=True)
class ArriveAsCompanion:
    interview: str
    sid: str
    person: str
    received_at: int


@dataclass(frozen=True, slots=True)
class TakeOver:
    """By an earlier browser session of the same interview, without typing again (it was seated before)."""

    interview: str
    sid: str


@dataclass(frozen=True, slots=True)
class NotePresence:
    """By the lease holder, debounced. ``away_since`` None: back."""

    interview: str
    away_since: int | None


@dataclass(frozen=True, slots=True)
class GiveNotice:
    interview: str
    code: Literal["late", "cannot_connect"]
    minutes: int | None = None
    private: Private | None = None
    sid: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawNotice:
    """By the candidate. Refused: ``no_notice`` when nothing stands that could be taken back."""

    interview: str


@dataclass(frozen=True, slots=True)
class SeeNotice:
    """By staff: what the candidate said was read. Refused: ``no_notice`` when nothing of theirs waits for that."""

    interview: str


@dataclass(frozen=True, slots=True)
class RecordContact:
    interview: str
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    interview: str
    on: bool


# --- admission ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Admit:
    """Let in. Before the scheduled time: ``early_asked`` first, unless the candidate has agreed already. A room that is
    preparing becomes ready by it; a candidate whose finish is under way in this room is finished by it.

    Refused: ``not_waiting``, ``room_occupied`` (details: nothing personal), ``room_paused``, ``on_hold``,
    ``difference_open``, ``already_asked``.
    """

    interview: str


@dataclass(frozen=True, slots=True)
class AnswerEarly:
    """Accepted: called at once when the room is free and ready, else remembered."""

    interview: str
    sid: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class OpenSession:
    """By the reactor, before it asks the provider: intent before outcome."""

    interview: str
    key: str
    provider: str


@dataclass(frozen=True, slots=True)
class SessionCameUp:
    """Also appends ``admitted`` when the interview is admitting and has none for this admission, and ``session_moved``
    when an older session's ticket was given out in it."""

    interview: str
    provider: str
    generation: int
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class SessionFell:
    interview: str
    provider: str
    generation: int
    code: str
    retry: bool


@dataclass(frozen=True, slots=True)
class CloseSession:
    interview: str
    provider: str
    generation: int


@dataclass(frozen=True, slots=True)
class PressJoin:
    """The join button of a redirecting provider."""

    interview: str
    sid: str


@dataclass(frozen=True, slots=True)
class ConfirmArrival:
    """Staff see the candidate in the provider's room."""

    interview: str


@dataclass(frozen=True, slots=True)
class ObserveSession:
    """An observation of the far side's; evidence, never refused for its timing."""

    interview: str
    provider: str
    generation: int
    what: Literal["opened", "ended", "waiting", "checked"]
    seen_at: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class RaiseAlarm:
    """Once per interview, code and detail until it is settled."""

    interview: str
    provider: str
    generation: int
    code: Literal["recording", "settings"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SettleAlarm:
    interview: str
    code: Literal["recording", "settings"]
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class SeeJoined:
    """An observation, never refused for its timing: an old admission's is kept and moves no phase. ``source``:
    "worker" and "staff" decide the phase, "provider" corroborates."""

    interview: str
    side: Literal["candidate", "staff", "companion"]
    source: Literal["worker", "provider", "staff"]
    seen_at: int
    admission: int
    person: str = "candidate"
    generation: int = 0


@dataclass(frozen=True, slots=True)
class SeeLeft:
    interview: str
    side: Literal["candidate", "staff", "companion"]
    source: Literal["worker", "provider", "staff"]
    seen_at: int
    admission: int
    code: str = "left"
    person: str = "candidate"
    generation: int = 0


@dataclass(frozen=True, slots=True)
class LapseAdmission:
    """By the reactor when the candidate's side did not arrive in time. Refused (``not_due``) before ``arrival_wait`` or
    where the provider cannot tell arrival and the button was pressed."""

    interview: str
    admission: int
    code: Literal["no_arrival", "provider_failed"] = "no_arrival"


@dataclass(frozen=True, slots=True)
class SendBack:
    """From admitting or in session to the same seat in the waiting room."""

    interview: str
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class TickIdentity:
    interview: str
    steps: tuple[str, ...]
    confirmed: bool
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class NoteIncident:
    interview: str
    private: Private


# --- ends --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finish:
    """First: ``finish_begun`` (ten seconds to undo). Again, or by the reactor when due: ``finished``."""

    interview: str
    now: bool = False


@dataclass(frozen=True, slots=True)
class UndoFinish:
    interview: str


@dataclass(frozen=True, slots=True)
class BreakOff:
    interview: str
    side: Side
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class ProposeAbsence:
    """By the reactor. Refused (``not_due``) before ``absent_after`` and while word from the candidate stops it."""

    interview: str
    held_back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfirmAbsence:
    """A person's decision, with a reason. Refused before the scheduled start (``not_due``) and for one who is seated
    (``seated``), unless the last call came to nothing or ``code`` says "checked in but not there when called". The
    reactor may ask too, where the policy says automatic."""

    interview: str
    code: Literal["absent", "not_there_when_called"] = "absent"
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class WithdrawAbsence:
    interview: str
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class CancelInterview:
    """``because``: the candidate was there and no interviewer came."""

    interview: str
    side: Side
    private: Private | None = None
    because: Literal["", "interviewers_absent"] = ""


@dataclass(frozen=True, slots=True)
class CancelOwn:
    """By the candidate. ``until``: the last moment at which the policy lets them, which the gateway knows from the
    office's calendar; None: they have to call. Refused: ``cancel_closed``, ``number_differs``, and what
    ``CancelInterview`` is refused for."""

    interview: str
    until: int | None
    number_matches: bool
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class ConfirmBooking:
    """By the candidate, or by staff who had word of them. Refused: ``nothing_to_confirm`` where the rules ask for no
    reply, where it is confirmed, and for one who came."""

    interview: str
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class LapseBooking:
    """By the reactor. ``reply_by``: the cut-off, which the gateway knows from the office's calendar. Refused:
    ``not_due`` while it has not passed or nothing is to be confirmed, ``needs_a_person`` where the cause may be
    ours."""

    interview: str
    reply_by: int


@dataclass(frozen=True, slots=True)
class ReportInvite:
    """By staff: the candidate says that their link has not come. ``until``: the moment until which the rules want it
    told; later it is accepted all the same, and marked."""

    interview: str
    until: int | None = None
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class Reopen:
    interview: str
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class Reschedule:
    interview: str
    starts_at: int
    ends_at: int
    room: str | None = None


@dataclass(frozen=True, slots=True)
class IssueInvite:
    """A new number revokes the link before it."""

    interview: str
    person: str = "candidate"


# --- mail --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class QueueMail:
    """Have a mail sent, or (``by_office``) record that the office has sent it. ``mail``: a fresh id. The same news by
    the same link is queued once: no entry and no error, unless ``again``. Refused for what is not so: ``not_changed``,
    ``room_not_ready``, ``not_absent``, ``not_cancelled``, ``interview_over``, ``in_room``, ``mail_too_late``."""

    mail: str
    interview: str
    what: MailWhat
    person: str = "candidate"
    again: bool = False
    by_office: bool = False
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class MailWentOut:
    """A fact: the mail server has taken it."""

    interview: str
    mail: str
    issue: int
    schedule: int
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class MailFell:
    interview: str
    mail: str
    code: str
    retry: bool


@dataclass(frozen=True, slots=True)
class ReportBounce:
    """A fact: it did not reach the person. Also where the mail was sent and a crash kept that from being recorded."""

    interview: str
    mail: str
    code: str
    source: Literal["refused", "bounced"] = "bounced"


Command = (
    CreateEvent | ChangePolicy | ImportRoster | UpdateRoster | AdmitStaff | RecordGap | RecordExport | Seal
    | SwitchProvider | MoveSession | ReportProvider | AcceptFailover | DeclineFailover | ConfirmCheck | RegisterLinks
    | ConfirmArrival | ObserveSession | RaiseAlarm | SettleAlarm
    | SetReady | Pause | SendMessage
    | OpenLink | Consent | Declare | ReportDevices | CheckIn | RaiseClaim | SettleClaim | SettleDifference
    | CheckInByStaff | ArriveAsCompanion | TakeOver | NotePresence | GiveNotice | WithdrawNotice | SeeNotice
    | RecordContact | Hold
    | Admit | AnswerEarly | OpenSession | SessionCameUp | SessionFell | CloseSession | PressJoin | SeeJoined | SeeLeft
    | LapseAdmission | SendBack | TickIdentity | NoteIncident
    | Finish | UndoFinish | BreakOff | ProposeAbsence | ConfirmAbsence | WithdrawAbsence | CancelInterview | CancelOwn
    | ConfirmBooking | LapseBooking | ReportInvite | Reopen
    | Reschedule | IssueInvite
    | QueueMail | MailWentOut | MailFell | ReportBounce
    | SetHold | RecordDisclosure | BeginPurge | EndPurge | AcceptLoss
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A command with who asks; the actor is an opaque id (``candidate:<interview>``, ``staff:<id>``, ``reactor``,
    ``cli``)."""

    command: Command
    actor: str
