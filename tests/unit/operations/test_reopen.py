"""Reopening: only what is resolved."""

from __future__ import annotations

import json

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.reopen import Reopen

URL = "https://api.pagerduty.com/incidents/Q1"
INCIDENT = {"id": "Q1", "incident_number": 42, "title": "Down", "status": "resolved"}
REQUEST = Reopen.Inputs(incident=("Q1",))


def test_a_resolved_incident_is_triggered_again(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("PUT", URL, json={"incident": INCIDENT | {"status": "triggered"}})
    assert Reopen(REQUEST, tools).run().message == "Reopened incident #42 Down."
    assert json.loads(api.calls[-1].request.body or "")["incident"]["status"] == "triggered"


@pytest.mark.parametrize("status", ["triggered", "acknowledged"])
def test_an_open_incident_is_left_alone(
    api: RequestsMock, tools: OperationContext, status: str
) -> None:
    api.add("GET", URL, json={"incident": INCIDENT | {"status": status}})
    assert (
        Reopen(REQUEST, tools).run().message
        == f"Nothing to do: incident #42 Down is already {status}."
    )


def test_a_merged_incident_is_refused_in_pagerdutys_words(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("PUT", URL, status=400, json={"error": {"code": 1019, "message": "Merged"}})
    with pytest.raises(ApiRejected, match="act on the incident it was merged into"):
        Reopen(REQUEST, tools).run()
