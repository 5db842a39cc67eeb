"""What an administrator can have done, by name: the command line, its socket and the admin page use these and no
others, so each of them does the same, with the same checks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from gateway.operations import (
    checking,
    events,
    exporting,
    issued,
    keeping,
    losses,
    mail,
    mailsample,
    policies,
    providers,
    reasons,
    recording,
    records,
    rehearsals,
    retention,
    rosters,
    staff,
)
from gateway.operations.call import Call
from gateway.problems import Problem

if TYPE_CHECKING:
    from gateway.house import House

Operation = Callable[[Call], Awaitable[dict[str, Any]]]

OPERATIONS: Mapping[str, Operation] = {
    "event-create": events.create,
    "event-list": events.listing,
    "event-show": events.show,
    "provider-switch": providers.switch,
    "provider-list": providers.listing,
    "provider-check": checking.check,
    "provider-confirm": providers.confirm,
    "links-import": issued.import_links,
    "failover": providers.failover,
    "policy-explain": policies.show,
    "policy-set": policies.change,
    "notice-set": policies.change_notice,
    "roster-import": rosters.import_roster,
    "invites": rosters.invites,
    "invite-reissue": rosters.reissue,
    "sheet": rosters.sheet,
    "mail-preview": mail.preview,
    "mail-sample": mailsample.sample,
    "mail-send": mail.send,
    "mail-status": mail.status,
    "mail-bounce": mail.bounce,
    "export": exporting.export,
    "attendance": records.show_attendance,
    "attendance-page": recording.show_page,
    "why": reasons.explain,
    "staff-link": staff.link,
    "staff-list": staff.listing,
    "staff-revoke": staff.revoke,
    "rehearsal": rehearsals.show,
    "rehearse": rehearsals.rehearse,
    "rehearse-remove": rehearsals.remove,
    "retention-run": retention.run_retention,
    "loss-show": losses.show_loss,
    "loss-accept": losses.accept_loss,
    "hold": retention.set_hold,
    "retention-show": keeping.show,
    "purge-now": keeping.purge_now,
    "disclose": retention.disclose,
    "keys-rotate": records.rotate_keys,
    "keys-show": records.show_keys,
    "verify": records.verify,
}


async def run(
    house: House,
    name: str,
    args: Mapping[str, Any],
    *,
    actor: str = "cli",
    language: str = "ja",
    command_id: str = "",
) -> dict[str, Any]:
    """Do one operation. Problem, Refused, errors of the journal; see ``problems.from_error``."""
    operation = OPERATIONS.get(name)
    if operation is None:
        raise Problem("unknown_operation")
    return await operation(Call(house, args, actor, language, command_id))


__all__ = ["OPERATIONS", "Call", "Operation", "run"]
