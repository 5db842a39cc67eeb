"""The commands of candidates and companions, from consent to the join button. Media is in ``media.py``."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_bytes
from typing import Any

from gateway.access import ARRIVING, CANDIDATE, EVERYONE, SEATED, Caller
from gateway.calls import Answer, Body, Call, ask, words
from gateway.cutoffs import may_cancel_until
from gateway.house import KEPT_CONSENTS
from gateway.look import scene_of
from gateway.neighbours import page_of
from gateway.numbers import fits
from gateway.problems import Problem
from waiting_room import commands as c
from waiting_room import declaring
from waiting_room.entries import room_stream
from waiting_room.identity import Comparison, compare, fold_name, fold_number
from waiting_room.interview import Interview
from waiting_room.viewing.scene import coming_provider
from waiting_room.views import fenced

CLAIM_CHARS = "abcdefghijklmnopqrstuvwxyz234567"


def fresh_claim() -> str:
    drawn = int.from_bytes(token_bytes(8))  # at once: every draw is a call of the system
    return "cl" + "".join(CLAIM_CHARS[drawn >> 5 * place & 31] for place in range(10))


# --- consent, devices, help ----------------------------------------------------------------------------------------


async def consent(caller: Caller, body: Body) -> Answer:
    """The versions that were shown. Problem ``notice_outdated`` when the notice, the terms or the event's other texts
    are others by now."""
    shown = (caller.hall.people.settings.get("notice") or {}).get("version")
    if shown is not None and body["notice"] != shown:
        raise Problem("notice_outdated", field="/notice")
    terms = _terms_shown(caller) or {}
    if body.get("terms") != terms.get("version"):
        raise Problem("notice_outdated", field="/terms")
    texts = declaring.texts_of(caller.hall.state.policy)
    if set(body.get("texts", ())) != set(texts):
        raise Problem("notice_outdated", field="/texts")
    if caller.interview is None:
        await _remember_consent(caller, body, terms.get("provider"))
        return {}
    command = c.Consent(
        caller.interview.id, caller.sid, body["notice"], body.get("terms"), caller.statement.person,
        terms.get("provider"), texts,
    )  # fmt: skip
    await ask(caller, body, command)
    return {}


def _terms_shown(caller: Caller) -> Mapping[str, Any] | None:
    """The terms that this page shows, as its view has them."""
    scene, interview = scene_of(caller), caller.interview
    if interview is not None:
        provider = coming_provider(scene, interview)
    else:
        provider = scene.event.provider_for(room_stream(caller.statement.room or ""))
    return scene.terms(provider, ())


async def _remember_consent(caller: Caller, body: Body, provider: str | None) -> None:
    """On a shared link nobody knows yet whose consent it is: it is kept with the session until the seat is found."""
    before = await caller.house.neighbours.consent(caller.sid) or {}
    given = {"notice": body["notice"], "terms": body.get("terms"), "provider": provider}
    await _keep_consent(caller, {**before, **given, "texts": list(body.get("texts", ()))})


async def _keep_consent(caller: Caller, given: dict[str, Any]) -> None:
    """With the session, and where other gateways find it."""
    consents = caller.house.consents
    if caller.house.book.journal.shared:
        await caller.house.neighbours.keep_consent(caller.sid, given)
    consents[caller.sid] = given
    while len(consents) > KEPT_CONSENTS:
        consents.popitem(last=False)


async def declare(caller: Caller, body: Body) -> Answer:
    """The checklist as it was ticked. On a shared link it is kept with the session, as the consent is."""
    if caller.interview is not None:
        await ask(caller, body, c.Declare(caller.own.id, caller.sid, body["version"], tuple(body["items"])))
        return {}
    given, policy = await caller.house.neighbours.consent(caller.sid), caller.hall.state.policy
    if given is None:
        raise Problem("consent_needed")
    if body["version"] != declaring.version_of(policy):
        raise Problem("declarations_outdated")
    if declaring.missing(policy, tuple(body["items"])):
        raise Problem("declarations_needed")
    await _keep_consent(caller, {**given, "declared": [list(body["items"]), body["version"]]})
    return {}


async def devices(caller: Caller, body: Body) -> Answer:
    """Evidence, dated; it never blocks. A page without a seat on a shared link has nobody to note it for."""
    if caller.interview is None:
        return {}
    command = c.ReportDevices(
        caller.interview.id, caller.sid, body["camera"], body["microphone"], body["speaker"], body["network"],
        body.get("rtt_ms"), caller.statement.person, words(body, "detail"),
    )  # fmt: skip
    await ask(caller, body, command)
    return {}


async def help_wanted(caller: Caller, body: Body) -> Answer:
    """ "I will be late", "I cannot connect", or "I do not know my number", which leads to staff and not to a dead
    end."""
    private = words(body, "text")
    if caller.role == "companion" and body["reason"] == "number_unknown":
        raise Problem("forbidden")  # a companion has no number; a claim would lead to the candidate's seat
    if body["reason"] == "number_unknown" or caller.interview is None:
        claim = _claim(caller, "number_unknown", private)
        await ask(caller, body, claim)
    else:
        notice = c.GiveNotice(caller.interview.id, body["reason"], body.get("minutes"), private, caller.sid)
        await ask(caller, body, notice)
    return {}


async def withdraw_notice(caller: Caller, body: Body) -> Answer:
    """They come in time after all."""
    _must_speak(caller)
    await ask(caller, body, c.WithdrawNotice(caller.own.id))
    return {}


async def cancel(caller: Caller, body: Body) -> Answer:
    """The candidate gives up the interview: with their number, for a link alone is only half of the key. Wrong numbers
    are slowed as those at check-in are."""
    house, interview = caller.house, caller.own
    _must_speak(caller)
    wait = house.slowing.wait(caller.address, caller.sid, house.monotonic(), addresses=caller.role == "shared")
    if wait > 0:
        raise Problem("slow_down", retry_after=wait)
    number = str(caller.hall.people.roster.get(interview.id, {}).get("number") or "")
    matches = fold_number(body["number"]) == fold_number(number) != ""
    if not matches:
        house.slowing.wrong(caller.address, caller.sid, house.monotonic())
    until = may_cancel_until(caller.hall.state.policy, interview.starts_at, caller.hall.people.zone)
    private = {"reason": body["text"]} if body.get("text") else None
    await ask(caller, body, c.CancelOwn(interview.id, until, matches, private))
    return {}


async def confirm(caller: Caller, body: Body) -> Answer:
    """ "I will attend": the reply that the rules ask for."""
    _must_speak(caller)
    await ask(caller, body, c.ConfirmBooking(caller.own.id))
    return {}


def _must_speak(caller: Caller) -> None:
    """Problem ``not_holder``: a page that was fenced speaks for nobody."""
    if fenced(caller.own, caller.sid) is not None:
        raise Problem("not_holder")


def _claim(caller: Caller, code: Any, private: dict[str, Any] | None) -> c.RaiseClaim:
    interview = caller.interview.id if caller.interview is not None else None
    room = caller.statement.room if interview is None else None
    return c.RaiseClaim(fresh_claim(), caller.sid, code, interview=interview, room=room, private=private)


# --- check-in ------------------------------------------------------------------------------------------------------


async def check_in(caller: Caller, body: Body) -> Answer:
    """Number and name to a seat. Wrong attempts slow this page down and show whom to call; they never lock a seat."""
    house, received_at = caller.house, caller.house.now()
    # Whoever has a personal link pays for their own wrong numbers only: a guesser behind the same address may not keep
    # them from being on time.
    shared = caller.statement.kind == "shared"
    wait = house.slowing.wait(caller.address, caller.sid, house.monotonic(), addresses=shared)
    if wait > 0:
        raise Problem("slow_down", retry_after=wait)
    if caller.role == "companion":
        return await _companion(caller, body, received_at)
    if "number" not in body:
        raise Problem("invalid", field="/number")
    if caller.statement.kind == "shared" and caller.interview is None:
        return await _by_shared_link(caller, body, received_at)
    via = "shared" if caller.statement.kind == "shared" else "personal"
    return await _at_seat(caller, body, caller.own, via, received_at)


async def _companion(caller: Caller, body: Body, received_at: int) -> Answer:
    if not fold_name(body["name"]):
        raise Problem("name_empty", field="/name")
    person = caller.statement.person
    await ask(caller, body, c.ArriveAsCompanion(caller.own.id, caller.sid, person, received_at))
    return {"result": "seated"}


async def _by_shared_link(caller: Caller, body: Body, received_at: int) -> Answer:
    """Number and name together find the seat; which of the two was wrong is not told."""
    if not fold_name(body["name"]):
        raise Problem("name_empty", field="/name")
    given = await caller.house.neighbours.consent(caller.sid)
    if given is None:
        raise Problem("consent_needed")
    found = _find(caller, body)
    if found is None and not fits(caller.hall.state.policy.number_pattern, body["number"]):
        return {"result": "malformed"}
    if found is None:
        return await _not_found(caller, body)
    if found.consent is None:
        agreed = c.Consent(
            found.id,
            caller.sid,
            given["notice"],
            given["terms"],
            provider=given["provider"],
            texts=tuple(given["texts"]),
        )
        await ask(caller, body, agreed, step="consent")
    if "declared" in given and found.declared is None:
        items, version = given["declared"]
        await ask(caller, body, c.Declare(found.id, caller.sid, version, tuple(items)), step="declare")
    return await _at_seat(caller, body, found, "shared", received_at)


def _find(caller: Caller, body: Body) -> Interview | None:
    """The interview of this room, else of the event, that has this number and this name."""
    state, roster = caller.hall.state, caller.hall.people.roster
    number = fold_number(body["number"])
    for key in caller.hall.people.with_number(number):
        interview = state.interviews.get(key)
        if interview is None or not interview.room or interview.over:
            continue
        if not _compare(body, roster.get(key, {})).differs:
            return interview
    return None


async def _not_found(caller: Caller, body: Body) -> Answer:
    """The same for a wrong number and a wrong name; the third time a person is called."""
    house = caller.house
    delay = house.slowing.wrong(caller.address, caller.sid, house.monotonic())
    tries = house.slowing.count(caller.address, caller.sid)
    if delay > 0:
        claim = c.RaiseClaim(
            fresh_claim(), caller.sid, "not_found", room=caller.statement.room, private=words(body, "number", "name")
        )
        await ask(caller, body, claim, step="claim")
    return {"result": "refused", "tries": tries, "retry_after": int(delay)}


async def _at_seat(caller: Caller, body: Body, interview: Interview, via: Any, received_at: int) -> Answer:
    found = _compare(body, caller.hall.people.roster.get(interview.id, {}))
    command = c.CheckIn(
        interview.id, caller.sid, via, received_at, found.number_matches, found.name_empty, found.differs,
        fresh_claim(), words(body, "number", "name"), malformed=_malformed(caller, body, found),
    )  # fmt: skip
    await ask(caller, body, command)
    return _outcome(caller, caller.hall.state.interviews[interview.id], found=found, body=body)


def _malformed(caller: Caller, body: Body, found: Comparison) -> bool:
    """What is on the roster is right whatever its form; that of the rest says nothing of who is on it."""
    return not found.number_matches and not fits(caller.hall.state.policy.number_pattern, body["number"])


def _outcome(caller: Caller, interview: Interview, *, found: Comparison, body: Body) -> Answer:
    """What the command came to, as the state has it now."""
    house = caller.house
    if interview.holder == caller.sid:
        house.slowing.right(caller.address, caller.sid)
        house.consents.pop(caller.sid, None)
        return {"result": "seated"}
    if found.number_matches:
        sent_away = interview.too_late is not None and interview.claim_of(caller.sid) is None
        return {"result": "too_late" if sent_away else "claimed"}
    if _malformed(caller, body, found) and interview.claim_of(caller.sid) is None:
        return {"result": "malformed"}  # it could be nobody's, so nobody was guessing
    delay = house.slowing.wrong(caller.address, caller.sid, house.monotonic())
    attempt = interview.attempt(caller.sid)
    claimed = interview.claim_of(caller.sid) is not None
    tries = attempt.count if attempt is not None else 0
    return {"result": "claimed" if claimed else "refused", "tries": tries, "retry_after": int(delay)}


def _compare(body: Body, row: Any) -> Comparison:
    number, name, kana = (str(row.get(key) or "") for key in ("number", "name", "kana"))
    return compare(body["number"], body["name"], number, name, kana)


# --- at the door ---------------------------------------------------------------------------------------------------


async def early(caller: Caller, body: Body) -> Answer:
    await ask(caller, body, c.AnswerEarly(caller.own.id, caller.sid, body["accept"]))
    return {}


async def take_over(caller: Caller, body: Body) -> Answer:
    """Back to this browser, which held the seat before."""
    await ask(caller, body, c.TakeOver(caller.own.id, caller.sid))
    return {}


async def pressed(caller: Caller, body: Body) -> Answer:
    await ask(caller, body, c.PressJoin(caller.own.id, caller.sid))
    return {}


async def seen(caller: Caller, body: Body) -> Answer:  # noqa: ARG001 - a command's signature
    """Presence by a page that polls."""
    note_presence(caller, asleep=False)
    return {}


def note_presence(caller: Caller, *, asleep: bool) -> None:
    """A frame of this page. A page that was fenced, or has agreed to nothing, speaks for nobody: mail scanners open
    links and run pages."""
    if caller.role in {"shared", "video"}:
        return
    interview = caller.interview
    if interview is not None and caller.sid not in _speakers(interview, caller.statement.person):
        return
    caller.hall.presence.seen(caller.actor, page_of(caller.sid), caller.house.now(), asleep=asleep)
    caller.house.neighbours.seen(caller.hall.id, caller.actor, caller.sid, asleep=asleep)


def _speakers(interview: Interview, person: str) -> tuple[str | None, ...]:
    """The browser session whose presence is this person's: who has the seat, else who agreed."""
    if person == "candidate":
        seated, consent = interview.holder, interview.consent
    else:
        companion = interview.companion(person)
        seated, consent = companion.sid, companion.consent
    return (seated,) if seated is not None else (consent.sid if consent is not None else None,)


CALLS = (
    Call("consent", ARRIVING, consent),
    Call("declare", frozenset({"candidate", "shared"}), declare),
    Call("devices", ARRIVING, devices),
    Call("check-in", ARRIVING, check_in),
    Call("help", ARRIVING, help_wanted),
    Call("withdraw-notice", SEATED, withdraw_notice),
    Call("cancel", CANDIDATE, cancel),
    Call("confirm", CANDIDATE, confirm),
    Call("early", SEATED, early),
    Call("take-over", SEATED, take_over),
    Call("pressed", SEATED, pressed),
    Call("seen", EVERYONE, seen),
)
