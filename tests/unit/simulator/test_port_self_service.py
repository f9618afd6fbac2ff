"""Self-service actions and automations: what Port takes, and starting runs of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
Json = dict[str, Any]
ACTIONS = "/v1/actions"
RUNS = f"{ACTIONS}/page/runs"
INVOCATION = {"type": "GITHUB", "org": "acme", "repo": "ops", "workflow": "create.yml"}
TRIGGER = {
    "type": "self-service",
    "operation": "DAY-2",
    "blueprintIdentifier": "pagerdutyService",
    "userInputs": {
        "properties": {
            "title": {"type": "string"},
            "urgency": {"type": "string", "enum": ["high", "low"], "default": "high"},
            "level": {"type": "number"},
            "from": {"type": "string", "default": {"jqQuery": ".user.email"}},
        },
        "required": ["title", "from"],
    },
}
ACTION = {"identifier": "page", "trigger": TRIGGER, "invocationMethod": INVOCATION}
REACTION = {
    "type": "automation",
    "event": {"type": "RUN_UPDATED", "actionIdentifier": "page"},
    "condition": {"type": "JQ", "expressions": ["true"], "combinator": "and"},
}
UPSERT = {"type": "UPSERT_ENTITY", "blueprintIdentifier": "pagerdutyIncident", "mapping": {}}
AUTOMATION = {"identifier": "sync", "trigger": REACTION, "invocationMethod": UPSERT}


@pytest.fixture(autouse=True)
def _action(port: Ask) -> None:
    assert port("POST", ACTIONS, ACTION).status_code == 201


def test_an_action_is_added_shown_and_replaced(sim: Simulator, port: Ask) -> None:
    made = port("GET", f"{ACTIONS}/page").json()["action"]
    assert made == made | ACTION | {"publish": True, "createdBy": "simulator"}
    sim.port.state.actions["page"]["createdAt"] = "2026-01-01T00:00:00.000Z"
    replaced = port("PUT", f"{ACTIONS}/page", ACTION | {"title": "Page"}).json()["action"]
    assert (replaced["title"], replaced["createdAt"]) == ("Page", "2026-01-01T00:00:00.000Z")
    assert port("PUT", f"{ACTIONS}/page", ACTION | {"identifier": "alarm"}).ok
    assert list(sim.port.state.actions) == ["alarm"]
    assert port("GET", f"{ACTIONS}/page").status_code == 404
    assert port("PUT", f"{ACTIONS}/page", ACTION).status_code == 404


def test_identifiers_are_taken_once(port: Ask) -> None:
    assert port("POST", ACTIONS, ACTION).status_code == 409
    port("POST", ACTIONS, AUTOMATION)
    assert port("PUT", f"{ACTIONS}/sync", ACTION).status_code == 409


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["page", "sync"]),
        ("trigger_type=automation", ["sync"]),
        ("trigger_type=self-service&blueprint_identifier=pagerdutyIncident", []),
        ("blueprint_identifier=pagerdutyService&operation=DAY-2", ["page"]),
        ("action_identifier=sync&action_identifier=page", ["page", "sync"]),
        ("trigger_event=RUN_UPDATED&trigger_event_action_identifier=page", ["sync"]),
        ("published=false", ["sync"]),
    ],
)
def test_actions_are_listed_by_what_is_asked_for(
    port: Ask, query: str, expected: list[str]
) -> None:
    port("POST", ACTIONS, AUTOMATION | {"publish": False})
    listed = port("GET", f"{ACTIONS}?{query}").json()["actions"]
    assert [action["identifier"] for action in listed] == expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"identifier": "two words"}, "identifier"),
        ({"identifier": 7}, "must be string"),
        ({"colour": "red"}, "additional property 'colour'"),
        ({"requiredApproval": "yes"}, "boolean or object"),
        ({"trigger": TRIGGER | {"type": "button"}}, "self-service, automation"),
        ({"trigger": TRIGGER | {"operation": "DAY-3"}}, "CREATE, DAY-2, DELETE"),
        ({"trigger": {"type": "self-service", "operation": "CREATE"}}, "'userInputs'"),
        ({"trigger": TRIGGER | {"operation": "CREATE", "condition": {}}}, "'condition'"),
        ({"trigger": TRIGGER | {"userInputs": {}}}, "'properties'"),
        ({"trigger": TRIGGER | {"userInputs": {"properties": {"a": {}}}}}, "a must have"),
        ({"invocationMethod": {"type": "GITHUBS"}}, "invocationMethod/type"),
        ({"invocationMethod": {"type": "WEBHOOK"}}, "'url'"),
        ({"invocationMethod": INVOCATION | {"workflow": None}}, "workflow must be string"),
        ({"trigger": REACTION | {"event": {"type": "RUN_UPDATED"}}}, "'actionIdentifier'"),
        ({"trigger": REACTION | {"event": {"type": "NOON"}}}, "event/type"),
        ({"trigger": REACTION | {"condition": {"type": "JS", "expressions": []}}}, "JQ"),
    ],
)
def test_what_is_not_an_action_is_refused(port: Ask, changes: Json, words: str) -> None:
    answer = port("POST", ACTIONS, ACTION | {"identifier": "new"} | changes)
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")
    assert words in answer.json()["message"]


def test_a_part_that_is_missing_is_refused(sim: Simulator, port: Ask) -> None:
    for name in ("identifier", "trigger", "invocationMethod"):
        rest = {key: value for key, value in ACTION.items() if key != name}
        assert f"'{name}'" in port("POST", ACTIONS, rest).json()["message"]
    assert list(sim.port.state.actions) == ["page"]


@pytest.mark.parametrize(
    "changes",
    [
        {"trigger": TRIGGER | {"blueprintIdentifier": "none"}},
        {"trigger": REACTION | {"event": {"type": "RUN_CREATED", "actionIdentifier": "none"}}},
        {"trigger": REACTION | {"event": {"type": "ENTITY_UPDATED", "blueprintIdentifier": "no"}}},
        {"invocationMethod": UPSERT | {"blueprintIdentifier": "none"}},
    ],
)
def test_what_an_action_names_must_exist(port: Ask, changes: Json) -> None:
    assert port("POST", ACTIONS, ACTION | {"identifier": "new"} | changes).status_code == 404


def test_a_run_is_started_on_an_entity(sim: Simulator, port: Ask) -> None:
    body = {"entity": "PSVC001", "properties": {"title": "Down", "level": 2}}
    answer = port("POST", RUNS, body)
    assert answer.status_code == 202
    run = answer.json()["run"]
    assert (run["status"], run["action"]) == ("IN_PROGRESS", {"identifier": "page"})
    assert run["blueprint"] == {"identifier": "pagerdutyService"}
    assert run["entity"] == {"identifier": "PSVC001"}
    assert run["properties"] == {"title": "Down", "level": 2, "urgency": "high"}
    assert port("GET", f"/v1/actions/runs/{run['id']}").json()["run"] == run
    assert not sim.port.state.runs[run["id"]].ended


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "'properties'"),
        ({"properties": {"title": "Down"}}, "'entity'"),
        ({"entity": "PSVC001", "properties": {}}, "'title'"),
        ({"entity": "PSVC001", "properties": {"title": "Down", "colour": "red"}}, "'colour'"),
        ({"entity": "PSVC001", "properties": {"title": "Down", "urgency": "huge"}}, "urgency"),
        ({"entity": "PSVC001", "properties": {"title": "Down", "level": "2"}}, "number"),
        ({"entity": "PSVC001", "properties": {"title": "Down"}, "run": 1}, "'run'"),
    ],
)
def test_what_the_form_would_not_take_is_refused(
    sim: Simulator, port: Ask, body: Json, words: str
) -> None:
    answer = port("POST", RUNS, body)
    assert answer.status_code == 422
    assert words in answer.json()["message"]
    assert not sim.port.state.runs


def test_only_what_exists_and_is_for_people_is_run(port: Ask) -> None:
    port("POST", ACTIONS, AUTOMATION)
    body = {"entity": "none", "properties": {"title": "Down"}}
    assert port("POST", RUNS, body).status_code == 404, "no such entity"
    assert port("POST", f"{ACTIONS}/none/runs", body).status_code == 404, "no such action"
    assert port("POST", f"{ACTIONS}/sync/runs", body).status_code == 422, "an automation"


def test_an_action_that_creates_needs_no_entity(port: Ask) -> None:
    trigger = TRIGGER | {"operation": "CREATE"}
    port("PUT", f"{ACTIONS}/page", ACTION | {"trigger": trigger})
    run = port("POST", RUNS, {"properties": {"title": "Down", "from": None}}).json()["run"]
    assert "entity" not in run


def test_the_organization_is_known(port: Ask) -> None:
    assert port("GET", "/v1/organization").json()["organization"]["name"] == "Acme"
