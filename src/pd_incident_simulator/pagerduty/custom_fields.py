"""Values of an incident's custom fields.

https://developer.pagerduty.com/api-reference/ under Incidents, Set Custom Field Values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .record import log
from .things import Json, invalid

if TYPE_CHECKING:
    from .state import PagerDutyState

_LONGEST = 200
_MOST_VALUES = 10
_TYPES: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str) and len(value) <= _LONGEST,
    "integer": lambda value: type(value) is int,
}


def field_values(state: PagerDutyState, incident: Json) -> list[Json]:
    """List all custom fields with their values in an incident; null where there is none."""
    values = state.custom_field_values.get(incident["id"], {})
    return [_shown(field, values.get(name)) for name, field in state.custom_fields.items()]


def set_field_values(state: PagerDutyState, incident: Json, wanted: object) -> None:
    """Set some custom fields of an incident, all of them or none.

    Args:
        state: the account.
        incident: the incident.
        wanted: the request's list: each a ``value`` (null removes it) and the field's ``name`` or
            ``id``.

    Raises:
        RefusedError: a field is unknown, or a value doesn't fit it.
    """
    if not isinstance(wanted, list):
        raise invalid("Custom fields must be a list")
    chosen = [(_field(state, item), item["value"]) for item in wanted]
    for field, value in chosen:
        _check(field, value)
    values = {field["name"]: value for field, value in chosen}
    agent = incident["service"]
    state.custom_field_values.setdefault(incident["id"], {}).update(values)
    log(state, incident, "custom_field_value_change", agent=agent, changeset=list(values))


def _field(state: PagerDutyState, item: object) -> Json:
    if not isinstance(item, dict) or "value" not in item:
        raise invalid("Each custom field must have a value")
    for field in state.custom_fields.values():
        if field["name"] == item.get("name") or field["id"] == item.get("id"):
            return field
    named = item.get("name") or item.get("id")
    raise invalid(f"Custom field {named} was not found")


def _check(field: Json, value: object) -> None:
    if value is None:
        return
    is_list = field["field_type"].startswith("multi_value")
    if is_list != isinstance(value, list):
        raise invalid(f"{field['name']} must {'' if is_list else 'not '}be a list")
    values = value if isinstance(value, list) else [value]
    if len(values) > _MOST_VALUES:
        raise invalid(f"{field['name']} can have at most {_MOST_VALUES} values")
    for one in values:
        if not _TYPES[field["data_type"]](one):
            raise invalid(f"{field['name']} must be a valid {field['data_type']}")
        if field["options"] and one not in field["options"]:
            raise invalid(f"{field['name']} must be one of {', '.join(field['options'])}")


def _shown(field: Json, value: object) -> Json:
    described = {name: part for name, part in field.items() if name != "options"}
    return {**described, "type": "field_value", "value": value}
