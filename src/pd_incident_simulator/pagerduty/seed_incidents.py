"""What the account that each simulator starts with holds about incidents."""

from __future__ import annotations

from .things import API, SITE, Json

SEVERITY_LEVELS = ("minor", "major", "critical")
REGIONS = ("eu", "us", "apac")

_SINCE = "2025-01-15T09:00:00Z"
_FIELDS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("root_cause", "Root cause", "string", "single_value", ()),
    ("customers_affected", "Customers affected", "integer", "single_value", ()),
    ("severity_level", "Severity level", "string", "single_value_fixed", SEVERITY_LEVELS),
    ("regions", "Regions", "string", "multi_value_fixed", REGIONS),
)
_WORKFLOWS = (("PWFLOW1", "Major incident bridge"), ("PWFLOW2", "Notify stakeholders"))


def custom_fields() -> dict[str, Json]:
    """Make the definitions of custom fields, by name; ``options`` is empty where any value does."""
    return {
        name: {
            "id": f"PFIELD{number}",
            "name": name,
            "display_name": display_name,
            "description": f"{display_name} of the incident",
            "data_type": data_type,
            "field_type": field_type,
            "options": options,
        }
        for number, (name, display_name, data_type, field_type, options) in enumerate(_FIELDS, 1)
    }


def workflows() -> dict[str, Json]:
    """Make the incident workflows, by id."""
    return {
        identifier: {
            "id": identifier,
            "type": "incident_workflow",
            "summary": name,
            "self": f"{API}/incident_workflows/{identifier}",
            "html_url": f"{SITE}/flex-workflows/workflows/{identifier}",
            "name": name,
            "description": f"{name}, by hand",
            "is_enabled": True,
            "created_at": _SINCE,
        }
        for identifier, name in _WORKFLOWS
    }
