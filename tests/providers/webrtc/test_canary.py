"""The privates of aiortc and pylibsrtp that ``_aiortc`` rests on, and that no codec is ever made."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from typing import Any

import pylibsrtp
import pytest
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport
from pylibsrtp import _binding

from providers.webrtc._aiortc import Certificates, SecureLink, Workbench, fingerprint


def test_the_dtls_transport_still_has_what_is_used() -> None:
    transport: Any = RTCDtlsTransport(None, [RTCCertificate.generateCertificate()])  # type: ignore[arg-type]
    assert transport._rx_srtp is None
    assert transport._tx_srtp is None
    transport._set_role("server")
    assert transport._role == "server"
    assert not transport._rtp_router.receivers, "nobody is registered, so nobody decodes"
    source = inspect.getsource(RTCDtlsTransport)
    assert "self.transport._recv()" in source
    assert "self.transport._send(" in source


def test_srtp_can_still_be_done_in_place() -> None:
    assert hasattr(pylibsrtp.Session(), "_srtp")
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        assert callable(getattr(_binding.lib, name))


def sessions() -> tuple[object, object, list[object]]:
    key = bytes(range(30))
    policies = [
        pylibsrtp.Policy(key=key, ssrc_type=kind)
        for kind in (pylibsrtp.Policy.SSRC_ANY_OUTBOUND, pylibsrtp.Policy.SSRC_ANY_INBOUND)
    ]
    out, into = map(pylibsrtp.Session, policies)
    return out._srtp[0], into._srtp[0], [out, into]


def test_a_packet_survives_the_workbench_and_a_bent_one_does_not() -> None:
    out, into, _kept = sessions()
    bench = Workbench()
    packet = bytes((0x80, 96, 0, 1)) + bytes(8) + b"payload"
    bench.sending[: len(packet)] = packet
    size = bench.protect(out, len(packet))
    assert size == len(packet) + 10
    bench.received[:size] = bench.sending[:size]
    bench.received[size - 1] ^= 1
    assert bench.unprotect(into, size) == -1
    bench.received[:size] = bench.sending[:size]
    assert bench.unprotect(into, size) == len(packet)
    assert bench.received[: len(packet)] == packet
    bench.received[:size] = bench.sending[:size]
    assert bench.unprotect(into, size) == -1, "a replay"


@pytest.mark.parametrize("size", [0, 1, 4, 11, 12, 13, 20])
def test_short_packets_are_refused_in_place(size: int) -> None:
    _out, into, _kept = sessions()
    bench = Workbench()
    bench.received[:20] = b"\x9f\xff" * 10
    assert bench.unprotect(into, size) == -1
    assert bench.unprotect_control(into, size) == -1


async def test_two_links_shake_hands_and_a_wrong_fingerprint_is_refused() -> None:
    certificate = Certificates().current()
    theirs = RTCCertificate.generateCertificate()
    for digest, proven in ((fingerprint(theirs), True), (("sha-256", ":".join(["00"] * 32)), False)):
        assert await shake(certificate, theirs, digest) is proven


async def shake(ours: object, theirs: RTCCertificate, digest: tuple[str, str]) -> bool:
    class Far:
        role, state = "controlling", "completed"

        def __init__(self) -> None:
            self.queue: asyncio.Queue[bytes] = asyncio.Queue()

        async def _recv(self) -> bytes:
            return await self.queue.get()

        async def _send(self, data: bytes) -> None:
            link.feed(data)

    far = Far()
    link = SecureLink(ours, far.queue.put_nowait, lambda: None)
    client = RTCDtlsTransport(far, [theirs])  # type: ignore[arg-type]
    client._set_role("client")
    from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters

    remote = RTCDtlsParameters([RTCDtlsFingerprint(*fingerprint(ours))])
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        shaken = tasks.create_task(link.handshake([digest]))
        tasks.create_task(client.start(remote))
    await link.close()
    await client.stop()
    return shaken.result()


def test_the_worker_can_be_loaded_without_making_a_codec() -> None:
    """Importing aiortc loads its codecs' code; none may be instantiated by that."""
    program = (
        "import av, sys\n"
        "import providers.webrtc.worker, aiortc.codecs as c\n"
        "import gc\n"
        "sys.exit(any(type(o).__name__.endswith(('Decoder', 'Encoder')) and type(o).__module__.startswith('aiortc')"
        " for o in gc.get_objects()))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
