"""Bounds of what an engine takes in, the same for all of them."""

from __future__ import annotations

from waiting_room.journal.port import MAX_BATCH_BYTES, MAX_BATCH_ENTRIES, Batch, TooLarge

MAX_COMMAND_ID = 128  # characters, from the port
MAX_NAME = 256  # bytes of an event, stream, collection or document id: ours are under 64


def measure(batch: Batch, command_id: str) -> int:
    """Bytes of the batch. TooLarge beyond a bound; UnicodeEncodeError for a name without UTF-8, before anything is
    queued."""
    if not 1 <= len(command_id) <= MAX_COMMAND_ID:
        raise TooLarge(f"a command id has 1 to {MAX_COMMAND_ID} characters")
    command_id.encode()
    if len(batch.drafts) > MAX_BATCH_ENTRIES:
        raise TooLarge(f"more than {MAX_BATCH_ENTRIES} entries in a batch")
    size = 0
    for draft in batch.drafts:
        bound_name("stream", draft.stream)
        size += len(draft.body) + len(draft.private or b"")
    for one in batch.documents:
        bound_name("collection", one.collection)
        bound_name("id", one.id)
        size += len(one.body or b"")
    if size > MAX_BATCH_BYTES:
        raise TooLarge(f"more than {MAX_BATCH_BYTES} bytes in a batch")
    return size


def bound_name(what: str, name: str) -> None:
    """TooLarge when a name is longer than any of ours."""
    if len(name.encode()) > MAX_NAME:
        raise TooLarge(f"{what}: more than {MAX_NAME} bytes")
