"""Creating exactly once, whatever gets lost on the way.

Incidents have a key by which PagerDuty recognises a repetition; other objects have to be looked
for. What was created appears a moment after PagerDuty accepted the request.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pd_incident_action.errors import ApiError, ApiRejected, ApiUnavailable, ApiUnreachable
from pd_incident_action.http.deadline import poll
from pd_incident_action.inputs.intervals import parse_iso

from .client import Json, PagerDuty
from .incidents import Incidents
from .models import PagerDutyIncident

Created = TypeVar("Created")

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
        seconds: how long to look for one that is open already, at most.

    Returns:
        The incident, and whether this run opened it.

    Raises:
        ApiError: nobody was paged.
    """
    incidents = Incidents(pagerduty)
    try:
        return incidents.create(incident), True
    except ApiRejected as error:
        # The code stands for other arguments, too, and the words may change: either is a hint.
        is_worded_so = _KEY_IN_USE in str(error)
        if error.code != _ARGUMENTS and not is_worded_so:
            raise
        service = incident["service"]["id"]
        existing = wait_for_incident(
            pagerduty,
            incident["incident_key"],
            lambda found: found.service.id == service,
            only_open=True,
            seconds=min(_APPEARS_WITHIN, seconds),
        )
        if existing:
            return existing, error.outcome_unknown and _is_fresh(existing)
        if not is_worded_so:
            raise
    # It was open when PagerDuty looked and is resolved by now: page anew.
    return incidents.create(incident), True


def create_or_find(create: Callable[[], Created], find: Callable[[], Created | None]) -> Created:
    """Create something, and find out whether it exists if PagerDuty's answer got lost.

    Args:
        create: sends the request, once.
        find: returns what was created, or None; only called after a request without a clear answer.

    Raises:
        ApiError: PagerDuty refused or wasn't reached, and it doesn't exist.
    """
    try:
        return create()
    except (ApiUnavailable, ApiUnreachable) as error:
        try:
            found = find()
        except ApiError:
            raise error from None
        if found is not None:
            return found
        # Without any answer the request may still be on its way.
        if isinstance(error, ApiUnreachable):
            raise
    return create()


def wait_for_incident(
    pagerduty: PagerDuty,
    key: str,
    accept: Callable[[PagerDutyIncident], bool],
    *,
    only_open: bool,
    seconds: float,
) -> PagerDutyIncident | None:
    """Look an incident up by its key until it is there.

    Args:
        pagerduty: the REST API.
        key: incident key or dedup key.
        accept: checks whether an incident is the expected one, in the expected state.
        only_open: whether to leave out resolved ones.
        seconds: how long to wait at most.

    Returns:
        The newest that is accepted, or None when the time is up.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    for _ in poll(pagerduty.deadline.within(seconds)):
        for incident in Incidents(pagerduty).find_by_key(key, only_open=only_open):
            if accept(incident):
                return incident
    return None


def _is_fresh(incident: PagerDutyIncident) -> bool:
    """Check whether this run opened an incident, although PagerDuty's answer got lost."""
    created_at = parse_iso(incident.created_at)
    return created_at is None or datetime.now(UTC) - created_at < _JUST_NOW
