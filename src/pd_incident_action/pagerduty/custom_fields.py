"""Values of custom fields: from what people write to what PagerDuty takes.

https://support.pagerduty.com/main/docs/custom-fields-on-incidents
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.intervals import parse_when, to_iso

from .models import CustomField

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


def coerce_custom_fields(
    values: Mapping[str, Any], fields: Sequence[CustomField]
) -> dict[str, object]:
    """Check the names and types of custom fields' values.

    Args:
        values: by name or display name of the field; None clears it.
        fields: the incident's fields.

    Returns:
        The values as PagerDuty takes them, by name of the field.

    Raises:
        NotApplicable: there is no such field, or a value doesn't fit.
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
    items = value if isinstance(value, list) else str(value).split(",")
    return [_coerce_single(field, item) for item in items if str(item).strip()]


def _coerce_single(field: CustomField, value: object) -> object:
    try:
        return _convert(value, field.data_type)
    except ValueError as error:
        raise NotApplicable(
            f"PagerDuty's custom field '{field.name}' does not take '{value}'",
            f"it holds single values of type {field.data_type or 'string'}",
            "give a value of that type",
        ) from error


def _convert(value: object, data_type: str) -> object:
    """Convert a single value; raises ValueError where it doesn't fit."""
    text = str(value).strip()
    match data_type:
        case _ if isinstance(value, list | dict):
            msg = "several values where one is wanted"
            raise ValueError(msg)
        case "integer":
            return int(text)
        case "float":
            return _to_float(text)
        case "boolean":
            return _to_bool(text)
        case "datetime":
            return to_iso(parse_when(text, datetime.now(UTC)))
        case _:
            return text


def _to_float(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        msg = "JSON has no such number"
        raise ValueError(msg)
    return number


def _to_bool(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        msg = "neither true nor false"
        raise ValueError(msg)
    return text.lower() in _TRUE
