"""Offer and answer (RFC 8829, RFC 8843), as far as a forwarder with fixed slots needs them.

An offer has the person's own sound and picture (send-only) and pairs to receive, one pair per slot. The answer takes
VP8 and Opus under the payload types that the offer gave them. The offer comes from a browser that nobody vouches for:
whatever is odd is ``SdpInvalid``, and nothing else is raised.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from . import rtp

Kind = Literal["audio", "video"]
Use = Literal["publish", "slot", "none"]

LONGEST_OFFER = 100_000  # characters; Chromium's offer with six slots has some 30,000
MOST_SECTIONS = 40
MOST_LINES = 4_000
_ICE_TOKEN = re.compile(r"[A-Za-z0-9+/]{4,256}")
_MID = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,32}")
_FINGERPRINT = re.compile(r"(?:[0-9A-F]{2}:){19,63}[0-9A-F]{2}")
# Known well enough to be compared by the DTLS side (RFC 8122); SHA-1 proves nothing any more.
_DIGESTS = frozenset({"sha-256", "sha-384", "sha-512"})
_CODEC = {"audio": ("opus", 48000), "video": ("vp8", 90000)}
_OPUS_PARAMETERS = "minptime=10;useinbandfec=1"


class SdpInvalid(Exception):
    """The offer cannot be answered. The message names what is wrong and quotes nothing of the offer."""


@dataclass(frozen=True, slots=True)
class Section:
    """One m-line of an offer."""

    kind: str
    mid: str
    direction: str
    formats: tuple[int, ...]
    protocol: str
    codecs: dict[int, tuple[str, int]]
    parameters: dict[int, str]
    extensions: dict[str, int]
    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    ufrag: str
    fingerprints: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Stream:
    """What was agreed for one m-line. ``use`` none: there, but nothing flows."""

    kind: Kind
    mid: str
    use: Use
    payload_type: int
    rtx_payload_type: int | None
    clock_rate: int
    ssrc: int | None = None
    rtx_ssrc: int | None = None
    send_time_id: int = 0
    level_id: int = 0
    transport_cc_id: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """An m-line that is answered with port 0."""

    kind: str
    mid: str
    protocol: str
    formats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The m-lines in the offer's order, and the slots as pairs of indices into them (audio, video)."""

    lines: tuple[Stream | Refused, ...]
    slots: tuple[tuple[int | None, int | None], ...]


@dataclass(slots=True)
class _Draft:
    head: str
    attributes: list[tuple[str, str]] = field(default_factory=list)

    def first(self, name: str) -> str | None:
        return next((value for key, value in self.attributes if key == name), None)

    def every(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


def parse(text: str) -> Offer:
    """The offer in ``text``, or SdpInvalid."""
    if len(text) > LONGEST_OFFER:
        raise SdpInvalid("the offer is too long")
    session, drafts = _split(text)
    try:
        sections = tuple(_section(draft) for draft in drafts)
    except (ValueError, IndexError) as error:
        raise SdpInvalid("a media section cannot be read") from error
    if len({section.mid for section in sections}) != len(sections):
        raise SdpInvalid("two media sections have one mid")
    first = drafts[0]
    ufrag = first.first("ice-ufrag") or session.first("ice-ufrag") or ""
    if not _ICE_TOKEN.fullmatch(ufrag):
        raise SdpInvalid("ice-ufrag is missing or malformed")
    if (first.first("setup") or session.first("setup")) not in {"actpass", "active"}:
        raise SdpInvalid("setup must be actpass or active")
    return Offer(ufrag, _fingerprints(first.every("fingerprint") or session.every("fingerprint")), sections)


def _split(text: str) -> tuple[_Draft, list[_Draft]]:
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise SdpInvalid("the offer has too many lines")
    if not lines or lines[0] != "v=0":
        raise SdpInvalid("the offer does not begin with v=0")
    parts = [_Draft("")]
    for line in lines:
        if line.startswith("m="):
            parts.append(_Draft(line[2:]))
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            parts[-1].attributes.append((name, value))
    if not 2 <= len(parts) <= MOST_SECTIONS + 1:
        raise SdpInvalid("the offer has no media sections, or too many")
    return parts[0], parts[1:]


def _fingerprints(values: Sequence[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for value in values[:8]:
        algorithm, _, digest = value.strip().partition(" ")
        if algorithm.lower() in _DIGESTS and _FINGERPRINT.fullmatch(digest.upper()):
            found.append((algorithm.lower(), digest.upper()))
    if not found:
        raise SdpInvalid("no usable certificate fingerprint")
    return tuple(found)


def _section(draft: _Draft) -> Section:
    kind, _port, protocol, *formats = draft.head.split()
    mid = draft.first("mid") or ""
    if not _MID.fullmatch(mid) or not re.fullmatch(r"[a-z]{1,16}", kind):
        raise ValueError("mid or kind")
    if not re.fullmatch(r"[A-Z/]{1,24}", protocol):
        raise ValueError("protocol")
    names = {name for name, _ in draft.attributes}
    direction = next((d for d in ("sendonly", "recvonly", "inactive") if d in names), "sendrecv")
    return Section(
        kind=kind,
        mid=mid,
        direction=direction,
        formats=tuple(int(number) for number in formats if number.isdecimal() and len(number) <= 5),
        protocol=protocol,
        codecs=dict(_codec(value) for value in draft.every("rtpmap")),
        parameters=dict(_numbered(value) for value in draft.every("fmtp")),
        extensions={uri: number for number, uri in map(_extension, draft.every("extmap"))},
        ssrcs=_ssrcs(draft),
    )


def _numbered(value: str) -> tuple[int, str]:
    number, _, rest = value.partition(" ")
    return _payload_type(number), rest


def _payload_type(text: str) -> int:
    """RFC 5761, section 4: 64 to 95 would be taken for RTCP on one port."""
    number = int(text)
    if not 0 <= number < 128 or 64 <= number < 96:
        raise ValueError("payload type")
    return number


def _codec(value: str) -> tuple[int, tuple[str, int]]:
    number, rest = _numbered(value)
    name, rate = rest.split("/")[:2]
    return number, (name.lower(), int(rate))


def _extension(value: str) -> tuple[int, str]:
    number, uri = value.split()[:2]
    return int(number.partition("/")[0]), uri


def _ssrcs(draft: _Draft) -> tuple[int, ...]:
    """The main SSRC, then that of its retransmissions, as far as they were declared."""
    grouped = next((value.split()[1:3] for value in draft.every("ssrc-group") if value.startswith("FID ")), [])
    found = [int(number) for number in grouped]
    if not found:
        found = [int(value.split()[0]) for value in draft.every("ssrc")][:1]
    if any(not 0 < ssrc <= 0xFFFFFFFF for ssrc in found):
        raise ValueError("ssrc")
    return tuple(found)


def agree(offer: Offer, *, publish: bool, subscribe: bool) -> Agreement:
    """What flows where: the first sound and picture that the person would send, the rest are slots."""
    taken: set[str] = set()
    lines: list[Stream | Refused] = []
    halves: dict[str, list[int]] = {"audio": [], "video": []}
    for index, section in enumerate(offer.sections):
        line = _line(section)
        if isinstance(line, Stream):
            sends = section.direction in {"sendonly", "sendrecv"}
            if sends and publish and section.kind not in taken:
                taken.add(section.kind)
                line = _published(line, section)
            elif section.direction == "recvonly" and subscribe:
                line = _slot(line, section)
                halves[section.kind].append(index)
        lines.append(line)
    if not any(isinstance(line, Stream) for line in lines):
        raise SdpInvalid("neither Opus nor VP8 is offered")
    return Agreement(tuple(lines), _pairs(halves))


def _pairs(halves: dict[str, list[int]]) -> tuple[tuple[int | None, int | None], ...]:
    audio, video = halves["audio"], halves["video"]
    count = max(len(audio), len(video))
    return tuple((audio[i] if i < len(audio) else None, video[i] if i < len(video) else None) for i in range(count))


def _line(section: Section) -> Stream | Refused:
    wanted = _CODEC.get(section.kind)
    chosen = next((number for number in section.formats if section.codecs.get(number) == wanted), None)
    if wanted is None or chosen is None or section.protocol != "UDP/TLS/RTP/SAVPF":
        return Refused(section.kind, section.mid, section.protocol, section.formats[:1])
    rtx = next(
        (
            number
            for number in section.formats
            if section.codecs.get(number, ("", 0))[0] == "rtx"
            and re.match(rf"apt={chosen}(?:;|$)", section.parameters.get(number, ""))
        ),
        None,
    )
    kind: Kind = "video" if section.kind == "video" else "audio"
    return Stream(kind, section.mid, "none", chosen, rtx, wanted[1])


def _identifier(section: Section, uri: str) -> int:
    """The extension's number if a one-byte header can carry it, else 0."""
    number = section.extensions.get(uri, 0)
    return number if 1 <= number <= 14 else 0


def _published(stream: Stream, section: Section) -> Stream:
    return replace(
        stream,
        use="publish",
        ssrc=section.ssrcs[0] if section.ssrcs else None,
        rtx_ssrc=section.ssrcs[1] if len(section.ssrcs) > 1 else None,
        transport_cc_id=_identifier(section, rtp.TRANSPORT_CC),
        level_id=_identifier(section, rtp.AUDIO_LEVEL) if stream.kind == "audio" else 0,
    )


def _slot(stream: Stream, section: Section) -> Stream:
    video = stream.kind == "video"
    return replace(
        stream,
        use="slot",
        send_time_id=_identifier(section, rtp.ABS_SEND_TIME) if video else 0,
        level_id=0 if video else _identifier(section, rtp.AUDIO_LEVEL),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where and as whom the worker answers: what changes at an ICE restart, and what every answer repeats."""

    ufrag: str
    password: str
    addresses: tuple[tuple[str, int], ...]
    fingerprint: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sender:
    """The SSRCs under which a slot's half is sent."""

    slot: int
    ssrc: int
    rtx_ssrc: int


def answer(agreement: Agreement, senders: dict[int, Sender], place: Place, version: int) -> str:
    """The answer's text. ``senders``: by index of the line, one for each half of a slot."""
    bundled = [line.mid for line in agreement.lines if isinstance(line, Stream)]
    out = [
        "v=0", f"o=- 1 {version} IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite",
        "a=group:BUNDLE " + " ".join(bundled), "a=msid-semantic: WMS *",
    ]  # fmt: skip
    tagged = False
    for index, line in enumerate(agreement.lines):
        if isinstance(line, Refused):
            out += _refusal(line)
            continue
        out += _transport(line, place, first=not tagged)
        out += _media(line)
        out += _direction(line, senders.get(index))
        tagged = True
    return "\r\n".join(out) + "\r\n"


def _refusal(line: Refused) -> list[str]:
    formats = " ".join(map(str, line.formats)) or "0"
    return [f"m={line.kind} 0 {line.protocol} {formats}", "c=IN IP4 0.0.0.0", "a=inactive", f"a=mid:{line.mid}"]


def _transport(line: Stream, place: Place, *, first: bool) -> list[str]:
    formats = [line.payload_type] + ([line.rtx_payload_type] if line.rtx_payload_type is not None else [])
    host, port = place.addresses[0] if first else ("0.0.0.0", 9)  # noqa: S104 - SDP's "none", nothing is bound
    family = "IP6" if ":" in host else "IP4"
    out = [
        f"m={line.kind} {port} UDP/TLS/RTP/SAVPF {' '.join(map(str, formats))}",
        f"c=IN {family} {host}",
        "a=rtcp:9 IN IP4 0.0.0.0",
    ]
    if first:
        for rank, (address, at) in enumerate(place.addresses):
            # RFC 8445, section 5.1.2: host preference, then the order in which the operator named them.
            priority = 126 << 24 | (65535 - rank) << 8 | 255
            out.append(f"a=candidate:{rank + 1} 1 udp {priority} {address} {at} typ host")
        out.append("a=end-of-candidates")
    algorithm, digest = place.fingerprint
    return [
        *out,
        f"a=ice-ufrag:{place.ufrag}",
        f"a=ice-pwd:{place.password}",
        f"a=fingerprint:{algorithm} {digest}",
        "a=setup:passive",
        f"a=mid:{line.mid}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
    ]


def _media(line: Stream) -> list[str]:
    number = line.payload_type
    if line.kind == "audio":
        out = [f"a=rtpmap:{number} opus/48000/2", f"a=fmtp:{number} {_OPUS_PARAMETERS}"]
    else:
        out = [f"a=rtpmap:{number} VP8/90000"]
        out += [f"a=rtcp-fb:{number} {what}" for what in ("nack", "nack pli", "ccm fir", "goog-remb")]
        if line.rtx_payload_type is not None:
            out += [f"a=rtpmap:{line.rtx_payload_type} rtx/90000", f"a=fmtp:{line.rtx_payload_type} apt={number}"]
    if line.transport_cc_id:
        out += [f"a=rtcp-fb:{number} transport-cc", f"a=extmap:{line.transport_cc_id} {rtp.TRANSPORT_CC}"]
    if line.level_id:
        out.append(f"a=extmap:{line.level_id} {rtp.AUDIO_LEVEL}")
    if line.send_time_id:
        out.append(f"a=extmap:{line.send_time_id} {rtp.ABS_SEND_TIME}")
    return out


def _direction(line: Stream, sender: Sender | None) -> list[str]:
    if line.use == "publish":
        return ["a=recvonly"]
    if line.use == "none" or sender is None:
        return ["a=inactive"]
    name = f"slot{sender.slot}"
    ssrcs = [sender.ssrc]
    out = ["a=sendonly", f"a=msid:{name} {name}-{line.kind}"]
    if line.rtx_payload_type is not None:
        ssrcs.append(sender.rtx_ssrc)
        out.append(f"a=ssrc-group:FID {sender.ssrc} {sender.rtx_ssrc}")
    return out + [f"a=ssrc:{ssrc} cname:{name}" for ssrc in ssrcs]
