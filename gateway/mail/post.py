"""Sends what the journals have queued, and writes down what became of it.

Of several gateways one sends at a time (``turn``). At least once: a mail whose record a crash kept from being written
goes out again, under the same Message-ID: once more for each gateway that dies between the two. Before each attempt the
state is asked once more whether the news is still true; what is not is dropped, with the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from jinja2 import TemplateError

from gateway.hall import Hall
from gateway.mail.letters import Letters
from gateway.mail.making import Desk, Made, make
from gateway.mail.pace import Domains, Turns
from gateway.mail.queue import MAX_ATTEMPTS, RETRY_FIRST, Queue, Waiting
from gateway.mail.relay import Down, Line, Outcome, Relay
from gateway.mail.settings import MailSettings
from gateway.mail.turn import Turn
from waiting_room import commands as c
from waiting_room.deciding.mailing import untrue
from waiting_room.entries import MailFailed, MailQueued, MailSent, MailUndelivered, Stamped
from waiting_room.interview import Interview
from waiting_room.mailing import Mail, find
from waiting_room.policy import SECOND

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.mail")

ACTOR = "post"
CONNECTIONS = 4  # to the mail server at a time: one that hangs holds up a quarter, and servers count connections
PAUSE_FIRST = 10 * SECOND  # after the server could not be reached; doubles up to
PAUSE_LONGEST = 600 * SECOND  # so that mail goes out soon after the server is back
LONGEST_SLEEP = 60.0  # seconds; a clock that was set is noticed by then
KINDS = (MailQueued, MailSent, MailFailed, MailUndelivered)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why no mail goes out, since when, and when the server is tried again. Microseconds UTC."""

    code: str
    since: int
    until: int
    times: int = 1


class Post:
    """One for a house. ``open`` gives it a hall; ``work`` sends, for ever."""

    def __init__(self, house: House, settings: MailSettings, relay: Relay, letters: Letters) -> None:
        self.house, self.settings, self.letters = house, settings, letters
        self.trouble: Trouble | None = None  # as of this gateway's own attempts
        self._said_well = False  # to the other gateways
        self.queue = Queue()
        self.turn = Turn(house.book.journal.leases)
        self._relay = relay
        self._turns, self._domains = Turns(settings.per_minute), Domains(settings.per_domain)
        self._reserved: set[str] = set()
        self._in_hand: set[asyncio.Future[None]] = set()
        self._woken = asyncio.Event()

    @classmethod
    def make(cls, house: House) -> Post | None:
        """As the house's settings say; None without ``[mail]``. Faulty: a template, or the password is not there."""
        settings = house.settings.mail
        if settings is None:
            return None
        return cls(house, settings, Relay(settings, settings.secret()), Letters(settings.templates))

    def start(self) -> None:
        """Begin to send."""
        for number in range(CONNECTIONS):
            self.house.tasks.keep(self.work, f"post:{number}")

    def open(self, hall: Hall) -> None:
        """A hall's mail is ours: what its journal has queued already, and what comes."""
        self.queue.update(hall.id, hall.state.interviews.values())
        hall.listeners.append(lambda fresh: self._changed(hall, fresh))
        self.wake()

    def wake(self) -> None:
        """Look at the clock and the queue now."""
        self._woken.set()
        self._woken = asyncio.Event()

    async def over(self, within: float) -> None:
        """Wait for what is being handed over, at most this many seconds: cut off it would go out twice."""
        if self._in_hand:
            await asyncio.wait(tuple(self._in_hand), timeout=within)
        if not self._in_hand:
            await self.turn.release()

    async def work(self) -> None:
        """Send what is due, for ever."""
        while True:
            await self._something_due()
            if await self.turn.ours():
                await self.deliver()
            else:
                self.trouble = None  # whoever has the turn knows better
                await asyncio.sleep(self.turn.term / 2)

    async def deliver(self) -> None:
        """Send what is due now, over one connection, until nothing is, the server takes no more, or it is another
        gateway's turn."""
        if not await self.turn.ours() or (waiting := self._take()) is None:
            return
        try:
            async with self._relay.line() as line:
                while waiting is not None:
                    taken, waiting = waiting, None
                    await self._attend(line, taken)
                    waiting = self._take() if line.alive and await self.turn.ours() else None
        except Down as down:
            self._pause(down.code)
        finally:
            if waiting is not None:
                self.queue.later(waiting, self.house.now())

    # --- one mail --------------------------------------------------------------------------------------------------

    async def _attend(self, line: Line, waiting: Waiting) -> None:
        """Whatever fails here, the mail is still in the journal: it is taken up again."""
        again_at: int | None = self.house.now() + RETRY_FIRST
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._in_hand.add(ended)
        try:
            again_at = await self._send(line, waiting)
        except Down:
            again_at = self.house.now()
            raise
        finally:
            self._in_hand.discard(ended)
            ended.set_result(None)
            if again_at is None:
                self.queue.done(waiting)
            else:
                self.queue.later(waiting, again_at)

    async def _send(self, line: Line, waiting: Waiting) -> int | None:
        """When to ask again where it is not its turn, else None."""
        hall = self.house.halls.get(waiting.event)
        if hall is None:  # purged, or closed: there is nothing of it here any more
            self.queue.forget(waiting.event)
            return None
        await hall.catch_up()  # whoever sent before us may have recorded it a moment ago
        interview = hall.state.interviews[waiting.interview]
        mail = find(interview.mails, waiting.mail)
        if mail is None or mail.state != "queued":
            return None
        private = await self._private(hall, mail)
        code = self._why_not(hall, interview, mail, private)
        if code is not None:
            await self._ask(hall, mail, c.MailFell(interview.id, mail.id, code, retry=False), "drop")
            return None
        if (turn := self._turn(mail, str(private["to"]), waiting)) > self.house.now():
            return turn
        await asyncio.sleep(self._turns.wait(self.house.monotonic()))
        try:
            made = make(Desk(hall, self.house.links, self.letters), interview, mail, private, self.settings)
        except (TemplateError, ValueError, TypeError, LookupError, ArithmeticError) as error:
            log.warning("mail_not_made", event_id=hall.id, what=mail.what, error=type(error).__name__)
            await self._ask(hall, mail, c.ReportBounce(interview.id, mail.id, "cannot_make", "refused"), "never")
            return None
        async with self.turn.held():
            outcome = await line.send(mail.id, made.to, made.message)
        self._goes()
        await self._record(hall, mail, made, outcome)
        return None

    async def _record(self, hall: Hall, mail: Mail, made: Made, outcome: Outcome) -> None:
        self._reserved.discard(mail.id)
        interview, last = made.interview, mail.attempts + 1 >= MAX_ATTEMPTS
        match outcome.state:
            case "taken":
                sent = c.MailWentOut(interview, mail.id, made.issue, made.schedule, made.kept)
                await self._ask(hall, mail, sent, "sent")
                return
            case "later" if not last:
                await self._ask(hall, mail, c.MailFell(interview, mail.id, outcome.code, retry=True), "later")
            case _:
                await self._ask(hall, mail, c.ReportBounce(interview, mail.id, outcome.code, "refused"), "never")
        log.warning("mail_not_taken", event_id=hall.id, what=mail.what, code=outcome.code, state=outcome.state)

    def _why_not(self, hall: Hall, interview: Interview, mail: Mail, private: Mapping[str, Any]) -> str | None:
        if is_rehearsal(hall):
            return "rehearsal"
        if not private.get("to"):
            return "no_address"
        return untrue(hall.state, interview, mail.what, max(self.house.now(), hall.state.at))

    def _turn(self, mail: Mail, to: str, waiting: Waiting) -> int:
        """Urgent ones have no turn to wait for: they are few, and late they are worthless."""
        now = self.house.now()
        if waiting.urgent or mail.id in self._reserved:
            return now
        self._reserved.add(mail.id)
        return self._domains.reserve(to.rpartition("@")[2].lower(), now)

    async def _private(self, hall: Hall, mail: Mail) -> Mapping[str, Any]:
        """Read when needed, kept nowhere: after a purge there is nothing to forget."""
        return (await self.house.book.private(hall.id, [mail.offset])).get(mail.offset, {})

    async def _ask(self, hall: Hall, mail: Mail, command: c.Command, name: str) -> None:
        await hall.execute(command, actor=ACTOR, command_id=f"post:{mail.id}:{mail.attempts}:{name}")

    # --- when ------------------------------------------------------------------------------------------------------

    def _changed(self, hall: Hall, fresh: Sequence[Stamped]) -> None:
        touched = {st.stream.removeprefix("i:") for st in fresh if isinstance(st.entry, KINDS)}
        if touched or not fresh:  # none: the journal was loaded anew
            self.queue.update(hall.id, [hall.state.interviews[one] for one in touched or hall.state.interviews])
            self.wake()

    def _take(self) -> Waiting | None:
        now = self.house.now()
        if self.house.draining.is_set() or (self.trouble is not None and now < self.trouble.until):
            return None
        return self.queue.take(now)

    def _goes(self) -> None:
        """The server takes mail. Said once, also of what the sender before us said."""
        self.trouble = None
        if not self._said_well:
            self._said_well = True
            self.house.tasks.start(self.house.neighbours.tell_mail(None), "mail")

    def _pause(self, code: str) -> None:
        """The server's trouble is no mail's: none of them counts an attempt, all of them wait."""
        now, before = self.house.now(), self.trouble
        if before is not None and now < before.until:  # another connection has found out already
            return
        times = before.times + 1 if before is not None else 1
        until = now + min(PAUSE_LONGEST, PAUSE_FIRST << min(times - 1, 10))
        self.trouble = Trouble(code, before.since if before is not None else now, until, times)
        self._said_well = False
        self.house.tasks.start(self.house.neighbours.tell_mail(self.trouble), "mail")
        log.warning("mail_server", code=code, times=times)

    async def _something_due(self) -> None:
        while (wait := self._until_due()) > 0:
            woken = self._woken
            try:
                async with asyncio.timeout(wait):
                    await woken.wait()
            except TimeoutError:
                continue

    def _until_due(self) -> float:
        """Seconds, at most ``LONGEST_SLEEP``; 0: now."""
        if self.house.draining.is_set() or (next_at := self.queue.next_at()) is None:
            return LONGEST_SLEEP
        at = max(next_at, self.trouble.until if self.trouble is not None else 0)
        return min(LONGEST_SLEEP, max(0.0, (at - self.house.now()) / SECOND))


def is_rehearsal(hall: Hall) -> bool:
    """Whether this event is for practice: nobody is ever written to about it."""
    return hall.state.rehearsal
