"""Keep an incident quiet for a while.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

from pd_incident_action.errors import Impossible
from pd_incident_action.incidents.one_incident import (
    OneIncident,
    look_again,
    outcome_of,
    path_of_incident,
)
from pd_incident_action.inputs.durations import as_text, in_words, parse_when
from pd_incident_action.inputs.fields import Input, Line
from pd_incident_action.providers.pagerduty import to_incident
from pd_incident_action.providers.pagerduty_incidents import Incidents

from .base import Operation, Tools

if TYPE_CHECKING:
    from pd_incident_action.outcome import Outcome

_LONGEST = timedelta(days=7)


def _some_time_soon(text: str) -> str:
    left = _left(text)
    if left < timedelta(seconds=1):
        msg = "must be a time to come"
        raise ValueError(msg)
    # A little more is taken for seven days: the clock runs on while it is read.
    if left > _LONGEST + timedelta(minutes=1):
        msg = "must be within seven days, PagerDuty's limit"
        raise ValueError(msg)
    return text


def _left(until: str) -> timedelta:
    now = datetime.now(UTC)
    return parse_when(until, now) - now


class Snooze(OneIncident):
    """Inputs of `snooze`."""

    until: Annotated[
        Line,
        AfterValidator(_some_time_soon),
        Input(
            "Until when, or for how long; at most seven days.",
            example="2h",
            aliases=("duration", "snooze_for"),
        ),
    ]


def run(request: Snooze, tools: Tools) -> Outcome:
    """Snooze the incident; doing it twice does no harm.

    Args:
        request: which incident, and until when.
        tools: PagerDuty's REST API.

    Returns:
        The incident, which is acknowledged from now on.

    Raises:
        Impossible: the incident is resolved.
        ApiError: PagerDuty refused or wasn't reached.
    """
    before = to_incident(tools.rest.incident(request.incident))
    if before.status == "resolved":
        raise Impossible(
            f"Incident {before.name} is already resolved and was not snoozed",
            "a resolved incident pages nobody",
            "nothing needs to be done",
        )
    left = min(_left(request.until), _LONGEST)
    seconds = max(1, round(left.total_seconds()))
    json = Incidents(tools.rest).snooze(request.incident, seconds)
    until = as_text(datetime.now(UTC) + timedelta(seconds=seconds))
    message = (
        f"Snoozed incident {before.name} for {in_words(timedelta(seconds=seconds))}, until {until}"
    )
    also = "; it counts as acknowledged" if before.status == "triggered" else ""
    return outcome_of(json, f"{message}{also}.")


def _announce(request: Snooze) -> str:
    return f"Snoozing incident {request.incident}: {request.until}"


OPERATION = Operation(
    name="snooze",
    summary="Keep an incident quiet for a while",
    request=Snooze,
    run=run,
    announce=_announce,
    recover=look_again,
    scopes=("incidents.read", "incidents.write"),
    first_read=path_of_incident,
)
