"""Set an incident's custom fields.

https://support.pagerduty.com/main/docs/custom-fields-on-incidents
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import FiniteFloat, TypeAdapter

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.fields import InputSpec
from pd_incident_action.inputs.intervals import parse_when, to_iso
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.models import CustomField

from ._shared.common_inputs import CustomFields
from .base import SingleIncident, SingleIncidentOperation, incident_outcome

_PYTHON_TYPES = {"integer": int, "float": FiniteFloat, "boolean": bool}


def coerce_custom_fields(
    values: Mapping[str, Any], fields: Sequence[CustomField]
) -> dict[str, object]:
    """Check the names and types of custom fields' values.

    Args:
        values: by name or display name of the field; None clears it.
        fields: the incident's fields.

    Returns:
        The values as PagerDuty takes them, by name of the field.
    """
    known = {field.display_name.casefold(): field for field in fields}
    known |= {field.name.casefold(): field for field in fields}
    coerced: dict[str, object] = {}
    for name, value in values.items():
        field = known.get(name.casefold())
        if field is None:
            raise NotApplicable(
                f"PagerDuty has no custom field '{name}'",
                "the account's fields have other names",
                f"use one of {', '.join(one.name for one in fields) or 'none'}, or name it in "
                "'custom-fields' of the configuration file",
            )
        if field.name in coerced:
            raise NotApplicable(
                f"PagerDuty's custom field '{field.name}' was given twice",
                f"'{name}' is another name of it",
                "give it once",
            )
        coerced[field.name] = _coerce(field, value)
    return coerced


def _coerce(field: CustomField, value: object) -> object:
    if value is None:
        return None
    if not field.is_multi_value:
        return _coerce_single(field, value)
    items = value.split(",") if isinstance(value, str) else value
    items = items if isinstance(items, list) else [items]
    given = (item for item in items if item is not None and str(item).strip())
    return [_coerce_single(field, item) for item in given]


def _coerce_single(field: CustomField, value: object) -> object:
    try:
        return _convert(value, field.data_type)
    except (ValueError, TypeError) as error:
        raise NotApplicable(
            f"PagerDuty's custom field '{field.name}' does not take '{value}'",
            f"it holds single values of type {field.data_type or 'string'}",
            "give a value of that type",
        ) from error


def _convert(value: object, data_type: str) -> object:
    """Convert a single value; raises ValueError or TypeError where it doesn't fit."""
    if isinstance(value, list | dict):
        raise TypeError("several values where one is wanted")
    text = str(value).strip()
    if data_type == "datetime":
        return to_iso(parse_when(text, datetime.now(UTC)))
    kind = _PYTHON_TYPES.get(data_type)
    return TypeAdapter(kind).validate_python(text) if kind else text


class SetCustomFields(SingleIncidentOperation):
    name = "set-custom-fields"
    summary = "Set an incident's custom fields"

    class Inputs(SingleIncident):
        fields: Annotated[
            CustomFields,
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
        incident, incidents = self.fetch(), self.context.incidents
        named = {self.context.config.custom_field(k): v for k, v in self.inputs.fields.items()}
        values = coerce_custom_fields(named, incidents.custom_fields(self.inputs.incident))
        incidents.set_custom_fields(self.inputs.incident, values)
        steps = [f"{name} to {json.dumps(v, ensure_ascii=False)}" for name, v in values.items()]
        outcome = incident_outcome(
            incident, f"Set {', '.join(steps)} on incident {incident.label}."
        )
        shown = replace(incident.to_incident(), custom_fields=values)
        return replace(outcome, incident=shown)
