"""Snoozing an incident: it stays acknowledged, and wakes later.

https://developer.pagerduty.com/api-reference/ under Incidents, Snooze an Incident.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .record import log
from .statuses import set_status
from .things import Json, RefusedError, invalid, iso, now, reference

if TYPE_CHECKING:
    from .state import PagerDutyState

_LONGEST = 604_800


def snooze(state: PagerDutyState, incident: Json, duration: object, requester: Json) -> None:
    """Snooze an incident.

    Args:
        state: the account.
        incident: the incident; it is changed in place.
        duration: seconds, 1 to 604,800 (a week).
        requester: the user who asks.

    Raises:
        RefusedError: the duration is wrong, or the incident is resolved.
    """
    if type(duration) is not int or not 1 <= duration <= _LONGEST:
        raise invalid(f"Duration must be an integer from 1 to {_LONGEST}")
    if incident["status"] == "resolved":
        raise RefusedError(1001, "Incident Already Resolved")
    by = reference(requester)
    if incident["status"] == "triggered":
        set_status(state, incident, "acknowledged", by)
    due = [{"type": "unacknowledge", "at": iso(datetime.now(UTC) + timedelta(seconds=duration))}]
    incident |= {"pending_actions": due, "updated_at": now()}
    log(state, incident, "snooze", agent=by, changed_actions=due)
