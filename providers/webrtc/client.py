"""The gateway's side of the worker's control API: one method per request.

Refusals of the worker become WorkerRefused with the worker's code; a worker that does not answer is WorkerGone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

PATIENCE = 5.0  # seconds for an answer: the worker works in milliseconds
STREAM_SILENCE = 6.0  # seconds without a heartbeat (every 2 s) after which the stream is taken for dead
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)  # seconds between attempts to listen again; the last repeats
LONGEST_LINE = 4 * 1024 * 1024  # bytes: a snapshot of 200 calls, alone in its line or as an answer


class WorkerError(Exception):
    """The worker did not do it."""


class WorkerRefused(WorkerError):
    """The worker said no. ``code`` is stable (see refusals.py), ``problem`` is its whole answer."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", "unknown"))
        self.problem = problem
        super().__init__(self.code)


class WorkerGone(WorkerError):
    """The worker does not answer."""


class WorkerClient:
    """Talks to the worker that listens at ``address``: a unix socket's path, or ``http://host:port``. ``patience``:
    seconds for an answer. Use from one event loop; ``close`` it at the end."""

    def __init__(self, address: Path | str, secret: str, *, patience: float = PATIENCE) -> None:
        self.address = str(address)
        self._base = self.address if self.address.startswith("http://") else ""
        self._secret = secret
        self._limits = aiohttp.ClientTimeout(total=patience)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def put_keys(self, keys: Sequence[Mapping[str, Any]]) -> None:
        """The public keys to trust from now on, as JWKs with ``kid``. They replace all earlier ones."""
        await self._ask("PUT", "/keys", {"keys": [dict(key) for key in keys]})

    async def put_call(self, call: str, *, generation: int, capacity: int) -> None:
        """Make the call or raise its generation. WorkerRefused generation_lower."""
        await self._ask("PUT", f"/calls/{_part(call)}", {"generation": generation, "capacity": capacity})

    async def delete_call(self, call: str) -> None:
        """Put everybody out and forget the call. Idempotent."""
        await self._ask("DELETE", f"/calls/{_part(call)}")

    async def put_person(self, call: str, sub: str, *, role: str, epoch: int, admission: int) -> None:
        """This person may be in; a higher epoch puts out their older device."""
        body = {"role": role, "epoch": epoch, "admission": admission}
        await self._ask("PUT", f"/calls/{_part(call)}/people/{_part(sub)}", body)

    async def delete_person(
        self, call: str, sub: str, *, reason: str = "removed", admission: int | None = None
    ) -> None:
        """Put this person out, at once, and refuse the tokens of this admission; with ``admission``, unless they are in
        by a later one. Idempotent; WorkerRefused call_unknown when there is no such call."""
        query = {"reason": reason} | ({"admission": str(admission)} if admission is not None else {})
        await self._ask("DELETE", f"/calls/{_part(call)}/people/{_part(sub)}?{urlencode(query)}")

    async def offer(self, call: str, token: str, sdp: str, *, by: str = "") -> dict[str, Any]:
        """``{"peer", "sdp", "slots"}``. ``by``: an opaque key of who asked, for slowing down."""
        return await self._ask("POST", f"/calls/{_part(call)}/peers", {"token": token, "sdp": sdp, "from": by})

    async def restart(self, peer: str, token: str, sdp: str, *, by: str = "") -> dict[str, Any]:
        """``{"sdp"}``: an ICE restart of the same session."""
        return await self._ask("PATCH", f"/peers/{_part(peer)}", {"token": token, "sdp": sdp, "from": by})

    async def leave(self, peer: str, *, sub: str) -> None:
        """The person ``sub`` leaves with this peer. WorkerRefused peer_unknown if it is not theirs, or gone."""
        await self._ask("DELETE", f"/peers/{_part(peer)}?{urlencode({'sub': sub})}")

    async def echo(self, token: str, sdp: str, *, by: str = "") -> dict[str, Any]:
        """``{"peer", "sdp", "slots"}`` for a connection test."""
        return await self._ask("POST", "/echo", {"token": token, "sdp": sdp, "from": by})

    async def calls(self) -> dict[str, Any]:
        """``{"boot", "seq", "calls": [...]}``: the whole state. WorkerGone when it is not that."""
        found = await self._ask("GET", "/calls")
        calls = found.get("calls")
        if not isinstance(calls, list) or not all(map(_is_call, calls)):
            raise WorkerGone("the worker's state cannot be read")
        return found

    async def status(self) -> dict[str, Any]:
        return await self._ask("GET", "/status")

    async def stop(self) -> None:
        await self._ask("POST", "/stop")

    async def events(self, after: int = -1, *, boot: str = "") -> AsyncGenerator[dict[str, Any], None]:
        """What happens in the worker, from the line after ``after`` of the run ``boot`` (a snapshot first if these
        are unknown), for as long as it is iterated. Listens again by itself, also to a worker started anew, which
        shows as a snapshot with another ``boot``."""
        position, attempt = (after, boot), 0
        while True:
            try:
                async for line in self._listen(*position):
                    attempt = 0
                    position = (line["seq"], line.get("boot", position[1]))
                    yield line
            except WorkerGone:
                pass
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            attempt += 1

    async def _listen(self, after: int, boot: str) -> AsyncGenerator[dict[str, Any], None]:
        query = {"after": str(after)} if after >= 0 else {}
        query |= {"boot": boot} if boot else {}
        limits = aiohttp.ClientTimeout(total=None, sock_connect=PATIENCE, sock_read=STREAM_SILENCE)
        try:
            async with self._opened().get(self._url(f"/events?{urlencode(query)}"), timeout=limits) as response:
                await _raise_refusal(response)
                async for raw in response.content:
                    if raw.strip():
                        yield json.loads(raw)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise WorkerGone("the worker does not answer") from error

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        try:
            async with self._opened().request(method, self._url(path), json=body, timeout=self._limits) as response:
                await _raise_refusal(response)
                return _parsed(await _bounded(response))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise WorkerGone("the worker does not answer") from error

    def _url(self, path: str) -> URL:
        return URL(f"{self._base or 'http://worker'}{path}", encoded=True)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector() if self._base else aiohttp.UnixConnector(self.address),
                headers={"Authorization": f"Bearer {self._secret}"},
                read_bufsize=LONGEST_LINE,
            )
        return self._session


async def _raise_refusal(response: aiohttp.ClientResponse) -> None:
    if response.status < 400:
        return
    try:
        problem = _parsed(await _bounded(response))
    except ValueError:
        problem = {}
    raise WorkerRefused(response.status, problem)


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """ValueError beyond LONGEST_LINE."""
    found = bytearray()
    async for chunk in response.content.iter_any():
        found += chunk
        if len(found) > LONGEST_LINE:
            response.close()
            raise ValueError("an answer longer than any of the worker's")
    return bytes(found)


def _parsed(raw: bytes) -> dict[str, Any]:
    """ValueError when it is no JSON object; nothing is an empty one."""
    try:
        found = json.loads(raw or b"{}")
    except RecursionError as error:
        raise ValueError("no answer of the worker's") from error
    if not isinstance(found, dict):
        raise ValueError("no answer of the worker's")  # noqa: TRY004 - about what was read, not about an argument
    return found


def _is_call(state: Any) -> bool:
    try:
        named = [state["call"], *(person["sub"] for person in state["people"])]
        return type(state["generation"]) is int and all(isinstance(name, str) for name in named)
    except (KeyError, TypeError):
        return False


def _part(name: str) -> str:
    return quote(name, safe="")
