"""PagerDuty's services: how they are, what feeds them, and what is refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
POLICY = {"id": "PPOL002", "type": "escalation_policy_reference"}
NEW = {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}}


def status(pagerduty: Ask, service: str = "PSVC001") -> str:
    return str(pagerduty("GET", f"/services/{service}").json()["service"]["status"])


def test_its_status_follows_from_its_incidents(pagerduty: Ask) -> None:
    assert status(pagerduty) == "active"
    incident = pagerduty("POST", "/incidents", {"incident": NEW}).json()["incident"]
    assert status(pagerduty) == "critical"
    for change, expected in (("acknowledged", "warning"), ("resolved", "active")):
        body = {"incident": {"type": "incident_reference", "status": change}}
        pagerduty("PUT", f"/incidents/{incident['id']}", body)
        assert status(pagerduty) == expected
    shown = pagerduty("GET", "/services/PSVC001").json()["service"]
    assert shown["last_incident_timestamp"] == incident["created_at"]
    assert status(pagerduty, "PSVC002") == "active"


def test_a_disabled_one_takes_no_incidents(sim: Simulator, pagerduty: Ask, send: Ask) -> None:
    sim.events.delay_ms = 0
    disabled = pagerduty("PUT", "/services/PSVC001", {"service": {"status": "disabled"}})
    assert disabled.json()["service"]["status"] == "disabled"
    refused = pagerduty("POST", "/incidents", {"incident": NEW})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 2001)
    assert send().status_code == 202
    time.sleep(0.1)
    assert sim.pagerduty.state.incidents == {}
    pagerduty("PUT", "/services/PSVC001", {"service": {"status": "active"}})
    assert pagerduty("POST", "/incidents", {"incident": NEW}).status_code == 201


def test_it_can_be_changed(pagerduty: Ask) -> None:
    changes = {"name": "Shop", "description": "Sells", "escalation_policy": POLICY}
    changed = pagerduty("PUT", "/services/PSVC001", {"service": changes}).json()["service"]
    assert (changed["name"], changed["summary"]) == ("Shop", "Shop")
    assert changed["description"] == "Sells"
    assert changed["escalation_policy"]["id"] == "PPOL002"
    assert pagerduty("GET", "/services/PSVC001").json()["service"] == changed


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "Payments"}, 2001),
        ({"name": " "}, 2001),
        ({"escalation_policy": {"id": "PNONE"}}, 1014),
        ({"status": "critical"}, 2001),
    ],
)
def test_a_wrong_change_is_refused(pagerduty: Ask, changes: dict[str, Any], code: int) -> None:
    before = pagerduty("GET", "/services/PSVC001").json()
    answer = pagerduty("PUT", "/services/PSVC001", {"service": {"description": "x", **changes}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert pagerduty("GET", "/services/PSVC001").json() == before


def test_a_new_one_begins_active(pagerduty: Ask) -> None:
    wanted = {"name": "Search", "escalation_policy": POLICY, "description": "Finds"}
    made = pagerduty("POST", "/services", {"service": wanted}).json()["service"]
    assert (made["status"], made["description"]) == ("active", "Finds")
    wanted |= {"name": "Other", "status": "disabled"}
    assert pagerduty("POST", "/services", {"service": wanted}).status_code == 400


def test_a_new_integrations_key_works_as_routing_key(
    sim: Simulator, pagerduty: Ask, send: Ask
) -> None:
    sim.events.delay_ms = 0
    wanted = {"type": "events_api_v2_inbound_integration", "name": "Prometheus"}
    path = "/services/PSVC003/integrations"
    made = pagerduty("POST", path, {"integration": wanted})
    assert made.status_code == 201
    integration = made.json()["integration"]
    assert len(integration["integration_key"]) == 32
    assert pagerduty("GET", f"{path}/{integration['id']}").json()["integration"] == integration
    assert send(routing_key=integration["integration_key"]).status_code == 202
    deadline = time.monotonic() + 5
    while not sim.pagerduty.state.incidents and time.monotonic() < deadline:
        time.sleep(0.01)
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["service"]["id"] == "PSVC003"


def test_what_is_no_integration(pagerduty: Ask) -> None:
    path = "/services/PSVC003/integrations"
    assert pagerduty("POST", path, {"integration": {"type": "magic"}}).status_code == 400
    assert pagerduty("GET", f"{path}/PINTEG1").status_code == 404, "it is another service's"
    assert pagerduty("GET", f"{path}/PNONE").status_code == 404
    assert pagerduty("GET", "/services/PNONE/integrations/PINTEG1").status_code == 404


def test_whole_objects_are_included(pagerduty: Ask) -> None:
    query = "include[]=escalation_policies&include[]=integrations&include[]=teams"
    shown = pagerduty("GET", f"/services/PSVC001?{query}").json()["service"]
    assert shown["escalation_policy"]["name"] == "Platform"
    assert shown["integrations"][0]["integration_key"] == "R0123456789ABCDEF0123456789ABCDE"
    assert shown["teams"][0]["name"] == "Platform team"
    short = pagerduty("GET", "/services/PSVC001").json()["service"]
    assert "integration_key" not in short["integrations"][0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sort_by=name", ["Checkout", "Database", "Payments"]),
        ("sort_by=name:desc", ["Payments", "Database", "Checkout"]),
        ("name=Payments", ["Payments"]),
        ("name=pay", []),
        ("team_ids[]=PTEAM01", ["Checkout", "Database"]),
    ],
)
def test_services_are_ordered_and_filtered(pagerduty: Ask, query: str, expected: list[str]) -> None:
    listed = pagerduty("GET", f"/services?{query}").json()["services"]
    assert [service["name"] for service in listed] == expected


def test_an_unknown_order_is_refused(pagerduty: Ask) -> None:
    assert pagerduty("GET", "/services?sort_by=age").status_code == 400


def test_teams_and_users(pagerduty: Ask) -> None:
    teams = pagerduty("GET", "/teams?query=pay").json()["teams"]
    assert [team["id"] for team in teams] == ["PTEAM02"]
    short = pagerduty("GET", "/users?limit=1&offset=1&total=true").json()
    assert (short["total"], short["more"]) == (3, True)
    assert "address" not in short["users"][0]["contact_methods"][0]
    whole = pagerduty("GET", "/users/PUSER2?include[]=contact_methods").json()["user"]
    assert whole["contact_methods"][0]["address"] == "grace@example.com"
    assert pagerduty("GET", "/users?team_ids[]=PTEAM01").json()["users"] == []


def test_policies_that_name_a_user(pagerduty: Ask) -> None:
    found = pagerduty("GET", "/escalation_policies?user_ids[]=PUSER2").json()
    assert [policy["id"] for policy in found["escalation_policies"]] == ["PPOL001"]
