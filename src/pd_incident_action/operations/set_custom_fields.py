"""Set an incident's custom fields.

https://support.pagerduty.com/main/docs/custom-fields-on-incidents
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from pd_incident_action.inputs.fields import InputSpec
from pd_incident_action.pagerduty.custom_fields import coerce_custom_fields
from pd_incident_action.text import parse_strict_json

from ._shared.single_incident import SingleIncident, SingleIncidentOperation, incident_outcome

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome


def _parse_json_object(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        parsed = parse_strict_json(value)
    except ValueError:
        parsed = None
    if isinstance(parsed, dict):
        return parsed
    msg = "must be a JSON object of values by field name"
    raise ValueError(msg)


class SetCustomFields(SingleIncidentOperation):
    """Set an incident's custom fields."""

    name = "set-custom-fields"
    summary = "Set an incident's custom fields"

    class Inputs(SingleIncident):
        """The inputs of `set-custom-fields`."""

        fields: Annotated[
            dict[str, Any],
            BeforeValidator(_parse_json_object),
            Field(min_length=1),
            InputSpec(
                "New values by field name, as JSON: PagerDuty's names, or your own from the "
                "configuration file; `null` clears a field.",
                example='{"root_cause": "disk full", "customers_affected": 12}',
                aliases=("custom_fields",),
                multiline=True,
            ),
        ]

    inputs: Inputs

    def start_message(self) -> str:
        return f"Setting {', '.join(self.inputs.fields)} on incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Set the fields.

        Raises:
            NotApplicable: a field is unknown, a value doesn't fit, or the plan lacks custom fields.
            ApiError: PagerDuty refused or wasn't reached.
        """
        incident, incidents = self.fetch(), self.context.incidents
        named = {self.context.config.custom_field(k): v for k, v in self.inputs.fields.items()}
        values = coerce_custom_fields(named, incidents.custom_fields(self.inputs.incident))
        incidents.set_custom_fields(self.inputs.incident, values)
        steps = [f"{name} to {json.dumps(v, ensure_ascii=False)}" for name, v in values.items()]
        return incident_outcome(incident, f"Set {', '.join(steps)} on incident {incident.label}.")
