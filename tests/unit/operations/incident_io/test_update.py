"""Changing an incident in incident.io: only what is given."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.errors import NotApplicable
from pd_incident_action.incident_io.operations.update import OPERATION, UpdateInIncidentIo, run
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
    request = UpdateInIncidentIo(incident="01A", title="Still down", status="fixing")
    outcome = run(request, io_tools)
    assert json.loads(api.calls[-1].request.body or "") == {
        "incident": {"name": "Still down", "incident_status_id": "X1"},
        "notify_incident_channel": True,
    }
    assert outcome.message == "Updated incident #42 Down: Fixing."


def test_an_unknown_status_changes_nothing(api: RequestsMock, io_tools: OperationContext) -> None:
    api.add("GET", f"{API}/v1/incident_statuses", json={"incident_statuses": []})
    with pytest.raises(NotApplicable, match="no status 'Gone'"):
        run(UpdateInIncidentIo(incident="01A", status="Gone"), io_tools)


def test_something_has_to_change() -> None:
    with pytest.raises(ValidationError, match="must say what to change"):
        UpdateInIncidentIo(incident="01A")


def test_after_an_interruption_the_incident_is_shown(
    api: RequestsMock, io_tools: OperationContext
) -> None:
    api.add("GET", f"{API}/v2/incidents/01A", json={"incident": INCIDENT})
    request = UpdateInIncidentIo(incident="01A", title="x")
    outcome = OPERATION.recover(request, io_tools)
    assert outcome is not None
    assert outcome.message == "Found incident #42 Down: Fixing."
    assert OPERATION.announce(request) == "Updating incident 01A in incident.io"
