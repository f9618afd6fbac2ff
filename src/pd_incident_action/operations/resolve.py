"""Resolve incidents.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pd_incident_action.errors import ApiError
from pd_incident_action.inputs.fields import InputSpec, Text
from pd_incident_action.operations._shared.incident_selection import (
    IncidentSelection,
    selected_path,
)
from pd_incident_action.operations._shared.status_transition import (
    Change,
    change_status,
    refetch_selected,
)

from .base import Operation, OperationContext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pd_incident_action.models import Incident, Outcome


class Resolve(IncidentSelection):
    """Inputs of `resolve`."""

    resolution: Annotated[
        Text | None,
        InputSpec(
            "What solved it. Stored as the incident's resolution and, since PagerDuty's pages "
            "don't show that, as a note as well.",
            example="Rolled back release 42",
            aliases=("resolution_note",),
            multiline=True,
        ),
    ] = None


def run(request: Resolve, tools: OperationContext) -> Outcome:
    """Resolve the incidents; raises as `change_status` does.

    Args:
        request: which, and what solved them.
        tools: PagerDuty's REST API.

    Returns:
        The incidents as they now are; a note that couldn't be written is a warning.
    """
    members = {"resolution": request.resolution} if request.resolution else {}
    resolved = Change("resolved", "resolve", "resolved", frozenset({"resolved"}), members)
    outcome, changed = change_status(request, tools, resolved)
    warnings = _note(request.resolution, changed, tools) if request.resolution else ()
    return outcome._replace(warnings=outcome.warnings + warnings)


def _note(resolution: str, changed: Sequence[Incident], tools: OperationContext) -> tuple[str, ...]:
    warnings = []
    for incident in changed:
        try:
            tools.rest.add_note(incident.id, f"Resolution: {resolution}")
        except ApiError as error:
            warnings.append(f"Incident {incident.name} is resolved, but {error}")
    return tuple(warnings)


def _announce(request: Resolve) -> str:
    return f"Resolving {request.humanize}"


OPERATION = Operation(
    name="resolve",
    summary="Resolve an incident, several, or all that a service has open",
    request=Resolve,
    run=run,
    announce=_announce,
    recover=refetch_selected,
    scopes=("incidents.read", "incidents.write", "services.read"),
    first_read=selected_path,
)
