"""Acknowledging: only what is open; the rest is tested with the change of statuses."""

from __future__ import annotations

import json

import pytest
from responses import RequestsMock

from pd_incident_action.errors import NotApplicable
from pd_incident_action.operations.acknowledge import Acknowledge
from pd_incident_action.operations.base import OperationContext

URL = "https://api.pagerduty.com/incidents/Q1"
INCIDENT = {"id": "Q1", "incident_number": 42, "title": "Down", "status": "triggered"}


def test_an_open_incident_is_acknowledged(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("PUT", URL, json={"incident": INCIDENT | {"status": "acknowledged"}})
    outcome = Acknowledge(Acknowledge.Inputs(incident=("Q1",)), tools).run()
    assert outcome.message == "Acknowledged incident #42 Down."
    sent = json.loads(api.calls[-1].request.body or "")["incident"]
    assert sent == {"type": "incident_reference", "status": "acknowledged"}


def test_a_resolved_incident_is_not_reopened(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT | {"status": "resolved"}})
    with pytest.raises(NotApplicable, match="is resolved and was not acknowledged"):
        Acknowledge(Acknowledge.Inputs(incident=("Q1",)), tools).run()
