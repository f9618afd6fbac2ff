"""Filling the account with incidents of the past, fast."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .incident_log import log
from .incidents import new_incident
from .lifecycle import assign, assign_level
from .objects import Json, iso
from .state import PagerDutyState

_SECONDS_TO_ACKNOWLEDGE = 120
_SECONDS_TO_RESOLVE = 1800


def seed_incidents(  # noqa: PLR0913 - a table's columns
    state: PagerDutyState,
    count: int,
    service: str = "PSVC001",
    *,
    days: float = 30,
    status: str = "resolved",
    urgency: str = "high",
    title: str = "Seeded",
) -> list[Json]:
    """Add many incidents at once, spread evenly over the days before now.

    Args:
        state: the account.
        count: how many.
        service: id of their service.
        days: how long ago the first of them began.
        status: the status of them all; those past triggered were acknowledged after 2 minutes,
            and resolved after 30.
        urgency: the urgency of them all.
        title: what their titles begin with; their numbers follow.

    Returns:
        The incidents, oldest first.
    """
    with state.lock:
        owner = state.services[service]
        assignment = assign_level(state, owner["escalation_policy"], 1)
        step = timedelta(days=days) / max(count, 1)
        first = datetime.now(UTC) - timedelta(days=days)
        incidents = []
        for number in range(count):
            body = {"title": title, "urgency": urgency}
            incident = new_incident(state, body, owner, state.next_id("key"))
            assign(incident, assignment)
            _run_through(state, incident, first + number * step, status)
            state.incidents[incident["id"]] = incident
            incidents.append(incident)
        return incidents


def _run_through(state: PagerDutyState, incident: Json, begun: datetime, status: str) -> None:
    at, user = iso(begun), incident["assignments"][0]["assignee"]
    title = f"{incident['title']} {incident['incident_number']}"
    incident |= {"title": title, "description": title, "created_at": at, "updated_at": at}
    incident |= {"summary": f"[#{incident['incident_number']}] {title}"}
    _log(state, incident, "trigger", at, incident["service"])
    log(state, incident, "assign", created_at=at, agent=incident["service"], assignees=[user])
    if status == "triggered":
        return
    at = iso(begun + timedelta(seconds=_SECONDS_TO_ACKNOWLEDGE))
    incident |= {"status": "acknowledged", "acknowledgements": [{"at": at, "acknowledger": user}]}
    _log(state, incident, "acknowledge", at, user)
    if status == "resolved":
        at = iso(begun + timedelta(seconds=_SECONDS_TO_RESOLVE))
        incident |= {"status": "resolved", "acknowledgements": [], "assignments": []}
        incident["resolved_at"] = at
        _log(state, incident, "resolve", at, user)


def _log(state: PagerDutyState, incident: Json, kind: str, at: str, agent: Json) -> None:
    incident |= {"last_status_change_at": at, "last_status_change_by": agent, "updated_at": at}
    log(state, incident, kind, created_at=at, agent=agent)
