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
    refetch,
)

from .base import Operation

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


class SetCustomFields(Operation):
    """Fill in an incident's custom fields."""

    name = "set-custom-fields"
    summary = "Fill in an incident's custom fields"
    scopes = ("incidents.read", "incidents.write")

    class Inputs(SingleIncident):
        """The inputs of `set-custom-fields`."""

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

    inputs: Inputs

    def start_message(self) -> str:
        return f"Setting {', '.join(self.inputs.fields)} of incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Set the fields.

        Returns:
            The incident.

        Raises:
            Impossible: a field is unknown, a value doesn't fit, or the plan lacks custom fields.
            ApiError: PagerDuty refused or wasn't reached.
        """
        incident = self.context.incidents.get(self.inputs.incident)
        incidents = self.context.incidents
        wanted = {
            self.context.config.custom_field(name): value
            for name, value in self.inputs.fields.items()
        }
        values = coerce_custom_fields(wanted, incidents.custom_fields(self.inputs.incident))
        incidents.set_custom_fields(self.inputs.incident, values)
        said = ", ".join(f"{name} = {_shown(value)}" for name, value in values.items())
        return incident_outcome(incident, f"Incident {incident.to_incident().name} has {said} now.")

    def recover(self) -> Outcome | None:
        return refetch(self.inputs, self.context)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
