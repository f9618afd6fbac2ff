"""incident.io: idempotency, required fields, transitions, scopes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
Json = dict[str, Any]
MINOR = "01SEV000000000000000000001"
CUSTOMER_OUTAGE = "01TYPE00000000000000000002"
STATUS = {
    name: f"01STAT{number:020d}"
    for number, name in enumerate(
        ("triage", "investigating", "fixing", "monitoring", "paused", "documenting", "closed"), 1
    )
}
NEW = {"idempotency_key": "k", "visibility": "public", "name": "Down", "severity_id": MINOR}


@pytest.fixture
def ask(sim: Simulator) -> Ask:
    def ask(
        method: str, path: str, body: object = None, key: str = "Bearer inc-api-key"
    ) -> requests.Response:
        url = sim.incident_io.url + path
        return requests.request(method, url, json=body, headers={"Authorization": key}, timeout=5)

    return ask


def create(ask: Ask, **changes: object) -> Json:
    response = ask("POST", "/v2/incidents", NEW | changes)
    assert response.status_code == 200, response.text
    incident: Json = response.json()["incident"]
    return incident


def edit(ask: Ask, incident: Json, **changes: object) -> requests.Response:
    body = {"incident": changes, "notify_incident_channel": False}
    return ask("POST", f"/v2/incidents/{incident['id']}/actions/edit", body)


def error(response: requests.Response) -> tuple[int, str, str]:
    (details,) = response.json()["errors"]
    return response.status_code, details["code"], details.get("source", {}).get("field", "")


def test_invalid_input_creates_nothing(sim: Simulator, ask: Ask) -> None:
    cases: list[tuple[Json, str, str]] = [
        ({"visibility": "secret"}, "invalid_value", "visibility"),
        ({"severity_id": "Minor"}, "not_found", "severity_id"),
    ]
    for changes, code, field in cases:
        assert error(ask("POST", "/v2/incidents", NEW | changes)) == (422, code, field)
        assert sim.incident_io.state.incidents == {}


def test_a_severity_is_required_unless_it_starts_in_triage(ask: Ask) -> None:
    body = {name: value for name, value in NEW.items() if name != "severity_id"}
    assert error(ask("POST", "/v2/incidents", body)) == (422, "is_required", "severity_id")
    for key, more in (
        ("a", {"incident_status_id": STATUS["triage"]}),
        ("b", {"incident_type_id": CUSTOMER_OUTAGE}),
    ):
        response = ask("POST", "/v2/incidents", body | more | {"idempotency_key": key})
        assert response.json()["incident"]["incident_status"]["name"] == "Triage"


def test_transitions(ask: Ask) -> None:
    for before, after, allowed in (
        ("triage", "closed", True),
        ("documenting", "closed", True),
        ("closed", "investigating", False),
        ("investigating", "paused", False),
    ):
        incident = create(ask, incident_status_id=STATUS[before], idempotency_key=before)
        response = edit(ask, incident, incident_status_id=STATUS[after], name="Edited")
        if allowed:
            assert response.json()["incident"]["incident_status"]["id"] == STATUS[after]
        else:
            assert error(response) == (422, "invalid_transition", "incident_status_id")
            assert edit(ask, incident).json()["incident"]["name"] == "Down", "all or nothing"


def test_an_edit_requires_all_members(ask: Ask) -> None:
    path = f"/v2/incidents/{create(ask)['id']}/actions/edit"
    assert error(ask("POST", path, {})) == (422, "is_required", "incident")
    channel = "notify_incident_channel"
    assert error(ask("POST", path, {"incident": {}})) == (422, "is_required", channel)


def test_without_a_valid_key_everything_is_a_401(ask: Ask) -> None:
    for key, code in (
        ("Bearer", "missing_authorization_material"),
        ("Bearer nonsense", "invalid_authorization_material"),
        ("Basic inc-api-key", "invalid_authorization_material"),
    ):
        for path in ("/v1/identity", "/nothing"):
            assert error(ask("GET", path, key=key)) == (401, code, "")


def test_a_key_does_what_its_roles_allow(ask: Ask) -> None:
    reader = "Bearer inc-readonly-key"
    incident = create(ask)
    body = {"incident": {"summary": "x"}, "notify_incident_channel": True}
    path = f"/v2/incidents/{incident['id']}"
    assert ask("GET", path, key=reader).ok
    for response, scope in (
        (ask("POST", "/v2/incidents", NEW, key=reader), "incidents.create"),
        (ask("POST", f"{path}/actions/edit", body, key=reader), "incidents.update_summary"),
    ):
        assert error(response) == (403, "missing_required_scope", "")
        assert response.json()["errors"][0]["metadata"] == {"scope": scope}
