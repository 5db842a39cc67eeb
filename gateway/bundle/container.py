"""The file around a bundle's members: a ZIP archive without compression, of which each byte follows from the members.

Anybody can open it with what their machine has. There is exactly one spelling: a fixed time, fixed rights, no comment,
no extra fields, the members in their order. So a reader makes the file anew from what it read and compares, and no byte
is left in which something could be hidden. The format is APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from zlib import crc32

MAX_FILE_BYTES = 512 * 2**20  # an event of 200,000 entries of 500 bytes with its payloads, four times over
MAX_NAME_BYTES = 100  # the longest of ours has 20

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_VERSION = 20  # 2.0, the first that every program reads
_MADE_BY = 3 << 8 | _VERSION  # Unix, so that the rights below mean something
_DAY = 1 << 5 | 1  # 1980-01-01, the first day that the format knows
_RIGHTS = 0o100644 << 16


class Torn(Exception):
    """Not a file that ``pack`` writes. ``offset``: the first byte where it is not."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"byte {offset}")
        self.offset = offset


def pack(members: Mapping[str, bytes]) -> bytes:
    """The file. The same members in the same order give the same bytes. ValueError beyond MAX_FILE_BYTES."""
    if sum(len(content) for content in members.values()) > MAX_FILE_BYTES:
        raise ValueError(f"larger than {MAX_FILE_BYTES} bytes")
    local, central = bytearray(), bytearray()
    for name, content in members.items():
        written = name.encode("ascii")
        check, size, place = crc32(content), len(content), len(local)
        local += _LOCAL.pack(b"PK\3\4", _VERSION, 0, 0, 0, _DAY, check, size, size, len(written), 0) + written + content
        central += _CENTRAL.pack(
            b"PK\1\2", _MADE_BY, _VERSION, 0, 0, 0, _DAY, check, size, size, len(written), 0, 0, 0, 0, _RIGHTS, place
        ) + written  # fmt: skip
    count = len(members)
    end = _END.pack(b"PK\5\6", 0, 0, count, count, len(central), len(local), 0)
    return bytes(local + central + end)


def unpack(data: bytes) -> dict[str, bytes]:
    """The members, in order, as their headers say. Torn where the file cannot be walked: at the byte that the directory
    at its end shows to be wrong, if that one leads to the members. Whether the bytes around them are those of ``pack``
    is for ``differs`` to say, once the members are known to be good."""
    try:
        return _by_headers(data)
    except Torn as torn:
        listed = _by_directory(data)
        at = differs(data, listed) if listed else None
        raise Torn(torn.offset if at is None else at) from torn


def _by_headers(data: bytes) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    place = 0
    while data[place : place + 4] != b"PK\1\2":
        name, begins, ends = _walk(data, place)
        if name in members:
            raise Torn(place)
        members[name] = data[begins:ends]
        place = ends
    return members


def _by_directory(data: bytes) -> dict[str, bytes]:
    """The members as the directory says; none where it cannot be read."""
    members: dict[str, bytes] = {}
    try:
        *_, place, _ = _END.unpack_from(data, len(data) - _END.size)
        while data[place : place + 4] == b"PK\1\2":
            *_, size, length, _, _, _, _, _, begins = _CENTRAL.unpack_from(data, place)
            name = data[place + _CENTRAL.size : place + _CENTRAL.size + length].decode("ascii")
            begins += _LOCAL.size + length
            members[name] = data[begins : begins + size]
            place += _CENTRAL.size + length
    except (struct.error, UnicodeDecodeError):
        return {}
    return members


def differs(data: bytes, members: Mapping[str, bytes]) -> int | None:
    """The first byte that is not as ``pack`` would have it; None when each is."""
    return first_difference(data, pack(members))


def first_difference(one: bytes, other: bytes) -> int | None:
    """Where two texts begin to differ, None where they do not."""
    if one == other:
        return None
    low, high = 0, min(len(one), len(other))
    while low < high:  # the longest common beginning, by halves
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def place_of(data: bytes, member: str) -> int:
    """At which byte of the file a member's content begins. Torn."""
    place = 0
    while True:
        name, begins, ends = _walk(data, place)
        if name == member:
            return begins
        place = ends


def _walk(data: bytes, place: int) -> tuple[str, int, int]:
    """(name, begin and end of the content) of the member whose header stands here."""
    try:
        mark, *_, size, length, more = _LOCAL.unpack_from(data, place)
    except struct.error as error:
        raise Torn(min(place, len(data))) from error
    begins = place + _LOCAL.size + length
    if mark != b"PK\3\4" or more or not 0 < length <= MAX_NAME_BYTES or begins + size > len(data):
        raise Torn(place)
    try:
        return data[place + _LOCAL.size : begins].decode("ascii"), begins, begins + size
    except UnicodeDecodeError as error:
        raise Torn(place + _LOCAL.size) from error
