"""What the worker refuses, one table: code, HTTP status, sentence. Codes are stable.

A refusal changes nothing. 409 means that somebody or something newer is there: do not try again by yourself.
"""

from __future__ import annotations

_TABLE: dict[str, tuple[int, str]] = {
    "secret_wrong": (401, "The control secret is missing or wrong."),
    "body_invalid": (400, "The body is not what this request needs."),
    "generation_lower": (409, "The call is at a higher generation already."),
    "admission_over": (409, "This admission has been ended; a new one has a higher number."),
    "call_unknown": (404, "No such call is open here."),
    "call_full": (409, "Nobody more can be seen by everybody in this call."),
    "calls_full": (429, "This worker has as many calls or people as it takes."),
    "person_unknown": (403, "This person has not been let into the call."),
    "peer_unknown": (404, "No such peer; make a new offer."),
    "peer_replaced": (409, "Another device of this person has taken over."),
    "peer_removed": (403, "This person was let out of the call."),
    "sdp_invalid": (400, "The offer cannot be answered."),
    "too_many_offers": (429, "Too many offers in a short time; wait a little."),
    "token_forged": (401, "The token is not genuine."),
    "token_expired": (401, "The token has expired or is not valid yet."),
    "token_audience": (403, "The token is for something else."),
    "token_wrong_call": (403, "The token is for another call."),
    "token_old_generation": (409, "The token is from before a switch; ask for a new one."),
    "token_old_device": (409, "Another device of this person has taken over."),
    "token_role": (403, "The token's role is not the one that this person was let in with."),
    "token_removed": (403, "The token is from an admission that has ended."),
    "token_replayed": (401, "The token was used before; ask for a new one."),
}


class Refusal(Exception):
    """Refused by ``code``, which must be in the table. ``detail`` holds nothing of the request."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.status, self.title = _TABLE[code]
        self.detail = detail
        super().__init__(code)

    def problem(self) -> dict[str, object]:
        """The body of application/problem+json (RFC 9457)."""
        body: dict[str, object] = {
            "type": "about:blank", "title": self.title, "status": self.status, "code": self.code,
        }  # fmt: skip
        return body | ({"detail": self.detail} if self.detail else {})
