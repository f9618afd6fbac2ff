"""An incident of incident.io's, in the terms that operations and the catalog use."""

from __future__ import annotations

from typing import Any

from pd_incident_action.incident_io.models import IncidentIoIncident

FULL: dict[str, Any] = {
    "id": "01FDAG4SAP5TYPT98WGR2N7W91",
    "reference": "INC-42",
    "name": "Down",
    "summary": "It is down",
    "visibility": "private",
    "permalink": "https://app.incident.io/acme/incidents/42",
    "incident_status": {"name": "Investigating", "category": "live"},
    "severity": {"id": "S1", "name": "Major"},
    "creator": {"api_key": {"id": "K1", "name": "Incident action"}},
    "incident_role_assignments": [
        {"role": {"name": "Lead"}, "assignee": {"name": "Ada"}},
        {"role": {"name": "Reporter"}, "assignee": {"name": "Ada"}},
        {"role": {"name": "Comms"}},
        {"role": {"name": "Scribe"}, "assignee": {"name": "Bob"}},
    ],
    "created_at": "2026-12-01T03:10:00Z",
    "updated_at": "2026-12-01T03:11:00Z",
}


def test_an_incident_is_understood() -> None:
    incident = IncidentIoIncident.read(FULL).to_incident()
    assert (incident.id, incident.name) == ("01FDAG4SAP5TYPT98WGR2N7W91", "#42 Down")
    assert incident.assignees == ("Ada", "Bob")
    assert incident.updated_at == "2026-12-01T03:11:00Z"
    assert incident.raw == FULL
    assert incident.properties() == {
        "status": "Investigating",
        "url": "https://app.incident.io/acme/incidents/42",
        "severity": "Major",
        "description": "It is down",
        "visibility": "private",
        "createdBy": "Incident action",
        "createdAt": "2026-12-01T03:10:00Z",
    }


def test_what_is_missing_or_odd_is_empty() -> None:
    cases: list[dict[str, Any]] = [{}, dict.fromkeys(FULL), dict.fromkeys(FULL, ("x",))]
    for odd in cases:
        incident = IncidentIoIncident.read(odd | {"id": "I1"}).to_incident()
        assert (incident.id, incident.number, incident.assignees) == ("I1", None, ())
        assert not any(incident.properties().values())


def test_what_has_several_forms_is_understood() -> None:
    cases: list[tuple[dict[str, Any], str, object]] = [
        ({"creator": {"user": {"name": "Grace"}, "alert": {"title": "x"}}}, "created_by", "Grace"),
        ({"creator": {"workflow": {"name": "Nightly"}}}, "created_by", "Nightly"),
        ({"creator": {"alert": {"title": "Disk full"}}}, "created_by", "Disk full"),
        ({"creator": {}}, "created_by", ""),
        ({"reference": "ACME-INC-7"}, "number", 7),
        ({"reference": "INC-"}, "number", None),
        ({"reference": "INC-x1"}, "number", None),
    ]
    for changes, field, value in cases:
        assert getattr(IncidentIoIncident.read(FULL | changes).to_incident(), field) == value
