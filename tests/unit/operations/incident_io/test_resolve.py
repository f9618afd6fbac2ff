"""Closing an incident in incident.io, unless it is over already."""

from __future__ import annotations

import json
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import NotApplicable
from pd_incident_action.incident_io.operations.resolve import Resolve
from pd_incident_action.operations.base import OperationContext

API = "https://api.incident.io"
URL = f"{API}/v2/incidents/01A"
STATUSES = [
    {"id": "X2", "name": "Archived", "rank": 9, "category": "closed"},
    {"id": "X1", "name": "Closed", "rank": 8, "category": "closed"},
    {"id": "X0", "name": "Fixing", "rank": 1, "category": "live"},
]


def incident(name: str, category: str) -> dict[str, Any]:
    status = {"name": name, "category": category}
    return {"id": "01A", "reference": "INC-42", "name": "Down", "incident_status": status}


@pytest.mark.parametrize("resolution", [None, "Rolled back"])
def test_it_gets_the_first_closed_status(
    api: RequestsMock, io_tools: OperationContext, resolution: str | None
) -> None:
    api.add("GET", URL, json={"incident": incident("Fixing", "live")})
    api.add("GET", f"{API}/v1/incident_statuses", json={"incident_statuses": STATUSES})
    api.add("POST", f"{URL}/actions/edit", json={"incident": incident("Closed", "closed")})
    outcome = Resolve(Resolve.Inputs(incident="01A", resolution=resolution), io_tools).run()
    summary = {"summary": resolution} if resolution else {}
    changed = json.loads(api.calls[-1].request.body or "")["incident"]
    assert changed == {"incident_status_id": "X1", **summary}
    assert outcome.message == "Resolved incident #42 Down: Closed."


@pytest.mark.parametrize("category", ["closed", "declined", "canceled", "merged"])
def test_what_is_over_is_left_alone(
    api: RequestsMock, io_tools: OperationContext, category: str
) -> None:
    api.add("GET", URL, json={"incident": incident("Over", category)})
    outcome = Resolve(Resolve.Inputs(incident="01A"), io_tools).run()
    assert outcome.message == "Nothing to do: already over is incident #42 Down: Over."


def test_an_account_without_a_closed_status_says_so(
    api: RequestsMock, io_tools: OperationContext
) -> None:
    api.add("GET", URL, json={"incident": incident("Fixing", "live")})
    api.add("GET", f"{API}/v1/incident_statuses", json={"incident_statuses": STATUSES[2:]})
    with pytest.raises(NotApplicable, match="no status of category 'closed'"):
        Resolve(Resolve.Inputs(incident="01A"), io_tools).run()
