"""Taking an event's ciphertext out of Redis: its keys, its append-only file, its snapshot, its slow log.

A deleted value stays in the append-only file until that is written anew, so a purge waits for a rewrite that began
after the deletion. Files are replaced, not overwritten in place: what a disk keeps of deleted files is unreadable, for
the event's key was destroyed first (``Book.purge``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from waiting_room.journal.port import Document, Unavailable
from waiting_room.journal.redis_line import Ask, packed
from waiting_room.journal.redis_rows import Keys

REWRITE_SECONDS = 300.0  # a rewrite of several gigabytes on a slow disk
LOOK_SECONDS = 0.02  # between looks at whether it is done: Redis has no way to tell

# KEYS  private, collections
# ARGV  what the documents' keys begin with; then collection, id and body of each that stays
_DELETE = """
redis.call('DEL', KEYS[1])
for _, collection in ipairs(redis.call('SMEMBERS', KEYS[2])) do redis.call('DEL', ARGV[1] .. collection) end
redis.call('DEL', KEYS[2])
for i = 2, #ARGV, 3 do
  redis.call('SADD', KEYS[2], ARGV[i])
  redis.call('HSET', ARGV[1] .. ARGV[i], ARGV[i + 1], ARGV[i + 2])
end
"""
_INFO = packed("INFO", "persistence")


async def purge(ask: Ask, keys: Keys, keep: Sequence[Document] = ()) -> None:
    """``keep``: documents that stay in place of all others. Unavailable when the store could not do it, or not in time:
    purge again."""
    stays = [part for one in keep if one.body is not None for part in (one.collection, one.id, one.body)]
    await ask(packed("EVAL", _DELETE, 2, keys.private, keys.collections, keys.documents(""), *stays))
    await _rewrite(ask)
    await ask(packed("SLOWLOG", "RESET"))  # keeps the first 128 bytes of slow commands' arguments


async def _rewrite(ask: Ask) -> None:
    try:
        async with asyncio.timeout(REWRITE_SECONDS):
            await _idle(ask)  # one that is under way may have begun before the deletion
            await ask(packed("BGREWRITEAOF"))
            if (await _idle(ask))["aof_last_bgrewrite_status"] != "ok":
                raise Unavailable("Redis could not rewrite its append-only file; purge again")
            _, points = (await ask(packed("CONFIG", "GET", "save")))[0]
            if points:
                await ask(packed("BGSAVE"))
                if (await _idle(ask))["rdb_last_bgsave_status"] != "ok":
                    raise Unavailable("Redis could not write its snapshot anew; purge again")
    except TimeoutError as error:
        raise Unavailable("Redis has not rewritten its files in time; purge again") from error


_BUSY = ("aof_rewrite_in_progress", "aof_rewrite_scheduled", "rdb_bgsave_in_progress")


async def _idle(ask: Ask) -> Mapping[str, str]:
    """What Redis says of its files once nothing writes them anew."""
    while True:
        (text,) = await ask(_INFO)
        found = dict(line.split(":", 1) for line in text.decode().split("\r\n") if ":" in line)
        if all(found[name] == "0" for name in _BUSY):
            return found
        await asyncio.sleep(LOOK_SECONDS)
