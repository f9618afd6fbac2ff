"""Filling the account with incidents of the past, fast."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .assignment import assign, on_level
from .incidents import new
from .things import Json, iso

if TYPE_CHECKING:
    from .state import PagerDutyState

_SECONDS_TO_ACKNOWLEDGE = 120
_SECONDS_TO_RESOLVE = 1800


def add_incidents(  # noqa: PLR0913 - a table's columns
    state: PagerDutyState,
    count: int,
    service: str,
    *,
    days: float,
    status: str,
    urgency: str,
    title: str,
) -> list[Json]:
    """Add incidents; see `PagerDutyState.seed_incidents`."""
    named = state.services[service]
    assignment = on_level(state, named["escalation_policy"], 1)
    step = timedelta(days=days) / max(count, 1)
    first = datetime.now(UTC) - timedelta(days=days)
    wanted: Json = {"title": title, "urgency": urgency}
    made = []
    for number in range(count):
        incident = new(state, wanted, named, state.next_id("key"))
        assign(incident, assignment)
        _live(state, incident, first + number * step, status)
        state.incidents[incident["id"]] = incident
        made.append(incident)
    return made


def _live(state: PagerDutyState, incident: Json, begun: datetime, status: str) -> None:
    at, by = iso(begun), incident["assignments"][0]["assignee"]
    title = f"{incident['title']} {incident['incident_number']}"
    incident |= {"title": title, "description": title, "created_at": at, "updated_at": at}
    incident |= {"summary": f"[#{incident['incident_number']}] {title}"}
    _log(state, incident, "trigger", at, incident["service"])
    if status == "triggered":
        return
    at = iso(begun + timedelta(seconds=_SECONDS_TO_ACKNOWLEDGE))
    incident |= {"status": "acknowledged", "acknowledgements": [{"at": at, "acknowledger": by}]}
    _log(state, incident, "acknowledge", at, by)
    if status == "resolved":
        at = iso(begun + timedelta(seconds=_SECONDS_TO_RESOLVE))
        incident |= {"status": "resolved", "acknowledgements": [], "assignments": []}
        incident["resolved_at"] = at
        _log(state, incident, "resolve", at, by)


def _log(state: PagerDutyState, incident: Json, kind: str, at: str, by: Json) -> None:
    incident |= {"last_status_change_at": at, "last_status_change_by": by, "updated_at": at}
    state.log(incident, kind, created_at=at, agent=by)
