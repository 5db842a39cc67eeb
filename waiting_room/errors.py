"""Refusals of the core.

Refused is the only thing that ``decide`` raises. Its code is stable and is what the wire, the pages and the tests
know it by; the sentence for the person is made by the gateway from the code, in the person's language.
"""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """The command is not possible now; nothing was changed."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details: Mapping[str, object] = details  # JSON values without personal data


class Malformed(ValueError):
    """Bytes that are no entry, policy or roster of ours. ``path`` says where, as a JSON pointer."""

    def __init__(self, sentence: str, path: str = "") -> None:
        super().__init__(f"{path}: {sentence}" if path else sentence)
        self.path, self.sentence = path, sentence
