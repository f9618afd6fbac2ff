"""The blueprints of Port's documentation and of Port's own PagerDuty integration."""

from __future__ import annotations

from .objects import Json, with_metadata


def service_blueprint() -> Json:
    """Build the blueprint of services."""
    properties = {
        "status": {"title": "Status", "type": "string"},
        "url": {"title": "URL", "type": "string", "format": "url"},
        "oncall": {"title": "On Call", "type": "string", "format": "user"},
    }
    return _blueprint("pagerdutyService", "PagerDuty Service", properties, {})


def documented_incident_blueprint() -> Json:
    """Build the blueprint of incidents in Port's documentation."""
    properties = _common_incident_properties() | {
        "responder": {"title": "Assignee", "type": "string"},
    }
    return _incident_blueprint(properties, many=True)


def integration_incident_blueprint() -> Json:
    """Build the blueprint of incidents of Port's own integration."""
    properties = _common_incident_properties() | {
        "assignees": {"title": "Assignees", "type": "array", "items": {"type": "string"}},
        "priority": {"title": "Priority", "type": "string"},
        "description": {"title": "Description", "type": "string"},
    }
    return _incident_blueprint(properties, many=False)


def incident_io_blueprint() -> Json:
    """Build the blueprint of incident.io's incidents."""
    properties = {
        "status": {"title": "Status", "type": "string"},
        "url": {"title": "URL", "type": "string", "format": "url"},
        "severity": {"title": "Severity", "type": "string"},
        "description": {"title": "Description", "type": "string"},
        "visibility": {"title": "Visibility", "type": "string"},
        "createdBy": {"title": "Created By", "type": "string"},
        "createdAt": {"title": "Created At", "type": "string", "format": "date-time"},
    }
    return _blueprint("incidentIOIncident", "incident.io Incident", properties, {})


def complete(blueprint: Json, old: Json | None = None) -> Json:
    """Add what Port adds to a blueprint.

    Args:
        blueprint: the blueprint as it was sent.
        old: the blueprint that it replaces.
    """
    added: Json = {
        "mirrorProperties": {},
        "calculationProperties": {},
        "aggregationProperties": {},
        "relations": {},
    }
    return with_metadata(added | blueprint, old)


def _common_incident_properties() -> Json:
    statuses = [
        "triggered",
        "annotated",
        "acknowledged",
        "reassigned",
        "escalated",
        "reopened",
        "resolved",
    ]
    return {
        "status": {"title": "Incident Status", "type": "string", "enum": statuses},
        "url": {"title": "Incident URL", "type": "string", "format": "url"},
        "urgency": {"title": "Incident Urgency", "type": "string", "enum": ["high", "low"]},
        "escalation_policy": {"title": "Escalation Policy", "type": "string"},
        "created_at": {"title": "Create At", "type": "string", "format": "date-time"},
        "updated_at": {"title": "Updated At", "type": "string", "format": "date-time"},
    }


def _incident_blueprint(properties: Json, *, many: bool) -> Json:
    relation = {"title": "Service", "target": "pagerdutyService", "required": False, "many": many}
    relations = {"pagerdutyService": relation}
    return _blueprint("pagerdutyIncident", "PagerDuty Incident", properties, relations)


def _blueprint(identifier: str, title: str, properties: Json, relations: Json) -> Json:
    blueprint = {
        "identifier": identifier,
        "title": title,
        "icon": "pagerduty",
        "schema": {"properties": properties, "required": []},
        "relations": relations,
    }
    return complete(blueprint)
