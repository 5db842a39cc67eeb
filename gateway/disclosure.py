"""All that is held on one person, for that person: as JSON and as a page that can be read and printed.

Browser sessions are told apart as "browser 1", "browser 2"; what they are called inside never leaves. Members of staff
are named by the role that they acted in.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from gateway.belongings import Belongings, about
from gateway.disclosurewords import FIELDS, KINDS, MAILS, SAYS, STATES
from gateway.moments import local
from gateway.record.words import VERDICTS, word
from gateway.roster import BY_KEY
from gateway.rosterdiff import written
from waiting_room.entries import MailFailed, MailQueued, MailSent, MailUndelivered, Stamped, encode
from waiting_room.event import Event
from waiting_room.evidence import judged
from waiting_room.mailing import Mail, fold

NOT_TOLD = frozenset({"session_opened"})  # the provider's room, with the link that its host starts it by
MAIL_HEADS = ("at", "what", "mail.to", "mail.state", "by", "mail.text")
SESSION_FIELDS = frozenset({"sid", "claim"})  # told apart, never told
STYLE = (
    "body{font-family:sans-serif;margin:2rem}table{border-collapse:collapse}"
    "td,th{border:1px solid;padding:.3rem .6rem;text-align:start;vertical-align:top}"
)


def disclosed(
    state: Event, entries: Sequence[Stamped], interview: str, held: Belongings, *, zone: ZoneInfo, language: str
) -> dict[str, Any]:
    """JSON values; times are the office's clock and milliseconds UTC."""
    found = state.interviews[interview]
    roster = held.get("roster") or {}
    return {
        "interview": interview,
        "person": {BY_KEY[key].title(language).rstrip("*"): written(roster, key) for key in BY_KEY if roster.get(key)},
        "schedule": {
            "room": found.room,
            "starts_at": _clock(found.starts_at, zone),
            "ends_at": _clock(found.ends_at, zone),
        },
        "verdict": word(VERDICTS, judged(state, found, state.at).code, language),
        "provider_links": held.get("links"),
        "mail": _mail(list(about(entries, interview)), held.get("private") or {}, zone, language),
        "entries": list(_told(about(entries, interview), held.get("private") or {}, zone, language)),
    }


def page(record: Mapping[str, Any], language: str) -> str:
    """The same as HTML that needs nothing else."""
    title = SAYS["title"][language == "en"]
    person = "".join(f"<tr><th>{_e(key)}</th><td>{_e(value)}</td></tr>" for key, value in record["person"].items())
    rows = "".join(
        f"<tr><td>{_e(one['at'])}</td><td>{_e(one['sentence'])}</td><td>{_e(one['by'])}</td>"
        f"<td>{'<br>'.join(_e(f'{key}: {value}') for key, value in one['details'].items())}</td></tr>"
        for one in record["entries"]
    )
    mail = "".join(
        f"<tr><td>{_e(one['queued_at'])}</td><td>{_e(one['what'])}</td><td>{_e(one['to'])}</td>"
        f"<td>{_e(one['state'])} {_e(one['at'])} {_e(one['code'])}</td><td>{_e(one['by'])}</td>"
        f"<td>{_e(one['subject'])}<br><pre>{_e(one['text'])}</pre></td></tr>"
        for one in record["mail"]
    )
    mail_heads = "".join(f"<th>{SAYS[key][language == 'en']}</th>" for key in MAIL_HEADS)
    heads = "".join(f"<th>{SAYS[key][language == 'en']}</th>" for key in ("at", "what", "by", "details"))
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"<h1>{title}</h1><table>{person}</table>"
        f"<p>{_e(record['schedule']['starts_at'])} {_e(record['schedule']['room'])} {_e(record['verdict'])}</p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"<h2>{SAYS['mail'][language == 'en']}</h2>"
        f"<table><thead><tr>{mail_heads}</tr></thead><tbody>{mail}</tbody></table></html>"
    )


def _told(
    entries: Iterator[Stamped], private: Mapping[str, Any], zone: ZoneInfo, language: str
) -> Iterator[dict[str, Any]]:
    browsers: dict[str, int] = {}
    for st in entries:
        kind, data = encode(st.entry)
        details = {_field(key, language): value for key, value in data.items() if key not in SESSION_FIELDS}
        if isinstance(sid := data.get("sid"), str):
            number = browsers.setdefault(sid, len(browsers) + 1)
            details[SAYS["browser"][language == "en"]] = str(number)
        typed = {} if kind in NOT_TOLD else private.get(str(st.offset)) or {}
        details |= {_field(key, language): value for key, value in typed.items()}
        yield {
            "offset": st.offset,
            "at": _clock(st.at, zone),
            "at_ms": st.at // 1000,
            "kind": kind,
            "sentence": KINDS.get(kind, (kind, kind))[language == "en"],
            "by": _by(st.actor, language),
            "details": {key: _cell(value) for key, value in details.items()},
        }


def _mail(
    entries: Sequence[Stamped], private: Mapping[str, Any], zone: ZoneInfo, language: str
) -> list[dict[str, Any]]:
    """Every mail to them, or for them: to whom, what it said, when, and what became of it. What is still to be sent has
    no text yet: it is written when it goes out."""
    mails: dict[str, Mail] = {}
    written: dict[str, dict[str, Any]] = {}
    for st in entries:
        if isinstance(st.entry, MailQueued | MailSent | MailFailed | MailUndelivered):
            known = (mails[st.entry.mail],) if st.entry.mail in mails else ()
            mails |= {mail.id: mail for mail in fold(known, st.entry, st)}
            written.setdefault(st.entry.mail, {}).update(private.get(str(st.offset)) or {})
    said = {**MAILS, **STATES}
    return [
        {
            "what": said[mail.what][language == "en"],
            "person": mail.person,
            "to": str(written[mail.id].get("to") or ""),
            "queued_at": _clock(mail.queued_at, zone),
            "by": _by(mail.by, language),
            "state": said[mail.state][language == "en"],
            "at": _clock(mail.at, zone),
            "attempts": mail.attempts,
            "code": mail.code,
            "subject": str(written[mail.id].get("subject") or ""),
            "text": str(written[mail.id].get("text") or ""),
        }
        for mail in mails.values()
    ]


def _by(actor: str, language: str) -> str:
    role = actor.partition(":")[0]
    return SAYS.get(f"by.{role}", (role, role))[language == "en"]


def _field(name: str, language: str) -> str:
    if name in BY_KEY:
        return BY_KEY[name].title(language).rstrip("*")
    return FIELDS.get(name, (name, name))[language == "en"]


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(_cell(one) for one in value)
    if isinstance(value, Mapping):
        return "、".join(f"{key}: {_cell(one)}" for key, one in value.items())
    return "" if value is None else str(value)


def _clock(at: int, zone: ZoneInfo) -> str:
    return local(at, zone).strftime("%Y-%m-%d %H:%M:%S")


def _e(text: object) -> str:
    return html.escape(str(text))
