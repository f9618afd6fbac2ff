"""Fill in an incident's custom fields.

https://support.pagerduty.com/main/docs/custom-fields-on-incidents
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from pd_incident_action.inputs.fields import InputSpec
from pd_incident_action.operations._shared.custom_fields import coerce_custom_fields
from pd_incident_action.operations._shared.single_incident import (
    SingleIncident,
    incident_outcome,
    path_of_incident,
    refetch,
)
from pd_incident_action.pagerduty.incident_actions import Incidents
from pd_incident_action.pagerduty.incidents import to_incident

from .base import Operation, OperationContext

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome


def _json_object(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        msg = "must be a JSON object of values by field name"
        raise ValueError(msg)  # noqa: TRY004 - pydantic collects ValueErrors
    return parsed


class SetCustomFields(SingleIncident):
    """Inputs of `set-custom-fields`."""

    fields: Annotated[
        dict[str, Any],
        BeforeValidator(_json_object),
        Field(min_length=1),
        InputSpec(
            "New values by name of the field, as JSON: PagerDuty's names, or your own from the "
            "configuration file; `null` takes a value away.",
            example='{"root_cause": "disk full", "customers_affected": 12}',
            aliases=("custom_fields",),
            multiline=True,
        ),
    ]


def run(request: SetCustomFields, tools: OperationContext) -> Outcome:
    """Set the fields.

    Args:
        request: which incident, and the values.
        tools: PagerDuty's REST API.

    Returns:
        The incident.

    Raises:
        Impossible: a field is unknown, a value doesn't fit, or the plan lacks custom fields.
        ApiError: PagerDuty refused or wasn't reached.
    """
    incident = tools.rest.incident(request.incident)
    incidents = Incidents(tools.rest)
    wanted = {tools.config.custom_field(name): value for name, value in request.fields.items()}
    values = coerce_custom_fields(wanted, incidents.custom_fields(request.incident))
    incidents.set_custom_fields(request.incident, values)
    said = ", ".join(f"{name} = {_shown(value)}" for name, value in values.items())
    return incident_outcome(incident, f"Incident {to_incident(incident).name} has {said} now.")


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _announce(request: SetCustomFields) -> str:
    return f"Setting {', '.join(request.fields)} of incident {request.incident}"


OPERATION = Operation(
    name="set-custom-fields",
    summary="Fill in an incident's custom fields",
    request=SetCustomFields,
    run=run,
    announce=_announce,
    recover=refetch,
    scopes=("incidents.read", "incidents.write"),
    first_read=path_of_incident,
)
