"""A real SMTP server on loopback that does as it is told: takes, refuses, delays, hangs up."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

HANG_UP = "hang up"  # without a word, and without taking the mail
TAKE_AND_HANG_UP = "take and hang up"  # the mail is taken, and its sender never hears of it


@dataclass(frozen=True)
class Received:
    sender: str
    to: str
    raw: bytes
    sender_options: tuple[str, ...] = ()

    @property
    def message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.raw, _class=EmailMessage, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class PostOffice:
    """``says``: what is answered next to ``MAIL``, to ``RCPT`` of an address, or to ``DATA``, once each; else 250.
    ``always``: the same for ever. ``gate``: while it is clear, DATA is not answered."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    says: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    always: dict[str, str] = field(default_factory=dict)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)  # DATA has come
    connections: int = 0
    logins: list[tuple[str, str]] = field(default_factory=list)  # name and password, as they were given

    def to(self, address: str) -> list[Received]:
        return [one for one in self.received if one.to == address]

    def _next(self, step: str) -> str:
        return self.says[step].popleft() if self.says[step] else self.always.get(step, "250 OK")

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        assert session.host_name == "sender.example"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._answer(server, self._next("MAIL"))

    async def handle_RCPT(  # noqa: N802 - see above
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._answer(server, self._next(address))
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - see above
        self.asked.set()
        await self.gate.wait()
        answer = self._next("DATA")
        if answer.startswith("250") or answer == TAKE_AND_HANG_UP:
            assert isinstance(envelope.content, bytes)
            assert envelope.mail_from is not None
            (to,) = envelope.rcpt_tos  # one mail, one person
            self.received.append(Received(envelope.mail_from, to, envelope.content, tuple(envelope.mail_options)))
        return self._answer(server, answer)

    @staticmethod
    def _answer(server: SMTP, answer: str) -> str:
        if answer in (HANG_UP, TAKE_AND_HANG_UP):
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer


@dataclass(frozen=True)
class Counter:
    """How the office lets people in. ``context``: its certificate; ``starttls``: as an upgrade, else from the first
    byte; ``password``: of the one who may log in, None where nobody has to."""

    context: ssl.SSLContext | None = None
    starttls: bool = True
    password: str | None = None
    utf8: bool = False

    def server(self, office: PostOffice, loop: asyncio.AbstractEventLoop) -> SMTP:
        def login(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
            name, password = data.login.decode(), data.password.decode()
            office.logins.append((name, password))
            return AuthResult(success=password == self.password, handled=False)

        return SMTP(
            office,
            hostname="office.example",
            enable_SMTPUTF8=self.utf8,
            loop=loop,
            tls_context=self.context if self.starttls else None,
            authenticator=login if self.password is not None else None,
            auth_require_tls=False,  # what may not be is for us to see to
        )


@asynccontextmanager
async def post_office(counter: Counter | None = None) -> AsyncIterator[PostOffice]:
    """Open on a port of its own."""
    office = PostOffice()
    counter = counter or Counter()
    office.gate.set()
    loop = asyncio.get_running_loop()
    protocols: list[Any] = []

    def make() -> SMTP:
        office.connections += 1
        made = counter.server(office, loop)
        protocols.append(made)
        return made

    implicit = None if counter.starttls else counter.context
    server = await loop.create_server(make, "127.0.0.1", 0, ssl=implicit)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        office.gate.set()
        server.close()
        await server.wait_closed()
        for protocol in protocols:
            for transport in (protocol.transport, protocol._original_transport):
                if transport is not None:
                    transport.abort()
            if protocol._handler_coroutine is not None:
                protocol._handler_coroutine.cancel()
        await asyncio.sleep(0)  # what was aborted is closed at the loop's next turn
