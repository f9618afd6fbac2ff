"""Port's entities, blueprints, actions and runs: what Port accepts, and what it rejects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
Json = dict[str, Any]
PATH = "/v1/blueprints/pagerdutyIncident/entities"
UPSERT = f"{PATH}?upsert=true&merge=true"
ENTITY: Json = {
    "identifier": "Q1",
    "title": "Down",
    "properties": {"status": "triggered", "urgency": "high"},
    "relations": {"pagerdutyService": ["PSVC001"]},
}
ACTION: Json = {
    "identifier": "page",
    "trigger": {
        "type": "self-service",
        "operation": "DAY-2",
        "blueprintIdentifier": "pagerdutyService",
        "userInputs": {
            "properties": {
                "title": {"type": "string"},
                "urgency": {"type": "string", "enum": ["high", "low"], "default": "high"},
                "from": {"type": "string", "default": {"jqQuery": ".user.email"}},
            },
            "required": ["title", "from"],
        },
    },
    "invocationMethod": {"type": "GITHUB", "org": "o", "repo": "r", "workflow": "w.yml"},
}


def stored(sim: Simulator) -> dict[str, Json]:
    return sim.port.state.entities["pagerdutyIncident"]


def test_without_upsert_an_entity_is_created_once(sim: Simulator, port: Ask) -> None:
    assert port("POST", PATH, ENTITY).json() == {"ok": True, "entity": ENTITY}
    again = port("POST", PATH, ENTITY)
    assert (again.status_code, again.json()["error"]) == (409, "identifier_taken")
    assert stored(sim) == {"Q1": ENTITY}


def test_what_does_not_fit_the_blueprint_is_a_422(sim: Simulator, port: Ask) -> None:
    cases: list[tuple[Json, str]] = [
        ({"identifier": ".."}, "identifier"),
        ({"identifier": "x" * 1001}, "identifier"),
        ({"properties": {"colour": "red"}}, 'additional property "colour"'),
        ({"properties": {"status": "closed"}}, "properties/status"),
        ({"properties": {"escalation_policy": 7}}, "properties/escalation_policy"),
        ({"properties": {"url": "no url"}}, "properties/url"),
        ({"properties": {"created_at": "2026-01-01T00:00:00"}}, "properties/created_at"),
        ({"relations": {"team": "x"}}, 'additional property "team"'),
        ({"relations": {"pagerdutyService": "PSVC001"}}, "wrong number of targets"),
    ]
    for changes, message in cases:
        response = port("POST", UPSERT, ENTITY | changes)
        assert (response.status_code, response.json()["error"]) == (422, "invalid_request")
        assert message in response.json()["message"]
        assert stored(sim) == {}
    formats = {"created_at": "2026-01-01T00:00:00Z", "url": "https://x.example", "status": None}
    valid: list[Json] = [
        {"identifier": r"a@_.+:\/=-"},
        {"identifier": "x" * 1000},
        {"properties": formats},
        {"relations": {"pagerdutyService": None}},
    ]
    for changes in valid:
        assert port("POST", UPSERT, ENTITY | changes).status_code == 201


def test_required_properties_and_relations(sim: Simulator, port: Ask) -> None:
    blueprint = sim.port.state.blueprints["pagerdutyIncident"]
    blueprint["schema"]["required"] = ["status"]
    blueprint["relations"]["pagerdutyService"]["required"] = True
    for missing in ("properties", "relations"):
        response = port("POST", UPSERT, ENTITY | {missing: {}})
        assert response.status_code == 422
    assert port("POST", UPSERT, ENTITY).status_code == 201
    assert port("POST", UPSERT, {"identifier": "Q1", "title": "Merged"}).status_code == 201


def test_a_deleted_entity_leaves_no_relations(sim: Simulator, port: Ask) -> None:
    port("POST", PATH, ENTITY)
    services = "/v1/blueprints/pagerdutyService/entities"
    assert port("DELETE", f"{services}/PSVC001?delete_dependents=false").ok
    assert stored(sim)["Q1"]["relations"] == {"pagerdutyService": []}
    assert port("GET", f"{services}/PSVC001").status_code == 404


def test_in_bulk_each_entity_fails_alone(sim: Simulator, port: Ask) -> None:
    port("POST", PATH, ENTITY)
    bulk = f"{PATH}/bulk?upsert=true&merge=true"
    entities = [ENTITY, {"identifier": "Q2"}, {"identifier": "Q3", "properties": {"no": 1}}]
    response = port("POST", bulk, {"entities": entities})
    assert response.status_code == 207
    assert [(one["identifier"], one["created"]) for one in response.json()["entities"]] == [
        ("Q1", False),
        ("Q2", True),
    ]
    assert [(one["index"], one["statusCode"]) for one in response.json()["errors"]] == [(2, 422)]
    assert set(stored(sim)) == {"Q1", "Q2"}
    for count in (0, 21):
        assert port("POST", bulk, {"entities": [{"identifier": "Q"}] * count}).status_code == 422


def test_a_search_combines_rules_and_has_pages(port: Ask) -> None:
    for number, status in enumerate(("triggered", "resolved", "triggered", "acknowledged")):
        port("POST", PATH, {"identifier": f"Q{number}", "properties": {"status": status}})
    is_open = {"property": "status", "operator": "in", "value": ["triggered", "acknowledged"]}
    body: Json = {"query": {"combinator": "and", "rules": [is_open]}, "limit": 2}
    found = []
    for _ in range(2):
        page = port("POST", f"{PATH}/search", body).json()
        found += [entity["identifier"] for entity in page["entities"]]
        body |= {"from": page.get("next")}
    assert (found, body["from"]) == (["Q0", "Q2", "Q3"], None)
    assert (
        port("POST", f"{PATH}/search", {"query": body["query"] | {"combinator": "or"}}).status_code
        == 422
    )


def test_an_invalid_blueprint_is_rejected(sim: Simulator, port: Ask) -> None:
    blueprint = sim.port.state.blueprints["pagerdutyService"] | {"identifier": "new"}
    invalid: list[Json] = [
        {"schema": {}},
        {"schema": {"properties": {"x": {"type": "text"}}}},
        {"relations": {"x": {"target": "none"}}},
    ]
    for changes in invalid:
        assert port("POST", "/v1/blueprints", blueprint | changes).status_code == 422
    assert port("POST", "/v1/blueprints", blueprint).status_code == 201
    assert port("POST", "/v1/blueprints", blueprint).status_code == 409


def test_the_same_token_is_returned_until_it_expires(sim: Simulator) -> None:
    body = {"clientId": "port-client-id", "clientSecret": "simulated-port-secret"}
    url = f"{sim.port.url}/v1/auth/access_token"
    first, second = (requests.post(url, json=body, timeout=5).json() for _ in range(2))
    assert first == second
    assert (first["tokenType"], first["expiresIn"]) == ("Bearer", 10800)
    sim.port.state.tokens.clear()
    headers = {"Authorization": f"Bearer {first['accessToken']}"}
    expired = requests.get(f"{sim.port.url}/v1/actions", headers=headers, timeout=5)
    assert (expired.status_code, expired.json()["error"]) == (401, "unauthorized")
    assert requests.post(url, json=body, timeout=5).json()["accessToken"] != first["accessToken"]
    wrong = requests.post(url, json=body | {"clientSecret": "x"}, timeout=5)
    assert wrong.status_code == 401


def test_every_response_has_a_trace_id(port: Ask) -> None:
    responses = [port("GET", "/v1/actions"), port("GET", "/v1/actions/none"), port("GET", "/x")]
    assert [response.status_code for response in responses] == [200, 404, 404]
    assert len({response.headers["x-trace-id"] for response in responses}) == 3


def test_an_invalid_update_changes_nothing(sim: Simulator, port: Ask) -> None:
    runs = "/v1/actions/runs"
    nodes = "/v1/workflows/nodes/runs"
    for run_id in ("r_1", "wfnr_1"):
        sim.port.state.start_run(run_id)
    updates: list[tuple[str, Json, int]] = [
        (f"{runs}/r_1", {"status": "DONE"}, 422),
        (f"{runs}/r_1", {"link": "https://x.example", "summary": 7}, 422),
        (f"{runs}/wfnr_1", {}, 404),
        (f"{nodes}/r_1", {}, 404),
        (f"{nodes}/wfnr_1", {"status": "COMPLETED", "result": "FAILURE"}, 422),
    ]
    for path, body, status in updates:
        assert port("PATCH", path, body).status_code == status, body
    assert {(run.status, *run.link) for run in sim.port.state.runs.values()} == {("IN_PROGRESS",)}


def test_an_invalid_log_line_is_rejected(sim: Simulator, port: Ask) -> None:
    action = f"/v1/actions/runs/{sim.port.state.start_run()}/logs"
    node = f"/v1/workflows/nodes/runs/{sim.port.state.start_run('wfnr_1')}/logs"
    lines: list[tuple[str, Json]] = [
        (action, {"message": ""}),
        (node, {"message": "One"}),
        (node, {"logs": [{"level": "INFO"}]}),
        (node, {"logs": [{"level": "WARNING", "message": "x"}]}),
    ]
    for path, body in lines:
        assert port("POST", path, body).status_code == 422


def test_an_invalid_action_is_rejected(port: Ask) -> None:
    trigger = ACTION["trigger"]
    invalid: list[tuple[Json, int, str]] = [
        ({"trigger": trigger | {"blueprintIdentifier": "none"}}, 404, "none"),
        ({"trigger": trigger | {"userInputs": {"properties": {"x": {}}}}}, 422, "'type'"),
        ({"trigger": {"type": "automation", "event": {"type": "RUN_UPDATED"}}}, 422, "'actionId"),
        ({"invocationMethod": {"type": "WEBHOOK"}}, 422, "'url'"),
        (
            {"trigger": trigger | {"userInputs": {"properties": {}, "order": [], "steps": []}}},
            422,
            "exactly one schema",
        ),
        ({"invocationMethod": {"type": "PIGEON"}}, 422, "invocationMethod/type"),
    ]
    for changes, status, message in invalid:
        response = port("POST", "/v1/actions", ACTION | changes)
        assert (response.status_code, message in response.json()["message"]) == (status, True)


def test_a_run_starts_with_the_form_filled_in(sim: Simulator, port: Ask) -> None:
    port("POST", "/v1/actions", ACTION)
    path = "/v1/actions/page/runs"
    started = port("POST", path, {"entity": "PSVC001", "properties": {"title": "Down"}})
    assert started.status_code == 202
    run = sim.port.state.runs[started.json()["run"]["id"]]
    assert (run.action, run.blueprint, run.entity) == ("page", "pagerdutyService", "PSVC001")
    assert run.properties == {"title": "Down", "urgency": "high"}
    for body, status in (
        ({"properties": {"title": "Down"}}, 422),
        ({"entity": "PNONE", "properties": {"title": "Down"}}, 404),
        ({"entity": "PSVC001", "properties": {}}, 422),
        ({"entity": "PSVC001", "properties": {"title": "Down", "urgency": "mild"}}, 422),
        ({"entity": "PSVC001", "properties": {"title": "Down", "colour": "red"}}, 422),
    ):
        assert port("POST", path, body).status_code == status


def test_ocean_passes_texts_on_and_writes_the_rest_as_json(sim: Simulator, port: Ask) -> None:
    pytest.importorskip("jq")
    templates = {
        "title": "{{ .inputs.title }}",
        "empty": "{{ .inputs.none }}",
        "flag": '{{ .inputs.urgency == "high" }}',
        "context": {"entity": "{{ .entity.identifier }}", "names": ["{{ .action.blueprint }}"]},
        "ref": "release",
    }
    execution = {"org": "o", "repo": "r", "workflow": "w.yml", "workflowInputs": templates}
    method = {
        "type": "INTEGRATION_ACTION",
        "installationId": "github-ocean",
        "integrationActionType": "dispatch_workflow",
        "integrationActionExecutionProperties": execution,
    }
    port("POST", "/v1/actions", ACTION | {"invocationMethod": method})
    body = {"entity": "PSVC001", "properties": {"title": "Ümlaut"}}
    run = port("POST", "/v1/actions/page/runs", body).json()["run"]
    (dispatch,) = sim.port.state.dispatches
    assert (dispatch.repository, dispatch.workflow, dispatch.ref) == ("o/r", "w.yml", "release")
    assert dispatch.inputs == {
        "title": "Ümlaut",
        "empty": "null",
        "flag": "true",
        "context": '{"entity": "PSVC001", "names": ["pagerdutyService"]}',
    }
    external = f"gh_1001_2002_{dispatch.run_id}"
    listed = port("GET", f"/v1/actions/runs?external_run_id={external}", None).json()["runs"]
    assert [one["id"] for one in listed] == [run["id"]]


def test_an_action_is_refused_where_it_is_not_offered(sim: Simulator, port: Ask) -> None:
    rule = {"property": "status", "operator": "notIn", "value": ["active"]}
    condition = {"type": "SEARCH", "combinator": "and", "rules": [rule]}
    port("POST", "/v1/actions", ACTION | {"trigger": ACTION["trigger"] | {"condition": condition}})
    body = {"entity": "PSVC001", "properties": {"title": "Down"}}
    assert port("POST", "/v1/actions/page/runs", body).status_code == 422
    sim.port.state.entities["pagerdutyService"]["PSVC001"]["properties"]["status"] = "critical"
    assert port("POST", "/v1/actions/page/runs", body).status_code == 202


def test_a_page_shows_each_widget_once(sim: Simulator, port: Ask) -> None:
    widget = {"id": "a", "type": "markdown", "title": "A", "markdown": "A"}
    board = {"type": "dashboard-widget", "widgets": [widget]}
    for columns, status in ((["b"], 422), (["a"], 201), (["a"], 409)):
        layout = [{"height": 1, "columns": [{"id": one, "size": 12} for one in columns]}]
        page = {"identifier": "p", "type": "dashboard", "widgets": [board | {"layout": layout}]}
        assert port("POST", "/v1/pages", page).status_code == status
    assert set(sim.port.state.pages) == {"p"}
