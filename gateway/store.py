"""Which store the journals are in: a file of this process's own, or a Redis that several gateways share.

The ``[journal]`` section of ``genkan.toml``; without it, the file in ``data_dir``.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from gateway.faults import Fault, Faulty
from providers.base import AskAPerson
from providers.configuration import value
from waiting_room.journal.port import Journal, JournalError
from waiting_room.journal.redis import RedisJournal
from waiting_room.journal.sqlite import SqliteJournal

if TYPE_CHECKING:
    from gateway.config import Settings


PROOF = 3600.0  # seconds that the last of these writes stays
PROVE = 1.0  # seconds between two writes that show whether the store takes any
PATIENCE = 3.0  # seconds for an answer: whoever waits longer is told that nothing can be recorded


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """``url``: redis://, rediss:// or unix://, without a password; ``password``: where that lies, never itself."""

    url: str
    username: str | None = None
    password: Mapping[str, str] | None = field(default=None, repr=False)
    base: Path = Path()

    @classmethod
    def build(cls, section: Mapping[str, Any], base: Path) -> RedisSettings:
        """Of a section that has no faults."""
        return cls(section["redis"], section.get("username"), section.get("password"), base)

    def address(self, environ: Mapping[str, str] | None = None) -> str:
        """The URL with its secret. Faulty when that is not where it should be."""
        if self.password is None:
            return self.url
        try:
            secret = value("journal.password", self.password, os.environ if environ is None else environ, self.base)
        except AskAPerson as error:
            fault = Fault(
                "journal.password", "secret_missing", "is not where it should be", "パスワードが見つかりません"
            )
            raise Faulty([fault]) from error
        parts = urlsplit(self.url)
        who = f"{quote(self.username or '', safe='')}:{quote(secret, safe='')}"
        return urlunsplit(parts._replace(netloc=f"{who}@{parts.netloc}"))


def store_faults(section: Mapping[str, Any]) -> Iterator[Fault]:
    """What the schema cannot say."""
    if urlsplit(section["redis"]).password is not None:
        sentence = "must hold no password: write it into journal.password as { file = … } or { env = … }"
        yield Fault("journal.redis", "secret_in_settings", sentence, "パスワードは journal.password に書いてください")
    if "username" in section and "password" not in section:
        yield Fault("journal.password", "missing", "is required", "必須です")


async def open_journal(settings: Settings, clock: Callable[[], int]) -> Journal:
    """The store that the settings name. Owned when another process has the file; NotDurable, Unavailable of a Redis;
    Faulty without its password."""
    if settings.journal is None:
        return await SqliteJournal.open(settings.journal_path, clock=clock)
    return await RedisJournal.open(settings.journal.address(), patience=PATIENCE)


async def prove(journal: Journal) -> None:
    """Write something each second, for ever: a store whose disk is full still answers who reads, and every gateway has
    to know, also one that has nothing to write. ``contact`` hears what comes of it."""
    while journal.shared:
        await asyncio.sleep(PROVE)
        with suppress(JournalError):
            await journal.beside.put("proof", b"1", PROOF)
