"""One owner per journal file: a lock of the kernel on a sibling file, gone with the process that held it.

SQLite's own locks would let a second process write between two of our transactions and make the heads that the
first holds in memory wrong. So the whole file belongs to one process, from open to close.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from waiting_room.journal.port import JournalError


class Owned(JournalError):
    """Another process owns this journal: go through its socket, or stop it first."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name} belongs to another running process; go through its socket or stop it first")


class OwnerLock:
    """Held from construction to ``release``. The lock file stays: removing it would let two owners in, one on the
    old inode and one on the new."""

    def __init__(self, journal: Path) -> None:
        self._fd = os.open(f"{journal}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._fd)
            raise Owned(journal) from error

    def release(self) -> None:
        """Idempotent."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
