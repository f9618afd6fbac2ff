"""incident.io's own client works with the simulator."""

from __future__ import annotations

import pytest
from incident_io import AuthenticatedClient
from incident_io.api.incident_statuses_v1 import incident_statuses_v1_list
from incident_io.api.incident_types_v1 import incident_types_v1_list
from incident_io.api.incident_updates_v2 import incident_updates_v2_list
from incident_io.api.incidents_v2 import (
    incidents_v2_create,
    incidents_v2_edit,
    incidents_v2_list,
    incidents_v2_show,
)
from incident_io.api.severities_v1 import severities_v1_list
from incident_io.api.users_v2 import users_v2_list
from incident_io.api.utilities_v1 import utilities_v1_identity
from incident_io.models import (
    ErrorResponse,
    IncidentEditPayloadV2,
    IncidentsCreatePayloadV2,
    IncidentsCreatePayloadV2Visibility,
    IncidentsCreateResultV2,
    IncidentsEditPayloadV2,
    IncidentsEditResultV2,
    IncidentsListResultV2,
    IncidentsShowResultV2,
    IncidentStatusesListResultV1,
    IncidentTypesListResultV1,
    IncidentUpdatesListResultV2,
    IncidentV2,
    SeveritiesListResultV1,
    UsersListResultV2,
    UtilitiesIdentityResultV1,
)
from incident_io.types import UNSET, Unset

from pd_incident_simulator import Simulator

PUBLIC = IncidentsCreatePayloadV2Visibility.PUBLIC


def client_of(sim: Simulator, key: str = "inc-api-key") -> AuthenticatedClient:
    return AuthenticatedClient(
        base_url=sim.incident_io.url, token=key, raise_on_unexpected_status=True
    )


@pytest.fixture
def client(sim: Simulator) -> AuthenticatedClient:
    return client_of(sim)


def severity(client: AuthenticatedClient, name: str) -> str:
    found = severities_v1_list.sync(client=client)
    assert isinstance(found, SeveritiesListResultV1)
    return next(one.id for one in found.severities if one.name == name)


def create(client: AuthenticatedClient, key: str, name: str) -> IncidentV2:
    body = IncidentsCreatePayloadV2(
        idempotency_key=key,
        visibility=PUBLIC,
        name=name,
        summary="It's bad",
        severity_id=severity(client, "Minor"),
    )
    created = incidents_v2_create.sync(client=client, body=body)
    assert isinstance(created, IncidentsCreateResultV2)
    return created.incident


def test_it_creates_an_incident_once(sim: Simulator, client: AuthenticatedClient) -> None:
    first, second = create(client, "k", "Down"), create(client, "k", "Down")
    assert first == second
    assert list(sim.incident_io.state.incidents) == [first.id]
    shown = incidents_v2_show.sync(first.id, client=client)
    assert isinstance(shown, IncidentsShowResultV2)
    assert (shown.incident.name, shown.incident.reference) == ("Down", "INC-1")


def test_it_edits_an_incident(sim: Simulator, client: AuthenticatedClient) -> None:
    incident = create(client, "k", "Down")
    change = IncidentEditPayloadV2(name="Up again", severity_id=severity(client, "Critical"))
    body = IncidentsEditPayloadV2(incident=change, notify_incident_channel=False)
    edited = incidents_v2_edit.sync(incident.id, client=client, body=body)
    assert isinstance(edited, IncidentsEditResultV2)
    assert edited.incident.name == "Up again"
    assert sim.incident_io.state.incidents[incident.id]["severity"]["name"] == "Critical"
    updates = incident_updates_v2_list.sync(client=client, incident_id=incident.id)
    assert isinstance(updates, IncidentUpdatesListResultV2)
    assert len(updates.incident_updates) == 2


def test_it_pages_through_many_incidents(client: AuthenticatedClient) -> None:
    for number in range(5):
        create(client, f"k{number}", f"Down {number}")
    names: list[str] = []
    after: str | Unset = UNSET
    for _ in range(3):
        found = incidents_v2_list.sync(client=client, page_size=2, after=after)
        assert isinstance(found, IncidentsListResultV2)
        names += [incident.name for incident in found.incidents]
        assert found.pagination_meta
        after = found.pagination_meta.after
    assert names == [f"Down {number}" for number in (4, 3, 2, 1, 0)]
    assert not after


def test_it_parses_every_list(client: AuthenticatedClient) -> None:
    kinds = incident_types_v1_list.sync(client=client)
    statuses = incident_statuses_v1_list.sync(client=client)
    users = users_v2_list.sync(client=client, email="grace@example.com")
    identity = utilities_v1_identity.sync(client=client)
    assert isinstance(kinds, IncidentTypesListResultV1)
    assert isinstance(statuses, IncidentStatusesListResultV1)
    assert isinstance(users, UsersListResultV2)
    assert isinstance(identity, UtilitiesIdentityResultV1)
    assert kinds.incident_types[0].is_default
    assert {"triage", "live", "learning", "closed"} <= {
        status.category.value for status in statuses.incident_statuses
    }
    assert [user.name for user in users.users] == ["Grace Hopper"]
    assert "incident_creator" in identity.identity.roles


def test_it_parses_errors(sim: Simulator, client: AuthenticatedClient) -> None:
    body = IncidentsCreatePayloadV2(idempotency_key="k", visibility=PUBLIC, name="Down")
    error = incidents_v2_create.sync(client=client, body=body)
    assert isinstance(error, ErrorResponse)
    assert error.errors[0].message == "A severity is required to open an incident"
    with client_of(sim, "inc-readonly-key") as reader:
        forbidden = incidents_v2_create.sync(client=reader, body=body)
    assert isinstance(forbidden, ErrorResponse)
    assert (forbidden.type_, forbidden.status) == ("resource_forbidden", 403)
    sim.incident_io.state.rate_limit.per_minute = 1
    assert severities_v1_list.sync_detailed(client=client).status_code == 200
    limited = severities_v1_list.sync_detailed(client=client)
    assert isinstance(limited.parsed, ErrorResponse)
    assert limited.status_code == 429
