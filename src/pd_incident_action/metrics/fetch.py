"""Reading what became of incidents, with as few requests as will do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.errors import ActionError
from pd_incident_action.http.concurrency import map_concurrently
from pd_incident_action.inputs.intervals import parse_iso
from pd_incident_action.pagerduty.incident_history import History

from .lifecycle import Timeline, timeline_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pd_incident_action.config.model import Config
    from pd_incident_action.inputs.intervals import Interval
    from pd_incident_action.pagerduty.client import Json, PagerDuty


def read_timelines(
    pagerduty: PagerDuty, period: Interval, service_ids: Sequence[str], config: Config
) -> list[Timeline]:
    """Read what became of the incidents of a period.

    First acknowledgements come from the account's log of the period, a hundred entries a request;
    only what changed after the period is looked up in an incident's own log.

    Args:
        pagerduty: PagerDuty's REST API.
        period: when they began.
        service_ids: PagerDuty's ids of the services that they are about; none for all.
        config: the configuration file, for the targets.

    Returns:
        The incidents' courses, oldest first.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    history = History(pagerduty)
    incidents = history.incidents(period, service_ids)
    if not incidents:
        return []
    first = history.first_acknowledgements(period)
    changed_later = [
        str(incident["id"])
        for incident in incidents
        if incident["id"] not in first and _changed_after(incident, period.end)
    ]
    first |= first_acknowledgements_of(history, changed_later)
    timelines = [timeline_of(one, first.get(str(one["id"])), config) for one in incidents]
    return [one for one in timelines if one is not None and period.contains(one.began)]


def first_acknowledgements_of(history: History, incident_ids: Sequence[str]) -> dict[str, datetime]:
    """Look up when some incidents were first acknowledged, each in its own log.

    Args:
        history: PagerDuty's logs.
        incident_ids: PagerDuty's ids.

    Returns:
        Moments by id; those that never were are left out.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    if not incident_ids:
        return {}
    found: dict[str, datetime] = {}
    results = map_concurrently(history.first_acknowledgement, incident_ids)
    for incident_id, result in zip(incident_ids, results, strict=True):
        if isinstance(result, ActionError):
            raise result
        if result is not None:
            found[incident_id] = result
    return found


def _changed_after(incident: Json, until: datetime) -> bool:
    changed = parse_iso(incident.get("last_status_change_at"))
    return changed is None or changed > until
