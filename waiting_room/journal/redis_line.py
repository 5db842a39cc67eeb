"""A connection to Redis that is only ever used after its server's settings were found to keep what it acknowledges.

``Line`` sends any number of commands at once and reads their answers (pipelining), within one time-out. It connects
when it is first asked and again after a cut; every new connection checks the settings (``REQUIRED``) first, so no
restart with another configuration goes unnoticed. Words and answers are bytes.

Answers carry no name of what they answer. So the last of each exchange is a word that was sent with it: where anything
arrived twice on the way, or was left over from before, the connection is given up and no answer is taken for another's.

redis-py gives the connection (TCP, TLS, unix socket, authentication, parser); its client and pool are not used, for
they repeat requests on their own and cost as much again as an append.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.exceptions import ConnectionError as Cut
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer

from waiting_room.journal.contact import Contact
from waiting_room.journal.port import JournalError, Unavailable

MAX_LINES = 4  # connections for reads: one large event that is opened does not hold up the others
QUOTED = 80  # characters of a server's error that are passed on

# What an acknowledged append needs to be there after a power cut. ``aof-load-truncated yes``: a record that was cut in
# half was never acknowledged (the answer comes after the fsync), and with "no" the server stays down until somebody
# repairs the file; a file that lost more than that is noticed by its readers, who compare the entry at their head.
REQUIRED: Mapping[str, str] = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "aof-load-truncated": "yes",
    "maxmemory-policy": "noeviction",
}


class NotDurable(JournalError):
    """This Redis may lose what it has acknowledged, so nothing is written to it. ``line`` is what to change."""

    def __init__(self, line: str) -> None:
        super().__init__(f"this Redis may lose what it acknowledged; its configuration needs: {line}")
        self.line = line


def packed(*words: bytes | str | int) -> bytes:
    """One command as Redis reads it (RESP). UnicodeEncodeError for a word without UTF-8."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        raw = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(raw), raw))
    return b"".join(parts)


PING = packed("PING")
MULTI, EXEC = packed("MULTI"), packed("EXEC")
_CHECK = packed("CONFIG", "GET", *REQUIRED), packed("ROLE")
_WORDS = itertools.count(1)  # one for each exchange of this process


class Line:
    """One connection, used by one task at a time. ``patience``: seconds for connecting and for all the answers.
    ``contact`` is told what each exchange finds: a tail finds a cut at once, and a server that stopped answering when
    its patience ends."""

    def __init__(self, url: str, patience: float, contact: Contact) -> None:
        settings: dict[str, Any] = {**parse_url(url)}
        kind: Callable[..., AbstractConnection] = settings.pop("connection_class", Connection)
        ours = {"protocol": 2, "decode_responses": False, "socket_timeout": None, "redis_connect_func": _greet}
        self._connection = kind(**{**settings, **ours, "socket_connect_timeout": patience})
        self._patience, self._contact = patience, contact

    async def ask(self, *commands: bytes, resend: bool = True, longer: float = 0.0) -> list[Any]:
        """The answers, with an error that concerns one command in its place. What was sent on a connection that turns
        out to be cut is sent again on a new one, once, unless ``resend`` is False. Unavailable, NotDurable."""
        try:
            async with asyncio.timeout(self._patience + longer):
                answers = await self._answers(commands, resend=resend)
        except (TimeoutError, NoAnswer) as error:
            self._contact.found(lost=True)
            raise Unavailable("Redis did not answer in time") from error
        except (RedisError, OSError) as error:
            self._contact.found(lost=True)
            raise Unavailable(f"no connection to Redis: {type(error).__name__}") from error
        except NotDurable:
            self._contact.found(lost=True)
            raise
        self._contact.found(lost=False)
        if any(map(refuses_writes, answers)):
            self._contact.wrote(refused=True)
        return answers

    async def _answers(self, commands: Sequence[bytes], *, resend: bool) -> list[Any]:
        if self._connection.is_connected:
            try:
                return await self._exchange(commands)
            except (Cut, OSError) as error:  # which may have happened long ago: it says nothing of Redis now
                if not resend:
                    raise Unavailable("the connection to Redis was cut") from error
        return await self._exchange(commands)

    async def _exchange(self, commands: Sequence[bytes]) -> list[Any]:
        try:
            return await _exchanged(self._connection, commands)
        except BaseException:  # whatever it was, the answers still to come would be taken for those of the next
            await self._connection.disconnect(nowait=True)
            raise

    async def listen(self, channel: bytes) -> AsyncIterator[bytes]:
        """What is published there from now on, until the connection is cut: Unavailable, NotDurable."""
        await self.ask(PING)
        try:
            await self._connection.send_packed_command((packed("SUBSCRIBE", channel),), check_health=False)
            while True:
                kind, _, said = await self._connection.read_response()
                if kind == b"message":
                    yield said
        except (RedisError, OSError, ValueError) as error:
            raise Unavailable("the connection to Redis was cut") from error
        finally:
            await self.close()

    async def close(self) -> None:
        """Hang up. Idempotent; asked again, it connects again."""
        await self._connection.disconnect(nowait=True)


class Lines:
    """Up to MAX_LINES lines for whoever asks; the others wait for their turn."""

    def __init__(self, new: Callable[[], Line]) -> None:
        self._new, self._idle = new, list[Line]()
        self._turns = asyncio.Semaphore(MAX_LINES)

    async def ask(self, *commands: bytes) -> list[Any]:
        """As ``Line.ask``; an error that concerns one command is raised: of these none is expected."""
        async with self._turns:
            line = self._idle.pop() if self._idle else self._new()
            try:
                return whole(await line.ask(*commands))
            finally:
                self._idle.append(line)

    async def close(self) -> None:
        """Once nobody asks any more."""
        for _ in range(MAX_LINES):
            await self._turns.acquire()
        for line in self._idle:
            await line.close()
        self._turns = asyncio.Semaphore(MAX_LINES)


Ask = Callable[..., Awaitable[list[Any]]]


def whole(answers: list[Any]) -> list[Any]:
    """The answers, none of them an error. Unavailable: a full disk, a replica, a server that is busy or loading."""
    for answer in answers:
        if isinstance(answer, RedisError):
            raise unavailable(answer)
    return answers


def refuses_writes(answer: Any) -> bool:
    """Whether it comes of a server that takes no writes at all for now: its disk or its memory is full, or it is a
    replica by now."""
    refusal = isinstance(answer, ResponseError) and str(answer).startswith("MISCONF ")  # redis-py has no class for it
    return refusal or isinstance(answer, OutOfMemoryError | ReadOnlyError)


def unavailable(error: RedisError) -> Unavailable:
    """A refusal of the server's, in its words: they hold codes and command names, never our arguments' contents."""
    failure = Unavailable(f"Redis refuses ({type(error).__name__}): {str(error)[:QUOTED]}")
    failure.__cause__ = error
    return failure


async def _exchanged(connection: AbstractConnection, commands: Sequence[bytes]) -> list[Any]:
    """Cut where the answers are not those to these commands."""
    word = b"%d" % next(_WORDS)
    await connection.send_packed_command((*commands, packed("ECHO", word)), check_health=False)
    answers: list[Any] = []
    for _ in range(len(commands) + 1):
        try:
            answers.append(await connection.read_response())
        except ResponseError as error:
            answers.append(error)
    last = answers.pop()
    if isinstance(last, RedisError):
        raise last
    if last != word:
        raise Cut("the answers are out of step")
    return answers


async def _greet(connection: AbstractConnection) -> None:
    """What is said on every new connection before anything else. NotDurable."""
    await connection.on_connect()
    settings, role = await _exchanged(connection, _CHECK)
    try:
        _refuse(settings, role)
    except NotDurable:
        await connection.disconnect(nowait=True)
        raise


def _refuse(settings: Any, role: Any) -> None:
    if isinstance(settings, ResponseError) or isinstance(role, ResponseError):
        raise NotDurable("a user that may CONFIG GET and ROLE (ACL: +config|get +role)")
    found = dict(zip(settings[::2], settings[1::2], strict=True))
    for name, value in REQUIRED.items():
        if found.get(name.encode()) != value.encode():
            raise NotDurable(f"{name} {value}")
    if role[0] != b"master":  # a replica is behind: what it lacks was acknowledged elsewhere
        raise NotDurable("replicaof no one")
