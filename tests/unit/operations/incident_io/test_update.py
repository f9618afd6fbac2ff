"""Changing an incident in incident.io: only what is given."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.errors import NotApplicable
from pd_incident_action.incident_io.operations.update import Update
from pd_incident_action.operations.base import OperationContext

API = "https://api.incident.io"
EDIT = f"{API}/v2/incidents/01A/actions/edit"
INCIDENT = {
    "id": "01A",
    "reference": "INC-42",
    "name": "Down",
    "incident_status": {"name": "Fixing", "category": "live"},
}


def test_only_what_is_given_is_changed(api: RequestsMock, io_tools: OperationContext) -> None:
    statuses = [{"id": "X1", "name": "Fixing", "rank": 1, "category": "live"}]
    api.add("GET", f"{API}/v1/incident_statuses", json={"incident_statuses": statuses})
    api.add("POST", EDIT, json={"incident": INCIDENT})
    request = Update.Inputs(incident="01A", title="Still down", status="fixing")
    outcome = Update(request, io_tools).run()
    assert json.loads(api.calls[-1].request.body or "") == {
        "incident": {"name": "Still down", "incident_status_id": "X1"},
        "notify_incident_channel": True,
    }
    assert outcome.message == "Updated incident #42 Down: Fixing."


def test_an_unknown_status_changes_nothing(api: RequestsMock, io_tools: OperationContext) -> None:
    api.add("GET", f"{API}/v1/incident_statuses", json={"incident_statuses": []})
    with pytest.raises(NotApplicable, match="no status 'Gone'"):
        Update(Update.Inputs(incident="01A", status="Gone"), io_tools).run()


def test_something_has_to_change() -> None:
    with pytest.raises(ValidationError, match="must say what to change"):
        Update.Inputs(incident="01A")
