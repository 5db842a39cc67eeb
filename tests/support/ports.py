"""Ports for servers that have to know theirs before they listen.

What the kernel gives for port 0 lies where it also takes the ports of outgoing connections from: once let go, the next
connection of a test beside this one may have it. So these lie below that range (ip(7), ``ip_local_port_range``).
"""

from __future__ import annotations

import os
import random
import socket
from pathlib import Path

HOST = "127.0.0.1"
LOWEST = 15_000  # above what services commonly have
TRIES = 1_000
BESIDE = 8  # workers of pytest that draw from ports of their own: what one has drawn it will listen at in a moment
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


_drawn: set[int] = set()


def a_free_port() -> int:
    """One that nobody listens at now, that no outgoing connection will be given, and that nobody else was told of."""
    highest = int(_RANGE.read_text().split()[0]) - 1 if _RANGE.exists() else 32_000
    mine = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % BESIDE
    for _ in range(TRIES):
        port = random.SystemRandom().randint(LOWEST, max(LOWEST, highest))
        if port % BESIDE != mine or port in _drawn:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            _drawn.add(port)
            return port
    raise OSError("no port is free")
