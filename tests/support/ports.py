"""Ports for servers that have to know theirs before they listen.

What the kernel gives for port 0 lies where it also takes the ports of outgoing connections from: once let go, the next
connection of a test beside this one may have it. So these lie below that range (ip(7), ``ip_local_port_range``).
"""

from __future__ import annotations

import random
import socket
from pathlib import Path

HOST = "127.0.0.1"
LOWEST = 15_000  # above what services commonly have
TRIES = 100
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def a_free_port() -> int:
    """One that nobody listens at now, and that no outgoing connection will be given."""
    highest = int(_RANGE.read_text().split()[0]) - 1 if _RANGE.exists() else 32_000
    for _ in range(TRIES):
        port = random.SystemRandom().randint(LOWEST, max(LOWEST, highest))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise OSError("no port is free")
