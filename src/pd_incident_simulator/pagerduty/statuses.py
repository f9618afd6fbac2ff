"""The status of an incident: triggered, acknowledged, resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .record import log, resolve_alerts
from .things import Json, now

if TYPE_CHECKING:
    from .state import PagerDutyState

STATUSES = ("triggered", "acknowledged", "resolved")
_LOGGED = {"acknowledged": "acknowledge", "resolved": "resolve", "triggered": "unacknowledge"}


def set_status(
    state: PagerDutyState, incident: Json, status: str, by: Json, resolution: str = ""
) -> None:
    """Give an incident another status, and log it.

    Args:
        state: the account.
        incident: the incident; it is changed in place.
        status: the new status.
        by: reference to the user or service whose doing it is.
        resolution: what is said of the solution; it is only kept in the log.
    """
    at, reopens = now(), incident["status"] == "resolved"
    incident |= {"status": status, "last_status_change_at": at, "last_status_change_by": by}
    taken = [{"at": at, "acknowledger": by}] if status == "acknowledged" else []
    incident |= {"updated_at": at, "acknowledgements": taken, "pending_actions": []}
    incident.pop("resolved_at", None)
    if status == "resolved":
        incident |= {"assignments": [], "resolved_at": at}
        resolve_alerts(state, incident)
    if reopens:
        log(state, incident, "reopen")
    if not (reopens and status == "triggered"):
        said = {"channel": {"type": "note", "summary": resolution}} if resolution else {}
        log(state, incident, _LOGGED[status], **said)
