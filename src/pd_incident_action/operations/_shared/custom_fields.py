"""From what people write to the values that an account's custom fields take.

https://support.pagerduty.com/main/docs/custom-fields-on-incidents
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.intervals import parse_when, to_iso

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


def coerce_custom_fields(
    wanted: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Check names and types of custom fields before anything is sent.

    Args:
        wanted: values by PagerDuty's names of the fields; None takes a value away.
        fields: the account's fields, each with ``name``, ``data_type`` and ``field_type``.

    Returns:
        The values as PagerDuty takes them.

    Raises:
        Impossible: the account has no such field, or a value doesn't fit.
    """
    shown = {str(field.get("display_name") or "").casefold(): field for field in fields}
    known = shown | {str(field["name"]).casefold(): field for field in fields}
    values: dict[str, Any] = {}
    for name, value in wanted.items():
        field = known.get(name.casefold())
        if field is None:
            raise NotApplicable(
                f"PagerDuty has no custom field '{name}'",
                "the account's fields have other names",
                f"use one of {', '.join(str(one['name']) for one in fields) or 'none'}, or name "
                "it in 'custom-fields' of the configuration file",
            )
        if field["name"] in values:
            raise NotApplicable(
                f"PagerDuty's custom field '{field['name']}' was given twice",
                f"'{name}' is another name of it",
                "give it once",
            )
        values[str(field["name"])] = _fitted(field, value)
    return values


def _fitted(field: Mapping[str, Any], value: Any) -> Any:  # noqa: ANN401 - any JSON
    if value is None:
        return None
    if "multi" in str(field.get("field_type") or ""):
        items = value if isinstance(value, list) else str(value).split(",")
        return [_typed(field, item) for item in items if str(item).strip()]
    return _typed(field, value)


def _typed(field: Mapping[str, Any], value: Any) -> Any:  # noqa: ANN401 - any JSON
    kind = str(field.get("data_type") or "string")
    try:
        if isinstance(value, list | dict):
            raise ValueError(value)  # noqa: TRY004, TRY301 - told like any that doesn't fit
        if kind == "integer":
            return int(str(value))
        if kind == "float":
            return _finite(value)
        if kind == "boolean":
            return _truth(value)
        if kind == "datetime":
            return to_iso(parse_when(str(value), datetime.now(UTC)))
    except ValueError as error:
        raise NotApplicable(
            f"PagerDuty's custom field '{field['name']}' does not take '{value}'",
            f"it holds single values of type {kind}",
            "give a value of that kind",
        ) from error
    return value.strip() if isinstance(value, str) else str(value)


def _finite(value: object) -> float:
    number = float(str(value))
    if not isfinite(number):
        # JSON has no such number.
        raise ValueError(value)
    return number


def _truth(value: object) -> bool:
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise ValueError(text)
    return text in _TRUE
