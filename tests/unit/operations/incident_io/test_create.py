"""Opening an incident in incident.io: by names, and once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.incident_io.operations.create import Create
from pd_incident_action.operations.base import OperationContext

API = "https://api.incident.io"
INCIDENTS = f"{API}/v2/incidents"
INCIDENT = {
    "id": "01A",
    "reference": "INC-42",
    "name": "Down",
    "incident_status": {"name": "Triage", "category": "triage"},
    "severity": {"name": "Major"},
    "created_at": "2026-12-01T03:00:00Z",
}


def created(api: RequestsMock, at: str = "Tue, 01 Dec 2026 03:00:01 GMT") -> None:
    api.add("POST", INCIDENTS, json={"incident": INCIDENT}, headers={"Date": at})


def sent(api: RequestsMock) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(api.calls[-1].request.body or "")
    return body


def test_the_least_that_is_sent(api: RequestsMock, io_tools: OperationContext) -> None:
    created(api)
    outcome = Create(Create.Inputs(title="Down"), io_tools).run()
    assert sent(api) == {
        "idempotency_key": "pdia-key",
        "name": "Down",
        "visibility": "public",
        "mode": "standard",
    }
    assert outcome.message == "Created incident #42 Down in incident.io: Triage, severity Major."
    assert (outcome.created, outcome.dedup_key) == (True, "pdia-key")
    assert outcome.response == {"incident": INCIDENT}


def test_an_old_incident_was_there_before(api: RequestsMock, io_tools: OperationContext) -> None:
    created(api, at="Tue, 01 Dec 2026 04:00:00 GMT")
    outcome = Create(Create.Inputs(title="Down"), io_tools).run()
    assert outcome.created is False
    assert outcome.message.startswith("Found the incident that was asked for before,")


def test_names_become_ids(api: RequestsMock, io_tools: OperationContext) -> None:
    severities = [{"id": "S1", "name": "Minor"}, {"id": "S2", "name": "Major"}]
    api.add("GET", f"{API}/v1/severities", json={"severities": severities})
    types = [{"id": "T1", "name": "Production"}]
    api.add("GET", f"{API}/v1/incident_types", json={"incident_types": types})
    created(api)
    request = Create.Inputs(
        title="Down",
        details="Since 3",
        severity="major",
        incident_type="production",
        visibility="private",
        mode="test",
    )
    Create(request, io_tools).run()
    assert sent(api) == {
        "idempotency_key": "pdia-key",
        "name": "Down",
        "summary": "Since 3",
        "severity_id": "S2",
        "incident_type_id": "T1",
        "visibility": "private",
        "mode": "test",
    }


def test_an_unknown_severity_opens_nothing(api: RequestsMock, io_tools: OperationContext) -> None:
    api.add("GET", f"{API}/v1/severities", json={"severities": [{"id": "S1", "name": "Minor"}]})
    with pytest.raises(NotApplicable, match=r"no severity 'Worst'.*use one of Minor \(S1\)"):
        Create(Create.Inputs(title="Down", severity="Worst"), io_tools).run()


def test_a_refusal_is_told(api: RequestsMock, io_tools: OperationContext) -> None:
    api.add("POST", INCIDENTS, status=401, json={"type": "authentication_error", "errors": []})
    with pytest.raises(ApiRejected, match="incident-io-token"):
        Create(Create.Inputs(title="Down"), io_tools).run()
