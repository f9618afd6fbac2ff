"""Write a note on an incident, for the other responders.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from pd_incident_action.inputs.fields import InputSpec, Text
from pd_incident_action.operations._shared.single_incident import (
    SingleIncident,
    incident_outcome,
    path_of_incident,
    refetch,
)
from pd_incident_action.pagerduty.incidents import to_incident

from .base import Operation, OperationContext

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome

_MOST_CHARACTERS = 25_000


class Note(SingleIncident):
    """Inputs of `note`."""

    note: Annotated[
        Text,
        Field(max_length=_MOST_CHARACTERS),
        InputSpec(
            "The note's text.",
            example="The database is out of connections",
            aliases=("content", "message"),
            multiline=True,
        ),
    ]


def run(request: Note, tools: OperationContext) -> Outcome:
    """Write the note.

    Args:
        request: on which incident, and what.
        tools: PagerDuty's REST API.

    Returns:
        The incident.

    Raises:
        ApiError: PagerDuty refused or wasn't reached; where nobody knows whether the note was
            taken it isn't sent again.
    """
    # Nothing comes after the note: a failure then would make people write it again.
    json = tools.rest.incident(request.incident)
    note = tools.rest.add_note(request.incident, request.note)
    author = str((note.get("user") or {}).get("summary") or "")
    by = f" by {author}" if author else ""
    return incident_outcome(json, f"Noted{by} on incident {to_incident(json).name}.")


def _announce(request: Note) -> str:
    return f"Writing a note on incident {request.incident}"


OPERATION = Operation(
    name="note",
    summary="Write a note on an incident, for the other responders",
    request=Note,
    run=run,
    announce=_announce,
    recover=refetch,
    scopes=("incidents.read", "incidents.write"),
    first_read=path_of_incident,
)
