"""What Port is to be set up with: Port takes it, and it does what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from openapi import problems_of_body
from pd_incident_action.setup import resources
from pd_incident_simulator import Simulator
from pd_incident_simulator.port.blueprints import (
    documented_incident_blueprint,
    incident_io_blueprint,
    integration_incident_blueprint,
    service_blueprint,
)
from pd_incident_simulator.port.dispatch import filled_in
from pd_incident_simulator.port.webhooks import evaluate
from repository import ROOT, read

pytest.importorskip("jq")
Json = dict[str, Any]
PORT = ROOT / "port"
ENDPOINTS = {
    "blueprints": "/v1/blueprints",
    "webhooks": "/v1/webhooks",
    "actions-webhook": "/v1/actions",
    "automations": "/v1/actions",
}
FILES = sorted(
    path.relative_to(PORT).as_posix() for name in ENDPOINTS for path in (PORT / name).glob("*.json")
)
SYNCED = sorted(path.stem for path in (PORT / "actions-webhook").glob("*.json"))
SECRETS = {
    "PAGERDUTY_API_TOKEN": "pd-account-token",
    "PAGERDUTY_ROUTING_KEY": "R0123456789ABCDEF0123456789ABCDE",
    "INCIDENT_IO_API_KEY": "inc-api-key",
}


def resource(name: str) -> Json:
    document: Json = json.loads(read(PORT / name))
    return document


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A simulator in which Port is set up with all the resources."""
    with Simulator() as simulator:
        for blueprint in resources.blueprints():
            path = f"/v1/blueprints/{blueprint['identifier']}"
            known = blueprint["identifier"] in simulator.port.state.blueprints
            method, path = ("PUT", path) if known else ("POST", "/v1/blueprints")
            assert port(simulator, method, path, blueprint).ok
        for name in FILES:
            endpoint = ENDPOINTS[name.partition("/")[0]]
            if not name.startswith("blueprints/"):
                assert port(simulator, "POST", endpoint, resource(name)).status_code == 201, name
        yield simulator


def port(sim: Simulator, method: str, path: str, body: Json) -> requests.Response:
    headers = {"Authorization": f"Bearer {sim.port.state.sign_in()}"}
    return requests.request(method, sim.port.url + path, json=body, headers=headers, timeout=5)


def run(sim: Simulator, name: str, properties: Json, entity: str = "") -> Json:
    """Run a synced action as Port does, and what is to follow; give the entity that is written."""
    action = resource(f"actions-webhook/{name}.json")
    body = {"properties": properties} | ({"entity": entity} if entity else {})
    started = port(sim, "POST", f"/v1/actions/{action['identifier']}/runs", body)
    assert started.status_code == 202, started.text
    shown = started.json()["run"]
    blueprint = action["trigger"]["blueprintIdentifier"]
    known = sim.port.state.entities[blueprint].get(entity, {})
    data = {"inputs": shown["properties"], "run": shown, "secrets": SECRETS, "entity": known}
    response = invoke(sim, action["invocationMethod"], data)
    after = {
        **shown,
        "status": "SUCCESS",
        "response": response,
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z",
    }
    return follow(sim, name, {"diff": {"before": shown, "after": after}})


def invoke(sim: Simulator, invocation: Json, data: Json) -> Json:
    """Send the request that an action makes, to the simulator instead of the real API."""
    hosts = {
        "https://api.pagerduty.com": sim.pagerduty.url,
        "https://events.pagerduty.com": sim.events.url,
        "https://api.incident.io": sim.incident_io.url,
    }
    sent: Any = filled_in(invocation, data)
    host = next(host for host in hosts if sent["url"].startswith(f"{host}/"))
    url = hosts[host] + sent["url"].removeprefix(host)
    answer = requests.request(
        sent["method"], url, json=sent["body"], headers=sent["headers"], timeout=5
    )
    assert answer.ok, answer.text
    response: Json = answer.json()
    return response


def follow(sim: Simulator, name: str, event: Json) -> Json:
    """Do what the automation does that follows an event; give the entity that it writes."""
    (invocation,) = (
        resource(file)["invocationMethod"] for file in FILES if follows(file, name, event)
    )
    entity: Any = filled_in(invocation["mapping"], {"event": event})
    path = f"/v1/blueprints/{invocation['blueprintIdentifier']}/entities?upsert=true&merge=true"
    answer = port(sim, "POST", path, entity)
    assert answer.status_code == 201, answer.text
    written: Json = answer.json()["entity"]
    return written


def follows(file: str, name: str, event: Json) -> bool:
    """Check whether a file is an automation that follows an action's event."""
    if file not in (f"automations/{name}.json", f"automations/{name}-status.json"):
        return False
    conditions = resource(file)["trigger"]["condition"]["expressions"]
    return all(evaluate(condition, event) is True for condition in conditions)


def test_port_takes_the_resource() -> None:
    for name in FILES:
        assert problems_of_body(ENDPOINTS[name.partition("/")[0]], resource(name)) == []


def test_port_would_not_take_just_anything() -> None:
    cases: list[tuple[str, Json]] = [
        ("blueprints/pagerdutyService.json", {"schema": {"properties": {"x": {"type": "text"}}}}),
        ("webhooks/pagerduty.json", {"title": "A title that is longer than it may be"}),
        ("webhooks/pagerduty.json", {"security": {"secrets": []}}),
        ("actions-webhook/create.json", {"invocationMethod": {"type": "WEBHOOK"}}),
        ("automations/create.json", {"trigger": {"type": "automation"}}),
        ("automations/create.json", {"invocationMethod": {"type": "UPSERT_ENTITY"}}),
    ]
    for name, changes in cases:
        assert problems_of_body(ENDPOINTS[name.partition("/")[0]], resource(name) | changes)


def test_a_blueprint_has_whatever_the_official_ones_have() -> None:
    for known in [
        service_blueprint(),
        documented_incident_blueprint(),
        integration_incident_blueprint(),
        incident_io_blueprint(),
    ]:
        ours = resource(f"blueprints/{known['identifier']}.json")
        properties = ours["schema"]["properties"]
        for name, schema in known["schema"]["properties"].items():
            kinds = {key: schema.get(key) for key in ("type", "format", "items")}
            assert {key: properties[name].get(key) for key in kinds} == kinds, name
        targets = {name: relation["target"] for name, relation in known["relations"].items()}
        assert {name: ours["relations"][name]["target"] for name in targets} == targets


def test_every_synced_action_is_followed_by_an_automation_of_its_name() -> None:
    names = sorted(path.stem for path in (PORT / "automations").glob("*.json"))
    assert {name.removesuffix("-status") for name in names} == set(SYNCED)
    for name in SYNCED:
        event = resource(f"automations/{name}.json")["trigger"]["event"]
        identifier = resource(f"actions-webhook/{name}.json")["identifier"]
        assert event == {"type": "RUN_UPDATED", "actionIdentifier": identifier}


def test_an_automation_only_follows_the_success() -> None:
    for name in SYNCED:
        condition = resource(f"automations/{name}.json")["trigger"]["condition"]
        assert condition["combinator"] == "and"
        for before, after, follows in (
            ("IN_PROGRESS", "SUCCESS", True),
            ("IN_PROGRESS", "FAILURE", False),
            ("IN_PROGRESS", "IN_PROGRESS", False),
            ("SUCCESS", "SUCCESS", False),
        ):
            event = {"diff": {"before": {"status": before}, "after": {"status": after}}}
            answers = [evaluate(expression, event) for expression in condition["expressions"]]
            assert all(answers) is follows, (before, after)


def test_secrets_are_ports_own() -> None:
    for name in FILES:
        text = json.dumps(resource(name))
        used = set(re.findall(r"\.secrets\.(\w+)", text))
        assert used <= set(SECRETS)
        for key in ("Authorization", "routing_key"):
            for value in re.findall(rf'"{key}": "([^"]*)"', text):
                assert re.fullmatch(r"(Token token=|Bearer )?\{\{ \.secrets\.\w+ \}\}", value)


def test_create_pages_once_and_escalate_hands_over(sim: Simulator) -> None:
    properties = {"title": 'A "quote"', "from": "ada@example.com"}
    entity = run(sim, "create", properties, "PSVC001")
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["incident_key"].startswith("r_")
    assert incident["body"]["details"] == 'A "quote"', "without details they repeat the title"
    assert (entity["identifier"], entity["title"]) == (incident["id"], 'A "quote"')
    assert entity["properties"] == {
        "status": "triggered",
        "url": incident["html_url"],
        "urgency": "high",
        "responder": "Ada Lovelace",
        "assignees": ["Ada Lovelace"],
        "escalation_policy": "Platform",
        "priority": None,
        "created_at": incident["created_at"],
        "updated_at": incident["updated_at"],
    }
    assert entity["relations"] == {"pagerdutyService": ["PSVC001"]}
    opened = {"title": "Down", "details": "It's bad", "from": "ada@example.com"}
    incident = run(sim, "create", opened, "PSVC001")["identifier"]
    properties = {"escalation_policy": "PPOL002", "urgency": "low", "from": "ada@example.com"}
    entity = run(sim, "escalate", properties, incident)
    assert sim.pagerduty.state.incidents[incident]["escalation_policy"]["id"] == "PPOL002"
    assert sim.pagerduty.state.incidents[incident]["body"]["details"] == "It's bad"
    assert entity["identifier"] == incident
    shown = [entity["properties"][name] for name in ("escalation_policy", "responder", "urgency")]
    assert shown == ["Payments on-call", "Grace Hopper", "low"]


def test_trigger_writes_the_alert_by_its_key(sim: Simulator) -> None:
    alert = {"summary": "Disk full", "dedup_key": "db 1"}
    for action, status in (
        ("trigger", "triggered"),
        ("acknowledge", "acknowledged"),
        ("resolve", "resolved"),
    ):
        entity = run(sim, "trigger", {**alert, "event_action": action})
        assert (entity["identifier"], entity["title"]) == ("db-1", "Disk full")
        assert entity["properties"]["status"] == status
        assert entity["properties"]["urgency"] == "high", "what was known stays"
        assert entity["properties"]["created_at"]
    sent = [exchange.json for exchange in sim.exchanges if exchange.api == "events"]
    assert [event["event_action"] for event in sent] == ["trigger", "acknowledge", "resolve"]
    assert {event["dedup_key"] for event in sent} == {"db 1"}
    assert run(sim, "trigger", {"summary": "Disk full"})["identifier"].startswith("r_")


def test_without_a_key_no_alert_is_shown_as_resolved() -> None:
    keys: list[Json] = [{}, {"dedup_key": None}, {"dedup_key": ""}]
    actions: list[str] = ["acknowledge", "resolve"]
    for action in actions:
        for key in keys:
            after = {"status": "SUCCESS", "properties": {"event_action": action, **key}}
            event = {"diff": {"before": {"status": "IN_PROGRESS"}, "after": after}}
            assert not [file for file in FILES if follows(file, "trigger", event)]


def test_incident_io_create_writes_the_incident(sim: Simulator) -> None:
    severity = next(iter(sim.incident_io.state.severities))
    entity = run(sim, "incident-io-create", {"name": "Down", "severity_id": severity})
    (incident,) = sim.incident_io.state.incidents.values()
    assert (entity["identifier"], entity["title"]) == (incident["id"], "Down")
    assert entity["properties"] == {
        "status": incident["incident_status"]["name"],
        "url": incident["permalink"],
        "severity": "Minor",
        "description": "Down",
        "visibility": "public",
        "createdBy": "Incident action",
        "createdAt": incident["created_at"],
    }
