"""PagerDuty's own client works with the simulator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pagerduty
import pytest

from pd_incident_simulator import Simulator

ROUTING_KEY = "R0123456789ABCDEF0123456789ABCDE"


@pytest.fixture
def client(sim: Simulator) -> pagerduty.RestApiV2Client:
    client = pagerduty.RestApiV2Client("pd-account-token", default_from="ada@example.com")
    point_at(client, sim.pagerduty.url)
    return client


def point_at(client: pagerduty.ApiClient, url: str) -> None:
    """Point a client at the simulator; its public setter takes nothing but https."""
    client._url = url  # noqa: SLF001
    client.max_network_attempts = 0


def new_incident(title: str) -> dict[str, object]:
    return {
        "type": "incident",
        "title": title,
        "service": {"id": "PSVC001", "type": "service_reference"},
    }


def test_it_creates_lists_acknowledges_and_resolves(
    sim: Simulator, client: pagerduty.RestApiV2Client
) -> None:
    created = client.rpost("incidents", json=new_incident("Down"))
    for status in ("acknowledged", "resolved"):
        change = {"type": "incident_reference", "status": status}
        assert client.rput(f"incidents/{created['id']}", json=change)["status"] == status
    assert client.rget(f"incidents/{created['id']}")["status"] == "resolved"
    assert sim.pagerduty.state.incidents[created["id"]]["status"] == "resolved"


def test_it_pages_through_many_incidents(client: pagerduty.RestApiV2Client) -> None:
    for number in range(5):
        client.rpost("incidents", json=new_incident(f"Down {number}"))
    titles = [i["title"] for i in client.iter_all("incidents", page_size=2)]
    assert sorted(titles) == [f"Down {number}" for number in range(5)]


def test_it_finds_users_and_raises_errors(client: pagerduty.RestApiV2Client) -> None:
    grace = client.find("users", "grace@example.com", attribute="email")
    assert grace is not None
    assert grace["id"] == "PUSER2"
    with pytest.raises(pagerduty.HttpError) as refusal:
        client.rpost("incidents", json={"type": "incident", "title": "No service"})
    response = refusal.value.response
    assert response is not None
    assert response.status_code == 400
    assert response.json()["error"]["code"] == 2001


def test_it_creates_an_override_and_a_service(
    sim: Simulator, client: pagerduty.RestApiV2Client
) -> None:
    now = datetime.now(UTC)
    override = {
        "start": now.isoformat(),
        "end": (now + timedelta(hours=1)).isoformat(),
        "user": {"id": "PUSER2", "type": "user_reference"},
    }
    response = client.post("/schedules/PSCHED1/overrides", json={"overrides": [override]})
    assert [item["status"] for item in response.json()] == [201]
    on_call = client.list_all("oncalls", params={"schedule_ids[]": ["PSCHED1"]})
    assert [entry["user"]["id"] for entry in on_call] == ["PUSER2"]
    policy = {"id": "PPOL001", "type": "escalation_policy_reference"}
    new = {"type": "service", "name": "Search", "escalation_policy": policy}
    service = client.rpost("services", json=new)
    assert client.find("services", "Search") == service
    integration = {"type": "events_api_v2_inbound_integration", "name": "Events"}
    created = client.rpost(f"services/{service['id']}/integrations", json=integration)
    assert sim.pagerduty.state.routing_keys[created["integration_key"]] == service["id"]


def test_its_events_open_and_resolve_an_incident(sim: Simulator) -> None:
    sim.events.delay_ms = 0
    events = pagerduty.EventsApiV2Client(ROUTING_KEY)
    point_at(events, sim.events.url)
    key = events.trigger("Disk full", "db-1", severity="critical")
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["incident_key"] == key
    events.resolve(key)
    assert incident["status"] == "resolved"
