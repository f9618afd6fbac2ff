"""Port's webhooks: what Port takes as one, and what becomes of what is sent to it."""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Fault, Simulator

pytest.importorskip("jq")
Ask = Callable[..., requests.Response]
Json = dict[str, Any]
WEBHOOKS = "/v1/webhooks"
SECRET = "s3cret"
SECURITY = {
    "secret": SECRET,
    "signatureHeaderName": "X-PagerDuty-Signature",
    "signatureAlgorithm": "sha256",
    "signaturePrefix": "v1=",
}
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
EVENT = {"kind": "incident", "id": "Q1", "title": "Down", "status": "triggered"}
FULL_EVENT = EVENT | {"service": "PSVC001", "url": "https://acme.example/Q1"}


def add(port: Ask, **changes: object) -> Json:
    answer = port("POST", WEBHOOKS, WEBHOOK | changes)
    assert answer.status_code == 201, answer.text
    webhook: Json = answer.json()["integration"]
    return webhook


def send(webhook: Json, event: object, **headers: str) -> requests.Response:
    return requests.post(webhook["url"], data=json.dumps(event), headers=headers, timeout=5)


def signed(event: object, *secrets: str) -> str:
    body = json.dumps(event).encode()
    digests = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join(f"v1={digest}" for digest in digests)


def incidents(sim: Simulator) -> dict[str, Json]:
    return sim.port.state.entities["pagerdutyIncident"]


def test_a_webhook_is_added_listed_shown_and_replaced(sim: Simulator, port: Ask) -> None:
    made = add(port)
    assert made["url"] == f"{sim.ingest.url}/{made['webhookKey']}"
    assert made == made | WEBHOOK
    assert port("GET", WEBHOOKS).json()["integrations"] == [made]
    change = WEBHOOK | {"title": "Other", "identifier": "other"}
    replaced = port("PUT", f"{WEBHOOKS}/hook", change).json()["integration"]
    assert (replaced["title"], replaced["url"]) == ("Other", made["url"])
    assert port("GET", f"{WEBHOOKS}/other").json()["integration"] == replaced
    assert port("GET", f"{WEBHOOKS}/hook").status_code == 404
    assert port("PUT", f"{WEBHOOKS}/hook", WEBHOOK).status_code == 404


def test_identifiers_are_taken_once_and_made_up_where_none_is_given(port: Ask) -> None:
    add(port)
    assert port("POST", WEBHOOKS, WEBHOOK).status_code == 409
    nameless = port("POST", WEBHOOKS, {"title": "Hook", "enabled": True}).json()["integration"]
    assert nameless["identifier"]
    assert port("PUT", f"{WEBHOOKS}/{nameless['identifier']}", WEBHOOK).status_code == 409


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": "A title that is longer than it may be"}, "30 characters"),
        ({"enabled": "yes"}, "enabled must be boolean"),
        ({"colour": "red"}, "'colour'"),
        ({"integrationType": "ocean"}, "integrationType"),
        ({"security": {"signatureAlgorithm": "md5"}}, "signatureAlgorithm"),
        ({"security": {"password": "x"}}, "'password'"),
        ({"mappings": ["x"]}, "mappings/0 must be object"),
        ({"mappings": [{"blueprint": "pagerdutyIncident"}]}, "'entity'"),
        ({"mappings": [MAPPING | {"operation": "archive"}]}, "operation"),
        ({"mappings": [MAPPING | {"entity": {"title": ".body.title"}}]}, "'identifier'"),
    ],
)
def test_what_is_not_a_webhook_is_refused(port: Ask, changes: Json, words: str) -> None:
    answer = port("POST", WEBHOOKS, WEBHOOK | changes)
    assert answer.status_code == 422
    assert words in answer.json()["message"]


def test_the_blueprint_of_a_mapping_must_exist(port: Ask) -> None:
    mappings = [MAPPING | {"blueprint": "none"}]
    assert port("POST", WEBHOOKS, WEBHOOK | {"mappings": mappings}).status_code == 404


def test_an_event_becomes_an_entity_and_the_next_one_is_merged(sim: Simulator, port: Ask) -> None:
    webhook = add(port)
    answer = send(webhook, FULL_EVENT)
    assert (answer.status_code, answer.json()) == (202, {"ok": True})
    entity = incidents(sim)["Q1"]
    assert (entity["title"], entity["relations"]) == ("Down", {"pagerdutyService": ["PSVC001"]})
    resolved = {"identifier": ".body.id", "properties": {"status": '"resolved"'}}
    mapping = {"blueprint": "pagerdutyIncident", "entity": resolved}
    port("PUT", f"{WEBHOOKS}/hook", WEBHOOK | {"mappings": [mapping]})
    send(webhook, {"id": "Q1"})
    assert incidents(sim)["Q1"]["properties"] == {"status": "resolved", "url": FULL_EVENT["url"]}
    assert incidents(sim)["Q1"]["title"] == "Down"


def test_who_wrote_an_entity_is_noted(sim: Simulator, port: Ask) -> None:
    webhook, run_id = add(port), sim.port.state.start_run()
    send(webhook, FULL_EVENT)
    path = "/v1/blueprints/pagerdutyIncident/entities"
    port("POST", f"{path}?upsert=true&merge=true&run_id={run_id}", {"identifier": "Q1"})
    port("DELETE", f"{path}/Q1?delete_dependents=false")
    noted = [(entry.identifier, entry.change, entry.by) for entry in sim.port.state.audit]
    assert noted == [("Q1", "CREATE", "hook"), ("Q1", "UPDATE", run_id), ("Q1", "DELETE", "API")]


def test_what_the_filter_does_not_want_is_left_alone(sim: Simulator, port: Ask) -> None:
    for event in ({"kind": "service", "id": "Q1"}, ["no object"], {"kind": None}):
        assert send(add(port, identifier=f"h{len(str(event))}"), event).status_code == 202
    assert incidents(sim) == {}


def test_headers_and_query_can_be_mapped(sim: Simulator, port: Ask) -> None:
    entity = {"identifier": '.headers."x-id"', "title": ".queryParams.title"}
    webhook = add(port, mappings=[{"blueprint": "pagerdutyIncident", "entity": entity}])
    requests.post(f"{webhook['url']}?title=Down", json={}, headers={"X-Id": "Q7"}, timeout=5)
    assert incidents(sim)["Q7"]["title"] == "Down"


def test_each_item_becomes_an_entity(sim: Simulator, port: Ask) -> None:
    mapping = {
        "blueprint": "pagerdutyIncident",
        "itemsToParse": ".body.incidents",
        "filter": ".item.open",
        "entity": {"identifier": ".item.id", "title": ".body.title"},
    }
    webhook = add(port, mappings=[mapping])
    items = [{"id": "Q1", "open": True}, {"id": "Q2", "open": False}, {"id": "Q3", "open": True}]
    send(webhook, {"title": "Down", "incidents": items})
    send(webhook, {"title": "Nothing to parse"})
    assert {name: entity["title"] for name, entity in incidents(sim).items()} == {
        "Q1": "Down",
        "Q3": "Down",
    }


@pytest.mark.parametrize(
    "operation", ["delete", {"type": "delete"}, {"type": "delete", "deleteDependents": True}]
)
def test_a_mapping_can_delete(sim: Simulator, port: Ask, operation: object) -> None:
    send(add(port), FULL_EVENT)
    entity = {"identifier": ".body.id"}
    mapping = {"blueprint": "pagerdutyIncident", "operation": operation, "entity": entity}
    webhook = add(port, identifier="gone", mappings=[mapping])
    for _ in range(2):
        assert send(webhook, {"id": "Q1"}).status_code == 202
    assert incidents(sim) == {}
    assert sim.port.state.mapping_failures == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"service": "PSVC999"}, "PSVC999"),
        ({"status": "on fire"}, "status"),
        ({"id": None}, "no identifier"),
        ({"id": "two words"}, "not valid"),
    ],
)
def test_what_does_not_fit_is_noted_and_not_told(
    sim: Simulator, port: Ask, changes: Json, words: str
) -> None:
    assert send(add(port), FULL_EVENT | changes).status_code == 202
    (failure,) = sim.port.state.mapping_failures
    assert failure.startswith("hook: ")
    assert words in failure
    assert incidents(sim) == {}


def test_a_broken_expression_spoils_its_mapping_alone(sim: Simulator, port: Ask) -> None:
    broken = [
        MAPPING | {"filter": ".body |"},
        MAPPING | {"entity": {"identifier": ".body.id + 1"}},
        MAPPING | {"entity": {"identifier": ".body.id", "relations": {"pagerdutyService": {}}}},
    ]
    send(add(port, mappings=[*broken, MAPPING]), FULL_EVENT)
    assert len(sim.port.state.mapping_failures) == 3
    assert list(incidents(sim)) == ["Q1"]


@pytest.mark.parametrize(
    ("signature", "status"),
    [
        (signed(EVENT, SECRET), 202),
        (signed(EVENT, "old", SECRET), 202),
        (signed(EVENT, SECRET).replace(",", " , "), 202),
        (signed(EVENT, "other"), 401),
        (signed({}, SECRET), 401),
        (signed(EVENT, SECRET).removeprefix("v1="), 401),
        ("v1=", 401),
        ("", 401),
    ],
)
def test_signatures_are_checked(sim: Simulator, port: Ask, signature: str, status: int) -> None:
    mapping = {"blueprint": "pagerdutyIncident", "entity": {"identifier": ".body.id"}}
    webhook = add(port, security=SECURITY, mappings=[mapping])
    answer = send(webhook, EVENT, **{"X-PagerDuty-Signature": signature})
    assert answer.status_code == status
    assert list(incidents(sim)) == (["Q1"] if status == 202 else [])


def test_other_ways_to_sign(port: Ask) -> None:
    digest = hmac.new(SECRET.encode(), json.dumps(EVENT).encode(), hashlib.sha1).hexdigest()
    for algorithm, header in (("plain", SECRET), ("sha1", digest)):
        security = SECURITY | {"signatureAlgorithm": algorithm, "signaturePrefix": None}
        webhook = add(port, identifier=algorithm, security=security, mappings=[])
        assert send(webhook, EVENT, **{"X-PagerDuty-Signature": header}).status_code == 202
        assert send(webhook, EVENT, **{"X-PagerDuty-Signature": "x"}).status_code == 401


def test_an_event_that_comes_again_is_not_taken_again(sim: Simulator, port: Ask) -> None:
    webhook = add(port, security={"requestIdentifierPath": ".body.event_id"})
    for identifier, title in (("1", "Down"), ("1", "Late"), (None, "Up")):
        assert send(webhook, FULL_EVENT | {"event_id": identifier, "title": title}).ok
        shown = incidents(sim)["Q1"]["title"]
        assert shown == ("Up" if identifier is None else "Down")
    sim.port.state.reset()
    send(add(port, security={"requestIdentifierPath": ".body.event_id"}), FULL_EVENT)
    assert list(incidents(sim)) == ["Q1"], "after a reset nothing has come before"


def test_only_a_webhook_that_is_known_and_enabled_listens(sim: Simulator, port: Ask) -> None:
    assert send({"url": f"{sim.ingest.url}/none"}, EVENT).status_code == 404
    assert send({"url": f"{sim.ingest.url}/none/more"}, EVENT).status_code == 404
    assert send(add(port, enabled=False), EVENT).status_code == 404
    assert requests.get(add(port, identifier="on")["url"], timeout=5).status_code == 405
    answer = requests.post(add(port, identifier="json")["url"], data="no json", timeout=5)
    assert answer.status_code == 422


def test_without_jq_it_says_what_is_missing(port: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jq", None)
    answer = send(add(port), EVENT)
    assert answer.status_code == 501
    assert "pip install jq" in answer.json()["message"]


def test_the_listener_takes_faults_and_is_recorded(sim: Simulator, port: Ask) -> None:
    webhook = add(port)
    sim.faults.add(Fault(kind="status", api="ingest", status=503))
    assert [send(webhook, EVENT).status_code for _ in range(2)] == [503, 202]
    arrived = [exchange for exchange in sim.exchanges if exchange.api == "ingest"]
    assert [exchange.path for exchange in arrived] == [f"/{webhook['webhookKey']}"] * 2
