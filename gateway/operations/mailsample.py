"""A letter as an invented person would get it, so that an office reads it before anybody is written to."""

from __future__ import annotations

import base64
from typing import Any

from gateway.hall import Hall
from gateway.mail.calendar import Appointment, calendar_of
from gateway.mail.facts import facts_of, language_of
from gateway.mail.letters import SAMPLE, WHATS
from gateway.mail.settings import MailSettings
from gateway.operations.call import Call
from gateway.operations.mail import chosen_language, letters_of
from gateway.problems import Problem
from waiting_room.interview import CANDIDATE, Interview
from waiting_room.policy import SECOND

INVENTED = {"ja": "青葉 花子", "en": "Hanako Aoba"}
NOWHERE = MailSettings("localhost", 25, "office@example.invalid", "office@example.invalid")  # where no mail is set up


async def sample(call: Call) -> dict[str, Any]:
    """``what``, ``language?``: subject, text, HTML and the calendar file (base64, null where there is none), of this
    event and nobody in it. Its link opens nothing. Changes nothing."""
    hall, what = call.hall(), call.text("what")
    if what not in WHATS:
        raise Problem("invalid", field="/what")
    language = chosen_language(call) or language_of(hall)
    interview = _invented(hall, call.house.now())
    facts = facts_of(hall, call.house.links, interview, CANDIDATE, language)
    facts |= {"name": INVENTED[language], "link": SAMPLE["link"]}
    letter = letters_of(call).render(what, language, facts)
    settings = call.house.settings.mail or NOWHERE
    made = calendar_of(Appointment(hall.id, interview, facts, language, call.house.now()), what, settings)
    calendar = None if made is None else base64.b64encode(made[0]).decode()
    shown = {"subject": letter.subject, "text": letter.text, "html": letter.html, "calendar": calendar}
    return {"event": hall.id, "what": what, "language": language, "name": INVENTED[language], **shown}


def _invented(hall: Hall, now: int) -> Interview:
    """At the time of the event's first interview, else tomorrow; in its first room."""
    starts = min((one.starts_at for one in hall.state.interviews.values()), default=now + 24 * 3600 * SECOND)
    return Interview("ivsample", next(iter(hall.state.rooms)), starts, starts + 20 * 60 * SECOND)
