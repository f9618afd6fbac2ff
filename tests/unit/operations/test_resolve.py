"""Resolving: with what solved it, where people see it."""

from __future__ import annotations

import json

import pytest
from responses import RequestsMock

from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.resolve import Resolve

URL = "https://api.pagerduty.com/incidents/Q1"
INCIDENT = {"id": "Q1", "incident_number": 42, "title": "Down", "status": "triggered"}
RESOLVED = INCIDENT | {"status": "resolved"}


@pytest.mark.parametrize("resolution", [None, "Rolled back"])
def test_a_resolution_is_sent_along_and_noted(
    api: RequestsMock, tools: OperationContext, resolution: str | None
) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("PUT", URL, json={"incident": RESOLVED})
    if resolution:
        api.add("POST", f"{URL}/notes", json={"note": {"id": "N1"}})
    outcome = Resolve(Resolve.Inputs(incident=("Q1",), resolution=resolution), tools).run()
    assert (outcome.message, outcome.warnings) == ("Resolved incident #42 Down.", ())
    bodies = [json.loads(call.request.body or "") for call in api.calls[1:]]
    members = {"resolution": resolution} if resolution else {}
    assert bodies[0]["incident"] == {
        "type": "incident_reference",
        "status": "resolved",
        **members,
    }
    assert bodies[1:] == (
        [{"note": {"content": f"Resolution: {resolution}"}}] if resolution else []
    )


def test_what_is_resolved_already_gets_no_second_note(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, json={"incident": RESOLVED})
    outcome = Resolve(Resolve.Inputs(incident=("Q1",), resolution="Rolled back"), tools).run()
    assert outcome.message == "Nothing to do: incident #42 Down is already resolved."
    assert len(api.calls) == 1


def test_a_note_that_is_refused_is_a_warning(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("PUT", URL, json={"incident": RESOLVED})
    api.add("POST", f"{URL}/notes", status=403, json={"error": {"code": 2010}})
    outcome = Resolve(Resolve.Inputs(incident=("Q1",), resolution="x"), tools).run()
    (warning,) = outcome.warnings
    assert warning.startswith("Incident #42 Down is resolved, but PagerDuty did not take the note")
    assert outcome.failures == ()
