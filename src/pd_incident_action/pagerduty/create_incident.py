"""Opening an incident exactly once, whatever gets lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiRejected
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import PagerDutyIncident

from .polling import wait_for_incident

if TYPE_CHECKING:
    from .client import Json, PagerDuty

_ARGUMENTS = 2002
_KEY_IN_USE = "matching dedup key"
_APPEARS_WITHIN = 3.0
# An incident that was opened this recently, after a lost answer, is the one we asked for.
_JUST_NOW = timedelta(minutes=5)


def create_idempotently(
    pagerduty: PagerDuty, incident: Json, seconds: float
) -> tuple[PagerDutyIncident, bool]:
    """Open an incident unless it is open already.

    Args:
        pagerduty: the REST API.
        incident: what to open, with its ``incident_key``.
        seconds: how long to look for one that is there already, at most.

    Returns:
        The incident, and whether this run opened it.

    Raises:
        ApiError: nobody was paged.
    """
    try:
        return Incidents(pagerduty).create(incident), True
    except ApiRejected as error:
        if not _is_key_in_use(error):
            raise
        existing = _existing(pagerduty, incident, min(_APPEARS_WITHIN, seconds))
        if existing:
            return existing, error.attempts > 1 and _is_fresh(existing)
        if error.code == _ARGUMENTS and _KEY_IN_USE not in str(error):
            raise
    # It was open when PagerDuty looked and is resolved by now: this is a new wish to page.
    return Incidents(pagerduty).create(incident), True


def _is_key_in_use(error: ApiRejected) -> bool:
    """Tell whether PagerDuty refused because an open incident has the key.

    The code stands for other arguments, too, and the words may change: either is a hint.
    """
    return error.code == _ARGUMENTS or _KEY_IN_USE in str(error)


def _existing(pagerduty: PagerDuty, incident: Json, seconds: float) -> PagerDutyIncident | None:
    service = incident["service"]["id"]
    return wait_for_incident(
        pagerduty,
        incident["incident_key"],
        lambda json: json.to_incident().service_id == service,
        only_open=True,
        seconds=seconds,
    )


def _is_fresh(json: PagerDutyIncident) -> bool:
    """Tell whether an incident is one that we opened ourselves, without hearing the answer."""
    try:
        created = datetime.fromisoformat(json.to_incident().created_at)
    except ValueError:
        return True
    if created.tzinfo is None:
        created = created.replace(tzinfo=UTC)
    return datetime.now(UTC) - created < _JUST_NOW
