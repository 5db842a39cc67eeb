"""A real worker process: what it refuses, what it forwards, what it leaves behind."""

from __future__ import annotations

import base64
import json
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from providers.webrtc import rtcp
from tests.support.media import TOKEN_TYPE, Minter, Worker, browser_offer, open_files, public_jwk, worker, written
from tests.support.media_client import (
    AUDIO_SSRC,
    INTER_FRAME,
    KEY_FRAME,
    RTX,
    VIDEO_SSRC,
    header,
    people,
    rtp_packet,
)

pytestmark = pytest.mark.process

CANDIDATE = {"role": "candidate", "adm": 2, "dev": 3, "gen": 5}
Make = Callable[[Minter], str]


def altered(**changed: Any) -> Make:
    return lambda minter: minter.token("room", "candidate:i", **(CANDIDATE | changed))


def unsigned(minter: Minter) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    header = {"alg": "none", "typ": TOKEN_TYPE, "kid": minter.kid}
    return f"{part(header)}.{part(minter.claims('room', 'candidate:i', **CANDIDATE))}."


def signed_by_another(minter: Minter) -> str:
    return Minter(Ed25519PrivateKey.generate(), minter.kid).token("room", "candidate:i", **CANDIDATE)


def by_shared_secret(minter: Minter) -> str:
    """The public key's text as an HMAC secret: the classic confusion of algorithms."""
    claims = minter.claims("room", "candidate:i", **CANDIDATE)
    secret = public_jwk(minter.key, minter.kid)["x"] + "0" * 32
    return jwt.encode(claims, secret, "HS256", headers={"kid": minter.kid, "typ": TOKEN_TYPE})


def another_type(minter: Minter) -> str:
    claims = minter.claims("room", "candidate:i", **CANDIDATE)
    return jwt.encode(claims, minter.key, "EdDSA", headers={"kid": minter.kid})


def tampered(minter: Minter) -> str:
    head, body, signature = minter.token("room", "candidate:i", **CANDIDATE).split(".")
    return f"{head}.{body[:-4]}AAAA.{signature}"


NOW = time.time
REFUSED: dict[str, tuple[Make, int, str]] = {
    "not signed": (unsigned, 401, "token_forged"),
    "signed by another": (signed_by_another, 401, "token_forged"),
    "signed with a shared secret": (by_shared_secret, 401, "token_forged"),
    "of another type": (another_type, 401, "token_forged"),
    "tampered with": (tampered, 401, "token_forged"),
    "not a token": (lambda _minter: "…", 401, "token_forged"),
    "from another issuer": (altered(iss="somebody"), 401, "token_forged"),
    "without an id": (altered(jti=None), 401, "token_forged"),
    "without an end": (altered(exp=None), 401, "token_forged"),
    "with a number as text": (altered(gen="5"), 401, "token_forged"),
    "expired": (altered(exp=int(NOW()) - 10, nbf=int(NOW()) - 60), 401, "token_expired"),
    "not valid yet": (altered(nbf=int(NOW()) + 1000, exp=int(NOW()) + 1030), 401, "token_expired"),
    "valid for too long": (altered(exp=int(NOW()) + 3600), 401, "token_expired"),
    "for the connection test": (altered(aud="echo"), 403, "token_audience"),
    "for two audiences": (altered(aud=["call", "echo"]), 403, "token_audience"),
    "for another room": (lambda m: m.token("other", "candidate:i", **CANDIDATE), 403, "token_wrong_call"),
    "of an older generation": (altered(gen=4), 409, "token_old_generation"),
    "of a generation to come": (altered(gen=6), 404, "call_unknown"),
    "of an older device": (altered(dev=2), 409, "token_old_device"),
    "of a higher role": (altered(role="interviewer"), 403, "token_role"),
    "of an earlier admission": (altered(adm=1), 403, "token_removed"),
    "of an admission to come": (altered(adm=3), 403, "person_unknown"),
    "of a stranger": (lambda m: m.token("room", "candidate:x", **CANDIDATE), 403, "person_unknown"),
}


async def test_every_token_that_does_not_fit_is_refused_by_the_worker_itself(running: Worker) -> None:
    await running.ask("PUT", "/calls/room", {"generation": 5, "capacity": 4})
    await running.ask("PUT", "/calls/other", {"generation": 5, "capacity": 4})
    for case, (make, status, code) in REFUSED.items():
        # A person of their own for each case, so that none is slowed down for the others' sake.
        await running.let_in("room", "candidate:i", "candidate", epoch=3, admission=2)
        answer = await running.offer("room", make(running.minter), browser_offer())
        if answer.code == "too_many_offers":
            pytest.fail(f"{case}: slowed down before it was judged")
        assert (answer.status, answer.code) == (status, code), case
    assert (await running.status())["peers"] == 0, "no refusal left a trace"
    good = await running.offer("room", altered()(running.minter), browser_offer())
    assert good.status == 201


async def test_a_token_is_good_once(running: Worker) -> None:
    await running.open("room", "staff:a")
    token = running.minter.token("room", "staff:a")
    assert (await running.offer("room", token, browser_offer())).status == 201
    again = await running.offer("room", token, browser_offer())
    assert (again.status, again.code) == (401, "token_replayed")


async def test_without_keys_every_token_is_refused(running: Worker) -> None:
    await running.open("room", "staff:a")
    await running.ask("PUT", "/keys", {"keys": []})
    answer = await running.offer("room", running.minter.token("room", "staff:a"), browser_offer())
    assert answer.code == "token_forged"


async def test_a_private_key_is_not_taken_for_a_public_one(running: Worker) -> None:
    private = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(running.minter.key)) | {"kid": "k2"}
    answer = await running.ask("PUT", "/keys", {"keys": [private]})
    assert (answer.status, answer.code) == (400, "body_invalid")
    assert (await running.status())["keys"] == 1, "the keys from before stay"


async def test_a_removed_person_stays_out_until_a_new_admission(running: Worker) -> None:
    await running.open("room")
    await running.let_in("room", "candidate:i", "candidate", admission=1)
    await running.ask("DELETE", "/calls/room/people/candidate:i?reason=removed")
    token = running.minter.token("room", "candidate:i", role="candidate", adm=1)
    assert (await running.offer("room", token, browser_offer())).code == "token_removed"
    assert (await running.let_in("room", "candidate:i", "candidate", admission=1)).code == "admission_over"
    assert (await running.let_in("room", "candidate:i", "candidate", admission=2)).status == 204
    token = running.minter.token("room", "candidate:i", role="candidate", adm=2)
    assert (await running.offer("room", token, browser_offer())).status == 201


async def test_one_more_person_than_everybody_can_see_is_refused(running: Worker) -> None:
    subs = [f"staff:{i}" for i in range(4)]
    await running.open("room", *subs, capacity=4)
    for sub in subs[:3]:
        answer = await running.offer("room", running.minter.token("room", sub), browser_offer(2))
        assert answer.status == 201
    answer = await running.offer("room", running.minter.token("room", subs[3]), browser_offer(3))
    assert (answer.status, answer.code) == (409, "call_full"), "the others have two slots each"


async def test_offers_in_quick_succession_are_slowed_down(running: Worker) -> None:
    await running.open("room", "staff:a")
    codes = [
        (await running.offer("room", running.minter.token("room", "staff:a"), browser_offer())).code for _ in range(12)
    ]
    assert codes[0] == ""
    assert codes[-1] == "too_many_offers"


async def test_a_lower_generation_is_refused_and_a_higher_one_puts_everybody_out(running: Worker) -> None:
    await running.open("room", "staff:a", generation=2)
    async with people(running, "room", "staff:a", gen=2):
        lower = await running.ask("PUT", "/calls/room", {"generation": 1, "capacity": 4})
        assert (lower.status, lower.code) == (409, "generation_lower")
        await running.ask("PUT", "/calls/room", {"generation": 3, "capacity": 4})
        assert (await running.status())["peers"] == 0


@pytest.mark.parametrize("secret", ["", "wrong", "a secret of the tests onlyx"])
async def test_the_control_socket_asks_for_the_secret(running: Worker, secret: str) -> None:
    answer = await running.ask("GET", "/calls", secret=secret)
    assert (answer.status, answer.code) == (401, "secret_wrong")


async def test_the_control_socket_is_its_owners_alone(running: Worker) -> None:
    assert running.socket.stat().st_mode & 0o777 == 0o600
    assert running.socket.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/calls/room", []),
        ("PUT", "/calls/room", {"generation": "1", "capacity": 4}),
        ("PUT", "/calls/room", {"generation": 0, "capacity": 4}),
        ("PUT", "/calls/room", {"generation": True, "capacity": 4}),
        ("PUT", "/calls/room/people/x", {"role": "king", "epoch": 1, "admission": 1}),
        ("DELETE", "/calls/room/people/x?reason=spite", None),
        ("PUT", "/keys", {"keys": [{"kty": "RSA"}]}),
        ("POST", "/echo", {"token": 1, "sdp": ""}),
    ],
)
async def test_a_malformed_request_is_named_and_changes_nothing(
    running: Worker, method: str, path: str, body: Any
) -> None:
    answer = await running.ask(method, path, body)
    assert (answer.status, answer.code) == (400, "body_invalid")
    assert (await running.ask("GET", "/calls")).body["calls"] == []


async def test_sound_is_forwarded_under_the_receivers_numbers(running: Worker) -> None:
    await running.open("room", "staff:a", "staff:b")
    async with people(running, "room", "staff:a", "staff:b") as (a, b):
        for number in (65534, 65535, 0, 1):
            a.say(number, timestamp=number * 960)
        await b.until(lambda: len(b.rtp) >= 4)
        numbers = [header(packet)[1] for packet in b.rtp]
        assert [(n - numbers[0]) & 0xFFFF for n in numbers] == [0, 1, 2, 3]
        assert {header(packet)[3] for packet in b.rtp} == {b.slot_ssrcs()[0]}
        assert not a.rtp, "nobody hears themselves"


async def test_a_lost_packet_is_asked_for_and_a_wanted_one_is_sent_again(running: Worker) -> None:
    await running.open("room", "staff:a", "staff:b")
    async with people(running, "room", "staff:a", "staff:b") as (a, b):
        a.show(10, KEY_FRAME)
        a.show(12)
        await b.until(lambda: len(b.rtp) == 2)
        wanted = rtcp.Nack(VIDEO_SSRC, (11,))
        await a.until(lambda: any(wanted in set(rtcp.parse(packet)) for packet in a.rtcp))
        first = header(b.rtp[0])[1]
        b.report(rtcp.pack_nack(b.slot_ssrcs()[1], [first]))
        await b.until(lambda: len(b.rtp) == 3)
        kind, _, _, ssrc = header(b.rtp[2])
        assert kind == RTX
        assert ssrc not in b.slot_ssrcs(), "sent again under another SSRC: the same number twice reuses a nonce"
        assert b.rtp[2][12:] == first.to_bytes(2, "big") + KEY_FRAME


async def test_a_picture_begins_with_a_key_frame_that_was_asked_for(running: Worker) -> None:
    await running.open("room", "staff:a", "staff:b")
    async with people(running, "room", "staff:a", "staff:b") as (a, b):
        a.show(1, INTER_FRAME)
        await a.until(lambda: any(rtcp.KeyFrameRequest(VIDEO_SSRC) in set(rtcp.parse(p)) for p in a.rtcp))
        a.show(2, KEY_FRAME)
        await b.until(lambda: len(b.rtp) == 1)
        assert b.rtp[0].endswith(KEY_FRAME)


async def test_a_removed_persons_packets_stop_at_once(running: Worker) -> None:
    await running.open("room", "staff:a", "staff:b", "staff:c")
    async with people(running, "room", "staff:a", "staff:b", "staff:c") as (a, b, c):
        a.say(1)
        await b.until(lambda: len(b.rtp) == 1)
        await running.ask("DELETE", "/calls/room/people/staff:a")
        before = (await running.status())["packets"]["received"]
        a.say(2)
        b.say(1)  # a packet after it on the same socket: once it has come, the other was judged
        await c.until(lambda: len(c.rtp) == 2)
        assert (await running.status())["packets"]["received"] == before + 1
        assert len(b.rtp) == 1


async def test_a_replayed_check_moves_no_address(running: Worker) -> None:
    """Somebody on the way records a check and sends it from elsewhere: the media stay where they were."""
    await running.open("room", "staff:a", "staff:b")
    async with people(running, "room", "staff:a", "staff:b") as (a, b):
        recorded = b.check()
        b.send(recorded)
        thief = await b.socket()
        for datagram in (recorded, b.check()):  # even one that never arrived before
            b.send(datagram, thief)
        before = len(b.rtp)
        stolen: list[bytes] = []
        thief._protocol._take = stolen.append
        for number in range(5):
            a.say(number)
        await b.until(lambda: len(b.rtp) == before + 5)
        assert not [datagram for datagram in stolen if datagram[0] >= 128]
        thief.close()


async def test_media_follow_a_person_to_where_authentic_packets_come_from(running: Worker) -> None:
    await running.open("room", "staff:a", "staff:b")
    async with people(running, "room", "staff:a", "staff:b") as (a, b):
        old, b.transport = b.transport, await b.socket()
        b.send(b.check())
        b.say(1)
        await a.until(lambda: len(a.rtp) == 1)
        old.close()
        a.say(1)
        await b.until(lambda: len(b.rtp) == 1)


async def test_nobody_takes_anothers_address_by_forging_the_sender(running: Worker) -> None:
    """A person inside sends a check with their own password from the address of somebody else (here: through it)."""
    await running.open("room", "staff:a", "staff:b")
    async with people(running, "room", "staff:a", "staff:b") as (a, b):
        b.send(a.check(), b.transport)
        b.say(1)
        await a.until(lambda: len(a.rtp) == 1)


async def test_hostile_datagrams_change_nothing_and_crash_nothing(running: Worker) -> None:
    chance = random.Random(20)
    await running.open("room", "staff:a", "staff:b")
    async with people(running, "room", "staff:a", "staff:b") as (a, b):
        seeds = [a.check(), a.protect(rtp_packet(111, 9, 9, AUDIO_SSRC, b"x" * 40)), bytes((22, 254, 253)) + bytes(60)]
        outside = await a.socket()
        for round_ in range(3000):
            datagram = bytearray(chance.choice(seeds))
            for _ in range(chance.randrange(1, 6)):
                datagram[chance.randrange(len(datagram))] = chance.randrange(256)
            cut = chance.randrange(len(datagram) + 1) if round_ % 3 == 0 else len(datagram)
            a.send(bytes(datagram[:cut]), outside if round_ % 2 else None)
        for size in (0, 1, 12, 13, 1599, 1600, 1601, 9000):
            a.send(bytes((0x80,)) * size, outside)
        for packet in hostile_rtp(chance):
            a.send(a.protect(packet))
        for number in range(200):
            a.report(bytes((0x81, 200 + number % 7, 0, 8)) + chance.randbytes(32))
        outside.close()
        marker = b"still here"
        for number in range(30000, 30003):
            a.say(number, marker)
        await b.until(lambda: any(packet.endswith(marker) for packet in b.rtp))
        assert (await running.status())["peers"] == 2


def hostile_rtp(chance: random.Random) -> list[bytes]:
    """Authentic packets with headers that lie: extensions beyond the end, CSRCs, padding."""
    found = []
    for number in range(300):
        body = bytearray(
            rtp_packet(chance.choice((111, 96, 97, 12)), number, 0, chance.choice((1001, 2001, 2002, 7)), b"")
        )
        body += chance.randbytes(chance.randrange(40))
        body[0] = 0x80 | chance.choice((0, 0x20))
        if chance.random() < 0.5:
            body[0] |= 0x10
            body[12:12] = b"\xbe\xde\x00\x02" + chance.randbytes(8)
        found.append(bytes(body))
    return found


async def test_a_worker_leaves_no_core_and_writes_no_file(running: Worker) -> None:
    await running.open("room", "staff:a", "staff:b")
    assert resource.prlimit(running.pid, resource.RLIMIT_CORE) == (0, 0)
    async with people(running, "room", "staff:a", "staff:b") as (a, b):
        before = written(running.pid)
        for number in range(200):
            a.say(number)
        await b.until(lambda: len(b.rtp) > 100)
        assert written(running.pid) == before
        assert not open_files(running.pid)
    assert sorted(p.name for p in running.socket.parent.iterdir()) == ["worker.sock"]


async def test_an_orphaned_worker_ends_by_itself(tmp_path: Path) -> None:
    async with worker(tmp_path, arguments=("--orphan-seconds", "0.5")) as started:
        assert await started.process.wait() == 0
        assert not started.socket.exists()


async def test_a_worker_without_a_secret_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="did not start"):
        async with worker(tmp_path, environment={"GENKAN_WORKER_SECRET": "short"}):
            pass
