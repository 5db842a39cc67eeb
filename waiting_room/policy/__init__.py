"""The rules of an event: what one policy document says, as frozen objects.

What a person writes is checked against ``schema/policy.json``, in minutes, where it comes in
(``gateway/policyfile.py``). What the journal holds is that same policy in seconds, and is only read here. A journal may
hold a document that a later release wrote, so reading is total: a key that is not known is left alone, and a value of
the wrong kind counts as not given.
"""

from __future__ import annotations

from waiting_room.policy.document import SECOND, Policy
from waiting_room.policy.parts import Booking, ConsentDocument, Cutoff, Declaration, OpeningHours

__all__ = ["SECOND", "Booking", "ConsentDocument", "Cutoff", "Declaration", "OpeningHours", "Policy"]
