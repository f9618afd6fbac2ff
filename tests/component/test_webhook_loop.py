"""What happens in PagerDuty is seen in Port: set up by us, signed by them, checked and mapped."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from harness import ACCOUNT_TOKEN, Action
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.pagerduty.deliveries import signature
from pd_incident_simulator.port.blueprints import integration_incident_blueprint

pytest.importorskip("jq")
WEBHOOK = "pagerduty_incidents"


def pagerduty(sim: Simulator, method: str, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
    """Do something in PagerDuty, as somebody does in its app."""
    headers = {"Authorization": f"Token token={ACCOUNT_TOKEN}", "From": "ada@example.com"}
    url = sim.pagerduty.url + path
    answer = requests.request(method, url, json=body, headers=headers, timeout=5)
    assert answer.ok, answer.text
    return answer.json()


def opened(sim: Simulator) -> str:
    new = {
        "type": "incident",
        "title": "Down",
        "service": {"id": "PSVC001", "type": "service_reference"},
    }
    identifier: str = pagerduty(sim, "POST", "/incidents", {"incident": new})["incident"]["id"]
    return identifier


def acknowledge(sim: Simulator, incident: str) -> None:
    change = {"incident": {"type": "incident_reference", "status": "acknowledged"}}
    pagerduty(sim, "PUT", f"/incidents/{incident}", change)


def settled(sim: Simulator) -> dict[str, Any]:
    """Wait for what PagerDuty delivers; give Port's entities."""
    assert sim.pagerduty.state.outbox.settle()
    assert sim.port.state.mapping_failures == []
    return sim.port.state.entities["pagerdutyIncident"]


def subscriptions(sim: Simulator) -> list[Any]:
    return list(sim.pagerduty.state.webhook_subscriptions.values())


def test_an_incident_that_is_acknowledged_in_pagerduty_is_so_in_port(
    sim: Simulator, act: Action
) -> None:
    result = act("setup", actions="none")
    assert result.code == 0, result.log
    incident = opened(sim)
    assert settled(sim)[incident]["properties"]["status"] == "triggered"
    acknowledge(sim, incident)
    entity = settled(sim)[incident]
    assert entity["properties"]["status"] == "acknowledged"
    assert entity["relations"] == {"pagerdutyService": ["PSVC001"]}
    types = [one.event["event_type"] for one in sim.pagerduty.state.deliveries]
    assert types == ["pagey.ping", "incident.triggered", "incident.acknowledged"]
    assert {one.outcome for one in sim.pagerduty.state.deliveries} == {"delivered"}


def test_the_shape_of_ports_own_integration_works_as_well(sim: Simulator, act: Action) -> None:
    blueprint = integration_incident_blueprint()
    blueprint["schema"]["properties"]["assignees"] = {"type": "string", "title": "Assignees"}
    sim.port.state.blueprints["pagerdutyIncident"] = blueprint
    result = act("setup", actions="none")
    assert result.code == 0, result.log
    incident = opened(sim)
    entity = settled(sim)[incident]
    assert entity["relations"] == {"pagerdutyService": "PSVC001"}
    assert entity["properties"]["responder"] == "Ada Lovelace"
    (warning,) = result.annotations("warning")
    assert warning.startswith("Blueprint pagerdutyIncident has assignees of another type")


def test_a_wrong_signature_and_an_unknown_key_change_nothing(sim: Simulator, act: Action) -> None:
    act("setup", actions="none")
    data = {"id": "Q1", "type": "incident", "title": "Forged", "status": "triggered"}
    body = json.dumps({"event": {"event_type": "incident.triggered", "data": data}}).encode()
    url = sim.port.state.webhook(WEBHOOK)["url"]
    secret = sim.port.state.webhook(WEBHOOK)["security"]["secret"]
    guessed = {"X-PagerDuty-Signature": signature(["guessed"], body)}
    assert requests.post(url, data=body, headers=guessed, timeout=5).status_code == 401
    assert requests.post(url, data=body, timeout=5).status_code == 401
    right = {"X-PagerDuty-Signature": signature([secret], body)}
    elsewhere = f"{sim.ingest.url}/nobodyskey"
    assert requests.post(elsewhere, data=body, headers=right, timeout=5).status_code == 404
    assert settled(sim) == {}


def test_nothing_is_taken_before_signatures_can_be_checked(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", method="POST", path="/webhook_subscriptions", status=403))
    result = act("setup", actions="none")
    assert result.code == 1
    assert (
        "did not subscribe Port to its events (unless webhooks: false): it answered 403"
        in result.annotations("error")[0]
    )
    webhook = sim.port.state.webhook(WEBHOOK)
    assert (webhook["enabled"], webhook["security"].get("secret")) == (False, None)
    assert requests.post(webhook["url"], json={"event": {}}, timeout=5).status_code == 404

    again = act("setup", actions="none")
    assert again.code == 0, again.log
    assert sim.port.state.webhook(WEBHOOK)["enabled"] is True


def test_a_subscription_whose_secret_nobody_knows_is_replaced(sim: Simulator, act: Action) -> None:
    act("setup", actions="none")
    (old,) = subscriptions(sim)
    sim.port.state.webhook(WEBHOOK)["security"]["secret"] = None
    result = act("setup", actions="none")
    assert result.code == 0, result.log
    (new,) = subscriptions(sim)
    assert new["id"] != old["id"]
    assert f"removed subscription {old['id']}" in result.log
    assert "changed webhook pagerduty_incidents: ~ security.secret: new" in result.log
    assert opened(sim) in settled(sim)


def test_a_subscription_that_port_never_heard_of_ends(sim: Simulator, act: Action) -> None:
    """As a run leaves it that ended between PagerDuty's answer and Port's."""
    sim.faults.add(Fault("status", method="PUT", path="/v1/webhooks/*", status=422))
    assert act("setup", actions="none").code == 1
    (orphan,) = subscriptions(sim)
    result = act("setup", actions="none")
    assert result.code == 0, result.log
    assert [one["id"] for one in subscriptions(sim)] != [orphan["id"]]
    assert len(subscriptions(sim)) == 1
    assert opened(sim) in settled(sim)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("account", {"type": "account_reference"}),
        ("service:Payments", {"type": "service_reference", "id": "PSVC002"}),
        ("service: PSVC002", {"type": "service_reference", "id": "PSVC002"}),
    ],
)
def test_the_scope_is_what_is_asked_for(
    sim: Simulator, act: Action, scope: str, expected: dict[str, str]
) -> None:
    assert act("setup", actions="none", scope=scope).code == 0
    (subscription,) = subscriptions(sim)
    assert subscription["filter"] == expected


def test_another_scope_changes_the_subscription_that_is_there(sim: Simulator, act: Action) -> None:
    act("setup", actions="none")
    (before,) = subscriptions(sim)
    before["events"] = ["incident.triggered", "incident.annotated"]
    result = act("setup", actions="none", scope="service:Payments")
    assert result.code == 0, result.log
    (after,) = subscriptions(sim)
    assert after["id"] == before["id"]
    assert after["filter"] == {"type": "service_reference", "id": "PSVC002"}
    assert {"incident.annotated", "incident.resolved"} <= set(after["events"])
    assert "~ filter.type: account_reference → service_reference" in result.log
    incident = opened(sim)
    assert incident not in settled(sim)


def test_a_team_that_does_not_exist_is_pagerdutys_refusal(sim: Simulator, act: Action) -> None:
    result = act("setup", actions="none", scope="team:PTEAM404")
    assert result.code == 1
    error = result.annotations("error")[0]
    assert "did not subscribe Port to its events (unless webhooks: false): it answered 400" in error
    assert "PTEAM404" in error
    assert subscriptions(sim) == []


def test_a_disabled_subscription_is_a_warning(sim: Simulator, act: Action) -> None:
    act("setup", actions="none")
    (subscription,) = subscriptions(sim)
    subscription["delivery_method"]["temporarily_disabled"] = True
    result = act("setup", actions="none")
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert warning.startswith(f"PagerDuty has disabled webhook subscription {subscription['id']}")


def test_without_the_token_there_are_no_webhooks(sim: Simulator, act: Action) -> None:
    result = act("setup", actions="none", pagerduty_token=None)
    assert result.code == 0, result.log
    assert sim.port.state.webhooks == {}


def test_the_address_can_be_given(sim: Simulator, act: Action) -> None:
    result = act("setup", actions="none", port_ingest_url=sim.ingest.url)
    assert result.code == 0, result.log
    (subscription,) = subscriptions(sim)
    webhook = sim.port.state.webhook(WEBHOOK)
    assert subscription["delivery_method"]["url"] == f"{sim.ingest.url}/{webhook['webhookKey']}"
