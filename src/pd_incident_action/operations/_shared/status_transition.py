"""Giving one incident, several, or all that a service has open another status.

https://developer.pagerduty.com/api-reference/b3A6Mjc0ODE0MA-manage-incidents
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.errors import ActionError, NotApplicable
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.operations._shared.single_incident import incidents_response
from pd_incident_action.pagerduty.models import PagerDutyIncident

from .incident_selection import fetch_selected
from .single_incident import describe_state
from .status_requests import Change, send_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pd_incident_action.operations.base import OperationContext

    from .incident_selection import IncidentSelection

__all__ = ["Change", "change_status", "refetch_selected"]


def change_status(
    request: IncidentSelection, tools: OperationContext, change: Change
) -> tuple[Outcome, tuple[Incident, ...]]:
    """Give the chosen incidents another status; those that have it already are left alone.

    Args:
        request: which incidents.
        tools: PagerDuty's REST API.
        change: the status.

    Returns:
        What came of it, and those that this run changed.

    Raises:
        ActionError: there is no such incident, the only one can't have that status, or PagerDuty
            refused or wasn't reached before anything was changed.
    """
    before = fetch_selected(request, tools)
    if not before:
        return Outcome(message=f"Nothing to do: there are no {request.humanize[4:]}."), ()
    wanted, impossible = _sort_out(before, change)
    progress = send_status(wanted, tools, change)
    failures = (*impossible, *progress.failures)
    if failures and len(before) == 1:
        raise failures[0]
    results = [progress.now.get(json.id, json) for json in before]
    changed = tuple(json.to_incident() for json in results if json.id in progress.changed)
    return _outcome(results, changed, change, failures), changed


def _sort_out(
    before: Sequence[PagerDutyIncident], change: Change
) -> tuple[list[PagerDutyIncident], list[ActionError]]:
    """Give those to be changed, and why others can't be."""
    wanted: list[PagerDutyIncident] = []
    impossible: list[ActionError] = []
    for json in before:
        if json.status in change.enough:
            continue
        try:
            change.check(json)
        except NotApplicable as error:
            impossible.append(error)
        else:
            wanted.append(json)
    return wanted, impossible


def _outcome(
    results: Sequence[PagerDutyIncident],
    changed: Sequence[Incident],
    change: Change,
    failures: tuple[ActionError, ...],
) -> Outcome:
    incidents = [json.to_incident() for json in results]
    several = len(incidents) > 1
    left_alone = [one for one in incidents if one not in changed and one.status in change.enough]
    return Outcome(
        message=_message(incidents, changed, left_alone, change),
        incident=incidents[0],
        others=tuple(incidents[1:]),
        dedup_key=incidents[0].dedup_key,
        response=incidents_response(results),
        lines=tuple(_line(one, left_alone) for one in incidents) if several else (),
        failures=failures,
    )


def _line(incident: Incident, left_alone: Sequence[Incident]) -> str:
    if incident in left_alone:
        return f"{incident.name} is already {incident.status}."
    return f"{describe_state(incident)}."


def _message(
    incidents: Sequence[Incident],
    changed: Sequence[Incident],
    left_alone: Sequence[Incident],
    change: Change,
) -> str:
    word = change.done.capitalize()
    if len(incidents) == 1:
        (incident,) = incidents
        if changed:
            return f"{word} incident {incident.name}."
        return f"Nothing to do: incident {incident.name} is already {incident.status}."
    if len(left_alone) == len(incidents):
        return f"Nothing to do for any of the {len(incidents)} incidents."
    also = f"; nothing to do for {len(left_alone)}" if left_alone else ""
    return f"{word} {len(changed)} of {len(incidents)} incidents{also}."


def refetch_selected(request: IncidentSelection, tools: OperationContext) -> Outcome | None:
    """Look at the chosen incidents after an interrupted run.

    Args:
        request: which.
        tools: PagerDuty's REST API.

    Returns:
        The incidents as they are, or None where a service has none open any more.

    Raises:
        ActionError: PagerDuty refused or wasn't reached.
    """
    found = fetch_selected(request, tools)
    if not found:
        return None
    incidents = [json.to_incident() for json in found]
    return Outcome(
        message=" ".join(f"Incident {describe_state(one)}." for one in incidents),
        incident=incidents[0],
        others=tuple(incidents[1:]),
        dedup_key=incidents[0].dedup_key,
        response=incidents_response(found),
    )
