"""A media worker in a process of its own, keys and tokens for it, and a browser's offer to send it."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TOKEN_TYPE = "genkan-room+jwt"
SECRET = "a secret of the tests only"
FINGERPRINT = ":".join(["AB"] * 32)
READY = 20.0  # seconds that a worker may take to start on a busy machine


def public_jwk(key: Ed25519PrivateKey, kid: str) -> dict[str, Any]:
    jwk: dict[str, Any] = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key()))
    return jwk | {"kid": kid}


@dataclass
class Minter:
    """Signs room tokens as the gateway does."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    kid: str = "k1"

    def claims(self, call: str, sub: str, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": "genkan",
            "aud": "call",
            "sub": sub,
            "sid": call,
            "gen": 1,
            "adm": 0,
            "dev": 1,
            "role": "interviewer",
            "grants": ["publish", "subscribe"],
            "iat": now,
            "nbf": now,
            "exp": now + 60,
            "jti": uuid.uuid4().hex,
        }
        return {name: value for name, value in (claims | changed).items() if value is not None}

    def token(self, call: str, sub: str, **changed: Any) -> str:
        return jwt.encode(
            self.claims(call, sub, **changed), self.key, "EdDSA", headers={"kid": self.kid, "typ": TOKEN_TYPE}
        )


@dataclass
class Answer:
    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))


@dataclass
class Worker:
    """A running worker: raw requests to its control socket, as any client could make them."""

    process: asyncio.subprocess.Process
    socket: Path
    session: aiohttp.ClientSession
    minter: Minter
    secret: str = SECRET

    @property
    def pid(self) -> int:
        return self.process.pid

    async def ask(self, method: str, path: str, body: Any = None, *, secret: str | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.secret if secret is None else secret}"}
        async with self.session.request(method, f"http://worker{path}", json=body, headers=headers) as response:
            text = await response.text()
            return Answer(response.status, json.loads(text) if text else {})

    async def trust(self) -> None:
        await self.ask("PUT", "/keys", {"keys": [public_jwk(self.minter.key, self.minter.kid)]})

    async def open(self, call: str, *subs: str, generation: int = 1, capacity: int = 4) -> None:
        """A call that these people may be in, as interviewers."""
        await self.ask("PUT", f"/calls/{call}", {"generation": generation, "capacity": capacity})
        for sub in subs:
            await self.let_in(call, sub)

    async def let_in(
        self, call: str, sub: str, role: str = "interviewer", epoch: int = 1, admission: int = 0
    ) -> Answer:
        body = {"role": role, "epoch": epoch, "admission": admission}
        return await self.ask("PUT", f"/calls/{call}/people/{sub}", body)

    async def offer(self, call: str, token: str, sdp: str) -> Answer:
        return await self.ask("POST", f"/calls/{call}/peers", {"token": token, "sdp": sdp})

    async def status(self) -> dict[str, Any]:
        return (await self.ask("GET", "/status")).body

    async def udp(self) -> tuple[str, int]:
        host, _, port = (await self.status())["udp"][0].rpartition(":")
        return host, int(port)


@asynccontextmanager
async def worker(
    directory: Path,
    *,
    module: tuple[str, ...] = ("-m", "providers.webrtc.worker"),
    arguments: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Worker]:
    """A worker on a free UDP port of loopback that trusts a fresh key. Killed at the end."""
    run = directory / f"run-{secrets.token_hex(3)}"
    run.mkdir(mode=0o700)
    control = run / "worker.sock"
    read, write = os.pipe()
    process = await asyncio.create_subprocess_exec(
        sys.executable, *module, "--control", str(control), "--ready-fd", str(write), *arguments,
        env={**os.environ, "GENKAN_WORKER_SECRET": SECRET, **(environment or {})},
        pass_fds=(write,), cwd=run,
    )  # fmt: skip
    os.close(write)
    session = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(control)))
    try:
        async with asyncio.timeout(READY):
            assert await asyncio.to_thread(os.read, read, 16) == b"ready\n", "the worker did not start"
        started = Worker(process, control, session, Minter())
        await started.trust()
        yield started
    finally:
        os.close(read)
        await session.close()
        if process.returncode is None:
            process.kill()
        await process.wait()


def browser_offer(slots: int = 3, *, fingerprint: str = FINGERPRINT, ufrag: str = "abcd", publish: bool = True) -> str:
    """An offer as Chromium words it, shortened to what matters: own sound and picture, then pairs to receive."""
    lines = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    kinds = (["audio", "video"] if publish else []) + ["audio", "video"] * slots
    lines.append("a=group:BUNDLE " + " ".join(map(str, range(len(kinds)))))
    for mid, kind in enumerate(kinds):
        sends = publish and mid < 2
        lines += _section(kind, mid, "sendonly" if sends else "recvonly", fingerprint, ufrag)
        if sends and kind == "audio":
            lines.append("a=ssrc:1001 cname:me")
        elif sends:
            lines += ["a=ssrc-group:FID 2001 2002", "a=ssrc:2001 cname:me", "a=ssrc:2002 cname:me"]
    return "\r\n".join(lines) + "\r\n"


EXTENSIONS = {
    "audio": "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "video": "a=extmap:14 urn:ietf:params:rtp-hdrext:toffset",
}
CODECS = {
    "audio": ["a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtpmap:63 red/48000/2"],
    "video": ["a=rtpmap:96 VP8/90000", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96", "a=rtpmap:98 VP9/90000"],
}


def _section(kind: str, mid: int, direction: str, fingerprint: str, ufrag: str) -> list[str]:
    formats = "111 63" if kind == "audio" else "96 97 98"
    return [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {formats}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=ice-ufrag:{ufrag}",
        "a=ice-pwd:0123456789abcdef01234567",
        "a=ice-options:trickle",
        f"a=fingerprint:sha-256 {fingerprint}",
        "a=setup:actpass",
        f"a=mid:{mid}",
        EXTENSIONS[kind],
        "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        f"a={direction}",
        "a=rtcp-mux",
        *CODECS[kind],
    ]


def written(pid: int) -> int:
    """Bytes that the process caused to be written to storage."""
    lines = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(lines["write_bytes"])


def open_files(pid: int) -> list[str]:
    """Regular files that the process holds open for writing, but for what it was given as output."""
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        flags = next(
            line for line in Path(f"/proc/{pid}/fdinfo/{descriptor.name}").read_text().splitlines() if "flags" in line
        )
        writable = int(flags.split()[1], 8) & (os.O_WRONLY | os.O_RDWR)
        if int(descriptor.name) > 2 and writable and descriptor.readlink().is_file():
            found.append(str(descriptor.readlink()))
    return found
