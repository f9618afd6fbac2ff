"""Incident types, their custom fields, and the fields' values in an incident.

https://developer.pagerduty.com/api-reference/ under Incident Types, and under Incidents.
"""

from __future__ import annotations

from collections.abc import Callable

from pd_incident_simulator.exchange import Reply, Request

from .incident_log import log
from .objects import Json, invalid, new_object, not_found
from .rest import Routes, get_objects, lookup, require_ability
from .state import PagerDutyState

_MAX_LENGTH = 200
_PARENT = {"id": "PTYPE0", "type": "incident_type_reference"}
_SINCE = "2025-01-15T09:00:00Z"
_TYPES: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str) and len(value) <= _MAX_LENGTH,
    "integer": lambda value: type(value) is int,
}

routes = Routes()


@routes("GET", "/incidents/types")
def list_incident_types(state: PagerDutyState, _request: Request) -> Reply:
    """List incident types; all of them are enabled."""
    types = [
        {
            "id": f"PTYPE{number}",
            "type": "incident_type",
            "name": name,
            "display_name": name.replace("_", " ").capitalize(),
            "enabled": True,
            "created_at": _SINCE,
            "updated_at": _SINCE,
            **({"parent": _PARENT} if number else {}),
        }
        for number, name in enumerate(state.incident_types)
    ]
    return Reply(200, {"incident_types": types})


@routes("GET", "/incidents/types/{type}/custom_fields")
def list_custom_fields(state: PagerDutyState, request: Request) -> Reply:
    """List the custom fields; all types have the same ones."""
    require_ability(state, "custom_fields")
    incident_type = request.path_params["type"]
    if incident_type not in state.incident_types:
        raise not_found()
    collection = f"incidents/types/{incident_type}/custom_fields"
    fields = [
        {
            **new_object("field", field["id"], field["display_name"], collection),
            **_show(field),
            "enabled": True,
            "incident_type": incident_type,
            "created_at": _SINCE,
            "updated_at": _SINCE,
        }
        for field in state.custom_fields.values()
    ]
    return Reply(200, {"fields": fields})


@routes("GET", "/incidents/{id}/custom_fields/values")
def list_values(state: PagerDutyState, request: Request) -> Reply:
    """List an incident's custom fields; the value is null where there is none."""
    require_ability(state, "custom_fields")
    return Reply(200, _values(state, lookup(state.incidents, request)))


@routes("PUT", "/incidents/{id}/custom_fields/values")
def set_values(state: PagerDutyState, request: Request) -> Reply:
    """Set some custom fields of an incident, by name or id; null removes a value."""
    require_ability(state, "custom_fields")
    incident = lookup(state.incidents, request)
    items = get_objects(request.json, "custom_fields")
    values = dict(_checked(state, item) for item in items)
    state.custom_field_values.setdefault(incident["id"], {}).update(values)
    agent = incident["service"]
    log(state, incident, "custom_field_value_change", agent=agent, changeset=list(values))
    return Reply(201, _values(state, incident))


def _show(field: Json) -> Json:
    return {name: value for name, value in field.items() if name != "options"}


def _values(state: PagerDutyState, incident: Json) -> Json:
    values = state.custom_field_values.get(incident["id"], {})
    fields = [
        _show(field) | {"type": "field_value", "value": values.get(name)}
        for name, field in state.custom_fields.items()
    ]
    return {"custom_fields": fields}


def _checked(state: PagerDutyState, item: Json) -> tuple[str, object]:
    """Return the name of the field that an item is about, and its value."""
    for field in state.custom_fields.values():
        if item.get("name") == field["name"] or item.get("id") == field["id"]:
            _check_value(field, item.get("value"))
            return field["name"], item.get("value")
    raise invalid(f"Custom field {item.get('name') or item.get('id')} was not found")


def _check_value(field: Json, value: object) -> None:
    if value is None:
        return
    is_list = field["field_type"].startswith("multi_value")
    if is_list != isinstance(value, list):
        raise invalid(f"{field['name']} must {'' if is_list else 'not '}be a list")
    values = value if isinstance(value, list) else [value]
    for one in values:
        if not _TYPES[field["data_type"]](one):
            raise invalid(f"{field['name']} must be a valid {field['data_type']}")
        if field["options"] and one not in field["options"]:
            raise invalid(f"{field['name']} must be one of {', '.join(field['options'])}")
