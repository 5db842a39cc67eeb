"""Leases in Redis: by the server's clock, one step each, in a hash beside the event's other keys.

A field is what is done, its value ``token until holder`` (microseconds UTC). It stays when its time is over, so that
the token grows on; and as it is never below the time at which it was given, it does so over a restored Redis too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from waiting_room.journal.leases import MAX_HOLDER, Lease
from waiting_room.journal.redis_line import Ask, packed
from waiting_room.journal.redis_rows import keys_of
from waiting_room.journal.storeclock import StoreClock

# KEYS  leases · ARGV  what, holder, microseconds
# Answers token, time now, and until when it was somebody's; or nothing where somebody else has it.
_TAKE = b"""
local now = redis.call('TIME')
now = tonumber(now[1]) * 1000000 + tonumber(now[2])
local held = redis.call('HGET', KEYS[1], ARGV[1]) or '0 0 '
local token, till, holder = string.match(held, '^(%d+) (%d+) (.*)$')
if holder ~= ARGV[2] then
  if tonumber(till) > now then return false end
  token = string.format('%.0f', math.max(tonumber(token) + 1, now))
end
redis.call('HSET', KEYS[1], ARGV[1], token .. ' ' .. string.format('%.0f', now + tonumber(ARGV[3])) .. ' ' .. ARGV[2])
return {token, string.format('%.0f', now), till}
"""
# KEYS  leases · ARGV  what, token
_RELEASE = b"""
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held and string.match(held, '^%d+') == ARGV[2] then
  local now = redis.call('TIME')
  now = string.format('%.0f', tonumber(now[1]) * 1000000 + tonumber(now[2]))
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. now .. ' ')
end
"""


_TIME = packed("TIME")


class RedisLeases:
    """The ``Leases`` of one Redis, over the lines of its journal. Whoever renews them every second has, with it, the
    server's time told to the ``clock``."""

    def __init__(self, ask: Ask, clock: StoreClock) -> None:
        self._ask, self._clock = ask, clock

    async def look_at_clock(self) -> None:
        """Have it told now. Unavailable, NotDurable."""
        await self._timed()

    async def take(self, events: Sequence[str], what: str, holder: str, seconds: float) -> Mapping[str, Lease]:
        if not 1 <= len(holder) <= MAX_HOLDER:
            raise ValueError("the id of a holder has 1 to 64 characters")
        if not events:
            return {}
        micro = int(seconds * 1_000_000)
        asked = [packed("EVAL", _TAKE, 1, keys_of(event).leases, what, holder, micro) for event in events]
        answers = zip(events, await self._timed(*asked), strict=True)
        return {event: Lease(event, what, *map(int, answer)) for event, answer in answers if answer is not None}

    async def release(self, lease: Lease) -> None:
        await self._ask(packed("EVAL", _RELEASE, 1, keys_of(lease.event).leases, lease.what, lease.token))

    async def _timed(self, *commands: bytes) -> list[Any]:
        asked = self._clock.steady()
        *answers, (seconds, micro) = await self._ask(*commands, _TIME)
        self._clock.told(int(seconds) * 1_000_000 + int(micro), asked, self._clock.steady())
        return answers
