"""Every answer about schedules, services and so on is one that PagerDuty describes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pagerduty
import pytest
import requests

import openapi
from pd_incident_simulator import Simulator

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
POLICY = {"id": "PPOL001", "type": "escalation_policy_reference"}
RANGE = f"since={NOW - 24 * HOUR:%FT%TZ}&until={NOW + 24 * HOUR:%FT%TZ}"
OVERRIDE = {
    "start": f"{NOW - HOUR:%FT%TZ}",
    "end": f"{NOW + HOUR:%FT%TZ}",
    "user": {"id": "PUSER2", "type": "user_reference"},
}
SHIFT = {
    "type": "override_shift",
    "rotation_id": "PSCHED3ROTATION",
    "start_time": OVERRIDE["start"],
    "end_time": OVERRIDE["end"],
    "overridden_member": {"type": "user_member", "user_id": "PUSER3"},
    "overriding_member": {"type": "user_member", "user_id": "PUSER1"},
}
WINDOW = {
    "type": "maintenance_window",
    "start_time": OVERRIDE["start"],
    "end_time": OVERRIDE["end"],
    "services": [{"id": "PSVC001", "type": "service_reference"}],
}


class Account:
    """Asks PagerDuty, and checks every exchange."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim

    def ask(self, method: str, path: str, body: object = None) -> requests.Response:
        headers = {
            "Authorization": "Token token=pd-account-token",
            "From": "ada@example.com",
            "Accept": "application/vnd.pagerduty+json;version=2",
        }
        url = self.sim.pagerduty.url + path
        return requests.request(method, url, json=body, headers=headers, timeout=5)


@pytest.fixture
def account(sim: Simulator) -> Iterator[Account]:
    yield Account(sim)
    assert sim.exchanges
    assert [problem for exchange in sim.exchanges for problem in openapi.problems(exchange)] == []


@pytest.fixture
def client(sim: Simulator) -> pagerduty.RestApiV2Client:
    client = pagerduty.RestApiV2Client("pd-account-token", default_from="ada@example.com")
    client._url = sim.pagerduty.url  # noqa: SLF001 - its public setter takes nothing but https
    client.max_network_attempts = 0
    return client


def test_overrides(account: Account) -> None:
    path = "/schedules/PSCHED1/overrides"
    made = account.ask("POST", path, {"overrides": [OVERRIDE]})
    assert (made.status_code, made.json()[0]["status"]) == (201, 201)
    late = OVERRIDE | {"end": OVERRIDE["start"]}
    refused = account.ask("POST", path, {"overrides": [late]})
    assert (refused.status_code, refused.json()[0]["status"]) == (201, 400)
    assert len(account.ask("GET", f"{path}?{RANGE}").json()["overrides"]) == 1
    deleted = account.ask("DELETE", f"{path}/{made.json()[0]['override']['id']}")
    assert deleted.status_code == 200


def test_v3_overrides(account: Account) -> None:
    path = "/v3/schedules/PSCHED3/overrides"
    assert account.ask("POST", path, {"overrides": [SHIFT]}).status_code == 201
    assert len(account.ask("GET", f"{path}?{RANGE}").json()["overrides"]) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/schedules?query=platform&limit=1&include[]=final_schedule",
        "/schedules/PSCHED1?{range}",
        "/schedules/PSCHED1/users?{range}",
        "/oncalls?schedule_ids[]=PSCHED1&schedule_ids[]=PSCHED3&earliest=true",
        "/oncalls?include[]=users&include[]=schedules",
        "/oncalls?user_ids[]=PUSER2&{range}&total=true",
        "/services?sort_by=name:desc&team_ids[]=PTEAM01&include[]=integrations",
        "/services?name=Checkout",
        "/services/PSVC001?include[]=teams&include[]=escalation_policies",
        "/services/PSVC001/integrations/PINTEG1",
        "/maintenance_windows?service_ids[]=PSVC001&filter=open",
        "/teams?query=team&limit=1",
        "/users?team_ids[]=PTEAM01&limit=1&offset=1",
        "/users/PUSER1?include[]=contact_methods",
        "/escalation_policies?user_ids[]=PUSER2",
    ],
)
def test_what_can_be_looked_up(account: Account, path: str) -> None:
    account.ask("POST", "/schedules/PSCHED1/overrides", {"overrides": [OVERRIDE]})
    account.ask("POST", "/maintenance_windows", {"maintenance_window": WINDOW})
    assert account.ask("GET", path.format(range=RANGE)).status_code == 200


def test_services_and_integrations(account: Account) -> None:
    wanted: dict[str, Any] = {"type": "service", "name": "Search", "escalation_policy": POLICY}
    made = account.ask("POST", "/services", {"service": wanted}).json()["service"]
    path = f"/services/{made['id']}"
    change = {"type": "service", "escalation_policy": POLICY, "status": "disabled"}
    assert account.ask("PUT", path, {"service": change}).status_code == 200
    integration = {"type": "events_api_v2_inbound_integration", "name": "Events"}
    body = {"integration": integration}
    assert account.ask("POST", f"{path}/integrations", body).status_code == 201


def test_maintenance_windows(account: Account) -> None:
    made = account.ask("POST", "/maintenance_windows", {"maintenance_window": WINDOW})
    assert made.status_code == 201


def test_webhook_subscriptions(account: Account) -> None:
    wanted = {
        "type": "webhook_subscription",
        "delivery_method": {"type": "http_delivery_method", "url": "https://example.com/hook"},
        "events": ["incident.triggered", "service.updated"],
        "filter": {"type": "team_reference", "id": "PTEAM01"},
    }
    body = {"webhook_subscription": wanted}
    made = account.ask("POST", "/webhook_subscriptions", body).json()["webhook_subscription"]
    path = f"/webhook_subscriptions/{made['id']}"
    change = {"webhook_subscription": {"active": False, "filter": {"type": "account_reference"}}}
    for method, place, sent, status in (
        ("GET", "/webhook_subscriptions?filter_type=team&filter_id=PTEAM01&total=true", None, 200),
        ("GET", path, None, 200),
        ("PUT", path, change, 200),
        ("POST", f"{path}/ping", None, 202),
        ("DELETE", path, None, 204),
    ):
        assert account.ask(method, place, sent).status_code == status


def test_the_official_client_adds_an_override_and_a_service(
    sim: Simulator, client: pagerduty.RestApiV2Client
) -> None:
    response = client.post("/schedules/PSCHED1/overrides", json={"overrides": [OVERRIDE]})
    assert [item["status"] for item in response.json()] == [201]
    on_call = client.list_all("oncalls", params={"schedule_ids[]": ["PSCHED1"]})
    assert [entry["user"]["id"] for entry in on_call] == ["PUSER2"]
    wanted = {"type": "service", "name": "Search", "escalation_policy": POLICY}
    service = client.rpost("services", json=wanted)
    assert client.find("services", "Search") == service
    integration = {"type": "events_api_v2_inbound_integration", "name": "Events"}
    made = client.rpost(f"services/{service['id']}/integrations", json=integration)
    assert sim.pagerduty.state.routing_keys[made["integration_key"]] == service["id"]
