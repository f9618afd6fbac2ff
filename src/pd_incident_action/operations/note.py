"""Write a note on an incident, for the other responders.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from pd_incident_action.fields import Input, Text
from pd_incident_action.selection import OneIncident, look_again, outcome_of

from .base import Operation, Tools

if TYPE_CHECKING:
    from pd_incident_action.outcome import Outcome

_MOST_CHARACTERS = 25_000


class Note(OneIncident):
    """Inputs of `note`."""

    note: Annotated[
        Text,
        Field(max_length=_MOST_CHARACTERS),
        Input(
            "The note's text.",
            example="The database is out of connections",
            aliases=("content", "message"),
            multiline=True,
        ),
    ]


def run(request: Note, tools: Tools) -> Outcome:
    """Write the note.

    Args:
        request: on which incident, and what.
        tools: PagerDuty's REST API.

    Returns:
        The incident as it now is.

    Raises:
        ApiError: PagerDuty refused or wasn't reached; where nobody knows whether the note was
            taken it isn't sent again.
    """
    note = tools.rest.add_note(request.incident, request.note)
    incident = tools.rest.incident(request.incident)
    author = str((note.get("user") or {}).get("summary") or "")
    by = f" by {author}" if author else ""
    title = incident.get("title") or request.incident
    return outcome_of(incident, f"Noted{by} on incident #{incident['incident_number']} {title}.")


def _announce(request: Note) -> str:
    return f"Writing a note on incident {request.incident}"


OPERATION = Operation(
    name="note",
    summary="Write a note on an incident, for the other responders",
    request=Note,
    run=run,
    announce=_announce,
    recover=look_again,
    scopes=("incidents.read", "incidents.write"),
)
