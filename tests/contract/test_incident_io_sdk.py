"""incident.io's own client works with the simulator."""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeAlias

import pytest

from pd_incident_simulator import Simulator

# It's loaded where it is used, not in every process that collects tests: that takes two seconds.
FromSdk: TypeAlias = Any


def client_of(sim: Simulator, key: str = "inc-api-key") -> FromSdk:
    return import_module("incident_io").AuthenticatedClient(
        base_url=sim.incident_io.url, token=key, raise_on_unexpected_status=True
    )


@pytest.fixture
def client(sim: Simulator) -> FromSdk:
    return client_of(sim)


def model(name: str, /, **members: object) -> FromSdk:
    return getattr(import_module("incident_io.models"), name)(**members)


def call(client: FromSdk, group: str, name: str, *path: str, **body: object) -> FromSdk:
    """Call an endpoint; a response that the client can't parse, or didn't expect, raises."""
    endpoint = import_module(f"incident_io.api.{group}.{group}_{name}")
    return endpoint.sync(*path, client=client, **body)


def new(**changes: object) -> FromSdk:
    public = import_module("incident_io.models").IncidentsCreatePayloadV2Visibility.PUBLIC
    members = {"idempotency_key": "k", "visibility": public, "name": "Down", "summary": "It's bad"}
    return model("IncidentsCreatePayloadV2", **(members | changes))


def severity(client: FromSdk, name: str) -> str:
    found = call(client, "severities_v1", "list").severities
    return next(str(one.id) for one in found if one.name == name)


def test_it_creates_an_incident_once_and_edits_it(sim: Simulator, client: FromSdk) -> None:
    body = new(severity_id=severity(client, "Minor"))
    first, second = (call(client, "incidents_v2", "create", body=body) for _ in range(2))
    assert first == second
    identifier = first.incident.id
    assert list(sim.incident_io.state.incidents) == [identifier]
    shown = call(client, "incidents_v2", "show", identifier).incident
    assert (shown.name, shown.reference) == ("Down", "INC-1")
    members = {"name": "Up again", "severity_id": severity(client, "Critical")}
    change = model("IncidentEditPayloadV2", **members)
    edit = model("IncidentsEditPayloadV2", incident=change, notify_incident_channel=False)
    edited = call(client, "incidents_v2", "edit", identifier, body=edit)
    assert edited.incident.name == "Up again"
    assert sim.incident_io.state.incidents[identifier]["severity"]["name"] == "Critical"


def test_it_parses_every_list(client: FromSdk) -> None:
    assert call(client, "incident_types_v1", "list").incident_types[0].is_default
    statuses = call(client, "incident_statuses_v1", "list").incident_statuses
    categories = {status.category.value for status in statuses}
    assert {"triage", "live", "learning", "closed"} <= categories
    assert "incident_creator" in call(client, "utilities_v1", "identity").identity.roles


def test_it_parses_errors(sim: Simulator, client: FromSdk) -> None:
    error = call(client, "incidents_v2", "create", body=new())
    assert error.errors[0].message == "A severity is required to open an incident"
    forbidden = call(client_of(sim, "inc-readonly-key"), "incidents_v2", "create", body=new())
    assert (forbidden.type_, forbidden.status) == ("resource_forbidden", 403)
    sim.incident_io.state.per_minute = 1
    assert call(client, "severities_v1", "list").severities
    assert call(client, "severities_v1", "list").status == 429
