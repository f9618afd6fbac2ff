"""incident.io's own client works with the simulator."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from pd_incident_simulator import Simulator

if TYPE_CHECKING:
    from incident_io import AuthenticatedClient


@pytest.fixture
def sdk() -> ModuleType:
    """Load the client where it is used, not in every process that only collects tests."""
    return importlib.import_module("incident_io_sdk")


@pytest.fixture
def client(sim: Simulator, sdk: ModuleType) -> AuthenticatedClient:
    client: AuthenticatedClient = sdk.client_of(sim)
    return client


def test_it_creates_an_incident_once(
    sim: Simulator, sdk: ModuleType, client: AuthenticatedClient
) -> None:
    first, second = sdk.create(client, "k", "Down"), sdk.create(client, "k", "Down")
    assert first == second
    assert list(sim.incident_io.state.incidents) == [first.id]
    shown = sdk.incidents_v2_show.sync(first.id, client=client)
    assert isinstance(shown, sdk.IncidentsShowResultV2)
    assert (shown.incident.name, shown.incident.reference) == ("Down", "INC-1")


def test_it_edits_an_incident(sim: Simulator, sdk: ModuleType, client: AuthenticatedClient) -> None:
    incident = sdk.create(client, "k", "Down")
    change = sdk.IncidentEditPayloadV2(
        name="Up again", severity_id=sdk.severity(client, "Critical")
    )
    body = sdk.IncidentsEditPayloadV2(incident=change, notify_incident_channel=False)
    edited = sdk.incidents_v2_edit.sync(incident.id, client=client, body=body)
    assert isinstance(edited, sdk.IncidentsEditResultV2)
    assert edited.incident.name == "Up again"
    assert sim.incident_io.state.incidents[incident.id]["severity"]["name"] == "Critical"


def test_it_parses_every_list(sdk: ModuleType, client: AuthenticatedClient) -> None:
    kinds = sdk.incident_types_v1_list.sync(client=client)
    statuses = sdk.incident_statuses_v1_list.sync(client=client)
    identity = sdk.utilities_v1_identity.sync(client=client)
    assert isinstance(kinds, sdk.IncidentTypesListResultV1)
    assert isinstance(statuses, sdk.IncidentStatusesListResultV1)
    assert isinstance(identity, sdk.UtilitiesIdentityResultV1)
    assert kinds.incident_types[0].is_default
    assert {"triage", "live", "learning", "closed"} <= {
        status.category.value for status in statuses.incident_statuses
    }
    assert "incident_creator" in identity.identity.roles


def test_it_parses_errors(sim: Simulator, sdk: ModuleType, client: AuthenticatedClient) -> None:
    body = sdk.IncidentsCreatePayloadV2(idempotency_key="k", visibility=sdk.PUBLIC, name="Down")
    error = sdk.incidents_v2_create.sync(client=client, body=body)
    assert isinstance(error, sdk.ErrorResponse)
    assert error.errors[0].message == "A severity is required to open an incident"
    with sdk.client_of(sim, "inc-readonly-key") as reader:
        forbidden = sdk.incidents_v2_create.sync(client=reader, body=body)
    assert isinstance(forbidden, sdk.ErrorResponse)
    assert (forbidden.type_, forbidden.status) == ("resource_forbidden", 403)
    sim.incident_io.state.per_minute = 1
    assert sdk.severities_v1_list.sync_detailed(client=client).status_code == 200
    limited = sdk.severities_v1_list.sync_detailed(client=client)
    assert isinstance(limited.parsed, sdk.ErrorResponse)
    assert limited.status_code == 429
