"""Port's entities are checked against their blueprint, merged and replaced as by Port."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
PATH = "/v1/blueprints/pagerdutyIncident/entities"
UPSERT = f"{PATH}?upsert=true&merge=true"
ENTITY: dict[str, Any] = {
    "identifier": "Q1",
    "title": "Down",
    "properties": {"status": "triggered", "urgency": "high"},
    "relations": {"pagerdutyService": ["PSVC001"]},
}


def stored(sim: Simulator) -> dict[str, dict[str, Any]]:
    return sim.port.state.entities["pagerdutyIncident"]


def test_an_entity_is_created_once_without_upsert(sim: Simulator, port: Ask) -> None:
    assert port("POST", PATH, ENTITY).json() == {"ok": True, "entity": ENTITY}
    again = port("POST", PATH, ENTITY)
    assert (again.status_code, again.json()["error"]) == (409, "identifier_taken")
    assert stored(sim) == {"Q1": ENTITY}


@pytest.mark.parametrize(
    ("query", "properties", "relations"),
    [
        (
            "upsert=true&merge=true",
            {"status": "resolved", "urgency": "high"},
            {"pagerdutyService": ["PSVC001"]},
        ),
        ("upsert=true", {"status": "resolved"}, {}),
    ],
    ids=["merge keeps", "upsert alone replaces"],
)
def test_merging_and_replacing(
    sim: Simulator,
    port: Ask,
    query: str,
    properties: dict[str, str],
    relations: dict[str, list[str]],
) -> None:
    port("POST", PATH, ENTITY)
    change = {"identifier": "Q1", "properties": {"status": "resolved"}}
    assert port("POST", f"{PATH}?{query}", change).status_code == 201
    assert stored(sim)["Q1"]["properties"] == properties
    assert stored(sim)["Q1"]["relations"] == relations


def test_put_replaces_and_patch_merges(port: Ask) -> None:
    port("POST", PATH, ENTITY)
    change = {"properties": {"status": "resolved"}}
    patched = port("PATCH", f"{PATH}/Q1", change).json()["entity"]
    assert patched["properties"] == {"status": "resolved", "urgency": "high"}
    replaced = port("PUT", f"{PATH}/Q1", change).json()["entity"]
    assert replaced["properties"] == {"status": "resolved"}
    assert port("PATCH", f"{PATH}/Q2", change).status_code == 404


def test_getting_counting_and_deleting(port: Ask) -> None:
    port("POST", PATH, ENTITY)
    assert port("GET", f"{PATH}/Q1").json()["entity"] == ENTITY
    assert port("GET", PATH).json()["entities"] == [ENTITY]
    assert port("GET", f"{PATH}-count").json()["count"] == 1
    assert port("DELETE", f"{PATH}/Q1?delete_dependents=false").ok
    assert port("GET", f"{PATH}/Q1").status_code == 404


def test_an_identifier_in_the_path_is_unquoted(port: Ask) -> None:
    port("POST", PATH, ENTITY | {"identifier": "team/a+b"})
    assert port("GET", f"{PATH}/team%2Fa%2Bb").json()["entity"]["identifier"] == "team/a+b"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"identifier": "a b"}, "identifier"),
        ({"identifier": ".."}, "identifier"),
        ({"identifier": "é"}, "identifier"),
        ({"identifier": "x" * 1001}, "identifier"),
        ({"identifier": None}, "identifier"),
        ({"properties": {"colour": "red"}}, 'additional property "colour"'),
        ({"properties": {"status": "closed"}}, "properties/status"),
        ({"properties": {"escalation_policy": 7}}, "properties/escalation_policy"),
        ({"properties": {"url": "no url"}}, "properties/url"),
        ({"properties": {"created_at": "yesterday"}}, "properties/created_at"),
        ({"properties": {"created_at": "2026-01-01T00:00:00"}}, "properties/created_at"),
        ({"properties": ["status"]}, '"properties" must be object'),
        ({"relations": {"team": "x"}}, 'additional property "team"'),
        ({"relations": {"pagerdutyService": "PSVC001"}}, "wrong number of targets"),
        ({"relations": ["PSVC001"]}, '"relations" must be object'),
    ],
)
def test_what_doesnt_fit_the_blueprint_is_refused(
    sim: Simulator, port: Ask, changes: dict[str, Any], words: str
) -> None:
    answer = port("POST", UPSERT, ENTITY | changes)
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")
    assert words in answer.json()["message"]
    assert stored(sim) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"identifier": "x" * 1000},
        {"identifier": r"a@_.+:\/=-"},
        {"properties": {"status": None}},
        {"properties": {"created_at": "2026-01-01T00:00:00Z", "url": "https://x.example"}},
        {"relations": {"pagerdutyService": None}},
        {"relations": {"pagerdutyService": []}},
    ],
)
def test_what_fits_is_taken(port: Ask, changes: dict[str, Any]) -> None:
    assert port("POST", UPSERT, ENTITY | changes).status_code == 201


def test_a_missing_target_is_refused_or_made(sim: Simulator, port: Ask) -> None:
    entity = ENTITY | {"relations": {"pagerdutyService": ["PSVC001", "PNEW"]}}
    assert port("POST", UPSERT, entity).status_code == 404
    assert stored(sim) == {}
    made = port("POST", f"{UPSERT}&create_missing_related_entities=true", entity)
    assert made.status_code == 201
    assert sim.port.state.entities["pagerdutyService"]["PNEW"]["title"] == "PNEW"


def test_validation_alone_writes_nothing(sim: Simulator, port: Ask) -> None:
    options = "validation_only=true&create_missing_related_entities=true"
    entity = ENTITY | {"relations": {"pagerdutyService": ["PNEW"]}}
    run_id = sim.port.state.start_run()
    assert port("POST", f"{UPSERT}&{options}&run_id={run_id}", entity).status_code == 201
    assert stored(sim) == {}
    assert "PNEW" not in sim.port.state.entities["pagerdutyService"]
    assert sim.port.state.runs[run_id].entities == []


def test_a_run_knows_its_entities(sim: Simulator, port: Ask) -> None:
    run_id = sim.port.state.start_run()
    assert port("POST", f"{UPSERT}&run_id={run_id}", ENTITY).status_code == 201
    assert sim.port.state.runs[run_id].entities == [("pagerdutyIncident", "Q1")]
    assert port("POST", f"{UPSERT}&run_id=r_none", ENTITY).status_code == 404


def test_a_body_above_one_mebibyte_is_too_large(port: Ask) -> None:
    assert port("POST", UPSERT, ENTITY | {"title": "x" * 2**20}).status_code == 413


def test_in_bulk_each_entity_may_fail_alone(sim: Simulator, port: Ask) -> None:
    port("POST", PATH, ENTITY)
    bulk = f"{PATH}/bulk?upsert=true&merge=true"
    wanted = [ENTITY, {"identifier": "Q2"}, {"identifier": "Q3", "properties": {"no": 1}}]
    answer = port("POST", bulk, {"entities": wanted})
    assert answer.status_code == 207
    assert [(e["identifier"], e["created"]) for e in answer.json()["entities"]] == [
        ("Q1", False),
        ("Q2", True),
    ]
    assert [(e["index"], e["statusCode"]) for e in answer.json()["errors"]] == [(2, 422)]
    assert set(stored(sim)) == {"Q1", "Q2"}
    assert port("POST", bulk, {"entities": wanted[:2]}).status_code == 200


@pytest.mark.parametrize("number", [0, 21])
def test_a_bulk_has_one_to_twenty_entities(port: Ask, number: int) -> None:
    wanted = [{"identifier": f"Q{n}"} for n in range(number)]
    assert port("POST", f"{PATH}/bulk?upsert=true", {"entities": wanted}).status_code == 422
