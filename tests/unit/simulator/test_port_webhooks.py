"""Port's webhooks: signatures, and how mappings change the catalog."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Fault, Simulator

pytest.importorskip("jq")
Ask = Callable[..., requests.Response]
Json = dict[str, Any]
MAPPING = {
    "blueprint": "pagerdutyIncident",
    "filter": '.body.kind == "incident"',
    "entity": {
        "identifier": ".body.id",
        "title": ".body.title",
        "properties": {"status": ".body.status", "url": ".body.url"},
        "relations": {"pagerdutyService": "[.body.service]"},
    },
}
WEBHOOK = {"identifier": "hook", "title": "Hook", "enabled": True, "mappings": [MAPPING]}
EVENT = {
    "kind": "incident",
    "id": "Q1",
    "title": "Down",
    "status": "triggered",
    "service": "PSVC001",
    "url": "https://acme.example/Q1",
}


def add(port: Ask, **changes: object) -> Json:
    response = port("POST", "/v1/webhooks", WEBHOOK | changes)
    assert response.status_code == 201, response.text
    webhook: Json = response.json()["integration"]
    return webhook


def send(webhook: Json, event: object, **headers: str) -> requests.Response:
    return requests.post(webhook["url"], data=json.dumps(event), headers=headers, timeout=5)


def incidents(sim: Simulator) -> dict[str, Json]:
    return sim.port.state.entities["pagerdutyIncident"]


def test_a_replaced_webhook_keeps_its_url(sim: Simulator, port: Ask) -> None:
    webhook = add(port)
    assert webhook["url"] == f"{sim.ingest.url}/{webhook['webhookKey']}"
    assert port("POST", "/v1/webhooks", WEBHOOK).status_code == 409
    change = WEBHOOK | {"title": "Other", "identifier": "other"}
    replaced = port("PUT", "/v1/webhooks/hook", change).json()["integration"]
    assert (replaced["title"], replaced["url"]) == ("Other", webhook["url"])
    assert list(sim.port.state.webhooks) == ["other"]


def test_an_invalid_webhook_is_rejected(port: Ask) -> None:
    cases: list[tuple[Json, int, str]] = [
        ({"title": "A title that is longer than it may be"}, 422, "30 characters"),
        ({"security": {"signatureAlgorithm": "md5"}}, 422, "signatureAlgorithm"),
        ({"mappings": [MAPPING | {"entity": {"title": ".body.title"}}]}, 422, "'identifier'"),
        ({"mappings": [MAPPING | {"blueprint": "none"}]}, 404, "none"),
    ]
    for changes, status, message in cases:
        response = port("POST", "/v1/webhooks", WEBHOOK | changes)
        assert (response.status_code, message in response.json()["message"]) == (status, True)


def test_an_event_becomes_an_entity_and_the_next_one_is_merged(sim: Simulator, port: Ask) -> None:
    webhook = add(port)
    response = send(webhook, EVENT)
    assert (response.status_code, response.json()) == (202, {"ok": True})
    assert incidents(sim)["Q1"]["relations"] == {"pagerdutyService": ["PSVC001"]}
    resolved = {"identifier": ".body.id", "properties": {"status": '"resolved"'}}
    mapping = {"blueprint": "pagerdutyIncident", "entity": resolved}
    port("PUT", "/v1/webhooks/hook", WEBHOOK | {"mappings": [mapping]})
    send(webhook, {"id": "Q1"})
    assert incidents(sim)["Q1"]["properties"] == {"status": "resolved", "url": EVENT["url"]}
    assert incidents(sim)["Q1"]["title"] == "Down"


def test_a_mapping_can_delete(sim: Simulator, port: Ask) -> None:
    send(add(port), EVENT)
    deletion = {"type": "delete", "deleteDependents": False}
    entity = {"identifier": ".body.id"}
    mapping = {"blueprint": "pagerdutyIncident", "operation": deletion, "entity": entity}
    webhook = add(port, identifier="gone", mappings=[mapping])
    for _ in range(2):
        assert send(webhook, {"id": "Q1"}).status_code == 202
    assert (incidents(sim), sim.port.state.mapping_failures) == ({}, [])


def test_a_broken_expression_spoils_its_mapping_alone(sim: Simulator, port: Ask) -> None:
    broken = [
        MAPPING | {"filter": ".body |"},
        MAPPING | {"entity": {"identifier": ".body.id + 1"}},
        MAPPING | {"entity": {"identifier": ".body.id", "relations": {"pagerdutyService": {}}}},
    ]
    send(add(port, mappings=[*broken, MAPPING]), EVENT)
    assert len(sim.port.state.mapping_failures) == 3
    assert list(incidents(sim)) == ["Q1"]
    # The sender doesn't hear of it.
    for changes, message in (({"service": "PSVC999"}, "PSVC999"), ({"id": None}, "no identifier")):
        sim.port.state.mapping_failures.clear()
        webhook = sim.port.state.webhooks["hook"] | {"mappings": [MAPPING]}
        sim.port.state.webhooks["hook"] = webhook
        assert send(webhook, EVENT | changes).status_code == 202
        (failure,) = sim.port.state.mapping_failures
        assert failure.startswith("hook: ")
        assert message in failure


def test_a_repeated_event_is_ignored(sim: Simulator, port: Ask) -> None:
    webhook = add(port, security={"requestIdentifierPath": ".body.event_id"})
    for identifier, title, shown in (("1", "Down", "Down"), ("1", "x", "Down"), (None, "Up", "Up")):
        assert send(webhook, EVENT | {"event_id": identifier, "title": title}).ok
        assert incidents(sim)["Q1"]["title"] == shown


def test_only_enabled_webhooks_listen_and_only_to_json(sim: Simulator, port: Ask) -> None:
    assert send({"url": f"{sim.ingest.url}/none"}, EVENT).status_code == 404
    assert send(add(port, enabled=False), EVENT).status_code == 404
    webhook = add(port, identifier="on")
    assert requests.get(webhook["url"], timeout=5).status_code == 405
    assert requests.post(webhook["url"], data="no json", timeout=5).status_code == 422
    sim.faults.add(Fault(kind="status", api="ingest", status=503))
    assert [send(webhook, EVENT).status_code for _ in range(2)] == [503, 202]
