"""Finding the incident behind a key: PagerDuty shows it a moment after it accepted the request."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pd_incident_action.http.deadline import Deadline
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import PagerDutyIncident

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .client import PagerDuty

_FIRST_WAIT = 0.2
_LONGEST_WAIT = 2.0


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
        accept: tells whether an incident is the awaited one, in the awaited state.
        only_open: whether to leave out resolved ones.
        seconds: how long to wait at most.

    Returns:
        The newest that is accepted, or None when the time is up.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    for _ in waits(Deadline(seconds)):
        found = Incidents(pagerduty).find_by_key(key, only_open=only_open)
        match = next((incident for incident in found if accept(incident)), None)
        if match is not None:
            return match
    return None


def waits(deadline: Deadline) -> Iterator[None]:
    """Let the caller try at once, then after rising waits, until the time is up.

    Args:
        deadline: when to stop.

    Yields:
        Nothing, once for each try.
    """
    wait = _FIRST_WAIT
    yield
    while deadline.remaining() > wait:
        time.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)
        yield
