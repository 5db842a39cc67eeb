"""Refusals of the core.

Refused is the only thing that ``decide`` raises. Its code is stable and is what the wire, the pages and the tests
know it by; the sentence for the person is made by the gateway from the code, in the person's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


class Refused(Exception):
    """The command is not possible now; nothing was changed."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details: Mapping[str, object] = details  # JSON values without personal data


class Malformed(ValueError):
    """Bytes that are no entry, policy or roster of ours. ``path`` says where, as a JSON pointer."""

    def __init__(self, sentence: str, path: str = "") -> None:
        super().__init__(f"{path}: {sentence}" if path else sentence)
        self.path, self.sentence = path, sentence


REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "already_asked": "The candidate has been asked to come in early and has not answered yet.",
        "already_created": "This event exists already.",
        "already_scheduled": "An interview with this id is on the timetable already.",
        "bad_rooms": "An event needs at least one room, and each only once.",
        "bad_target": "The command names none or more than one of what it is for.",
        "bad_times": "The end is not after the beginning.",
        "cancel_closed": "The candidate may not cancel by themselves, or no longer.",
        "changed_meanwhile": "Another provider is in use by now than the one that was looked at.",
        "claim_needed": "The command needs a fresh claim id.",
        "consent_needed": "The notice has to be agreed to first.",
        "declarations_needed": "The checklist has to be ticked first, as far as the rules require it.",
        "declarations_outdated": "The checklist is another one by now than the one that was ticked.",
        "difference_open": "What was typed differs from the roster, and nobody has said yet whether it is this person.",
        "early_not_allowed": "The policy lets nobody in before the scheduled time.",
        "event_not_over": "The last interview of the event has not ended.",
        "held": "The event is on hold: what is personal of it must be kept.",
        "in_room": "Not while the candidate is being admitted or is in session.",
        "interview_needed": "The claim is on a room: the command has to name the interview.",
        "interview_over": "The interview is finished, broken off, absent or cancelled.",
        "mail_too_late": "The time that this mail is about has passed.",
        "name_empty": "The name is missing.",
        "needs_a_person": "An absence is confirmed by a person, unless the policy says automatic and no cause is ours.",
        "newer_release": "The journal holds entries of a later release.",
        "no_notice": "The candidate has said nothing that this could be about.",
        "no_companions": "By the rules there are no companions.",
        "too_many_companions": "As many companions have come in as the rules let.",
        "no_difference": "No difference is waiting to be settled.",
        "no_such_alarm": "No such alarm is open.",
        "no_such_attempt": "Nobody tried at that time: an arrival counts from an attempt that was recorded.",
        "no_such_claim": "No such claim is open.",
        "no_such_event": "The event has not been created.",
        "no_such_interview": "No such interview is on the timetable.",
        "no_such_mail": "No such mail is known.",
        "no_such_person": "The interview has no such person.",
        "no_such_room": "The event has no such room.",
        "no_such_session": "No such session was asked for.",
        "not_absent": "The interview is not marked as absent.",
        "not_admitted": "The candidate has not been admitted.",
        "not_admitting": "No such admission is under way.",
        "not_asked": "Nobody has asked the candidate to come in early.",
        "not_cancelled": "The interview is not cancelled.",
        "not_changed": "Neither the time nor the room has changed.",
        "not_closing": "Finishing is not under way.",
        "journal_lost": "The store was set back: nothing is written until somebody has decided.",
        "not_due": "It is too soon for that.",
        "not_holder": "Another page has this seat.",
        "not_in_session": "The candidate is not in the room.",
        "not_over": "The interview is not over.",
        "not_seated_before": "This browser has not had the seat before.",
        "not_waiting": "The candidate is not in the waiting room.",
        "nothing_to_confirm": "The rules ask for no reply to this booking, or it is confirmed.",
        "nothing_proposed": "Nothing of that kind is proposed now.",
        "nothing_to_move": "The interview is with the provider in use.",
        "nothing_to_seal": "The last entry is a seal.",
        "purge_not_begun": "No purge of this event has begun.",
        "purged": "What is personal of this event is being destroyed, or is gone.",
        "moved_on": "The journal has moved on since.",
        "number_differs": "The number is not the one on the roster.",
        "on_hold": "The candidate is on hold.",
        "room_not_ready": "The panel has not said that it is ready.",
        "room_occupied": "Another candidate is in the room.",
        "room_paused": "The room or the event is paused.",
        "seated": "The candidate has checked in.",
        "session_exists": "A session with this provider stands or is being opened.",
        "too_early": "The hall is not open yet for this interview.",
        "too_many_changes": "The rules of this event have been changed too often.",
        "too_many_claims": "Too many claims are open here: staff have to settle some first.",
        "too_many_mails": "Enough mail is waiting to be sent for this interview.",
        "too_many_notices": "Enough notices were given for this interview.",
        "too_many_pauses": "This room or event was paused too often: how much each deadline shifts has to stay known.",
    }
)
"""Every code that ``decide`` refuses with, and what it means."""
