"""Each endpoint of the simulator responds as its API's description says, errors included."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

import openapi
from pd_incident_simulator import Exchange, Simulator
from pd_incident_simulator.github.state import REPOSITORY, TOKEN
from pd_incident_simulator.pagerduty.seed_history import seed_incidents
from pd_incident_simulator.server import Listener

Json = dict[str, Any]
Ask = Callable[..., Any]
PORT = Path(__file__).resolve().parents[2] / "port"
ROUTING_KEY = "R0123456789ABCDEF0123456789ABCDE"
NOW = datetime.now(UTC).replace(microsecond=0)
START, END = f"{NOW - timedelta(hours=1):%FT%TZ}", f"{NOW + timedelta(hours=1):%FT%TZ}"
RANGE = f"since={START}&until={END}"
PAYLOAD = {"summary": "Disk full", "source": "db-1", "severity": "critical"}
PAGERDUTY = {
    "Authorization": "Token token=pd-account-token",
    "From": "ada@example.com",
    "Accept": "application/vnd.pagerduty+json;version=2",
    # The description requires it of every request, with a body or not.
    "Content-Type": "application/json",
}


def reference(kind: str, identifier: str) -> Json:
    return {"id": identifier, "type": f"{kind}_reference"}


NEW: Json = {
    "type": "incident",
    "title": "Down",
    "service": reference("service", "PSVC001"),
    "priority": reference("priority", "PPRIO01"),
    "body": {"type": "incident_body", "details": "It's bad"},
    "conference_bridge": {"conference_url": "https://meet.example.com/x"},
    "incident_key": "k",
}


def asking(listener: Listener[Any], headers: dict[str, str]) -> Ask:
    """Return a function that sends a request, checks the status, and returns the JSON."""
    session = requests.Session()
    session.headers.update(headers)

    def ask(method: str, path: str, body: object = None, status: int = 200) -> Any:  # noqa: ANN401 - JSON
        response = session.request(method, listener.url + path, json=body, timeout=5)
        assert response.status_code == status, f"{method} {path}: {response.text}"
        return response.json() if response.content else None

    return ask


def resource(name: str) -> Json:
    document: Json = json.loads((PORT / name).read_text(encoding="utf-8"))
    return document


def assert_complete(sim: Simulator, listener: Listener[Any]) -> None:
    """Check that the contract holds, and that no endpoint was forgotten."""
    assert [problem for exchange in sim.exchanges for problem in openapi.problems(exchange)] == []
    api = listener.api
    mine = [exchange for exchange in sim.exchanges if exchange.api == api.name]
    assert [f"{route.method} {route.path}" for route in api.routes if not called(route, mine)] == []


def called(route: Any, exchanges: list[Exchange]) -> bool:  # noqa: ANN401 - a route of any API
    return any(
        exchange.method == route.method and route.pattern.fullmatch(exchange.path)
        for exchange in exchanges
    )


def test_pagerduty(sim: Simulator) -> None:
    ask = asking(sim.pagerduty, PAGERDUTY)
    incident, other = (
        ask("POST", "/incidents", {"incident": NEW | {"incident_key": key}}, 201)["incident"]
        for key in "ab"
    )
    path = f"/incidents/{incident['id']}"
    seed_incidents(sim.pagerduty.state, 2, title="Down")
    send = asking(sim.events, {})
    change = {"routing_key": ROUTING_KEY, "payload": {"summary": "Deployed"}}
    send("POST", "/v2/change/enqueue", change, 202)
    fields = [{"name": "root_cause", "value": "Disk"}, {"name": "regions", "value": ["eu"]}]
    target = {"responder_request_target": reference("escalation_policy", "PPOL002")}
    request = {
        "requester_id": "PUSER1",
        "message": "Help",
        "responder_request_targets": [target],
    }
    instance = {"incident_workflow_instance": {"incident": reference("incident", incident["id"])}}
    source = {"source_incidents": [reference("incident", other["id"])]}
    resolved = reference("incident", incident["id"]) | {"status": "resolved"}
    for method, place, body, status in (
        ("PUT", path, {"incident": {"type": "incident_reference", "escalation_level": 2}}, 200),
        ("PUT", path, {"incident": {"type": "incident_reference", "urgency": "low"}}, 200),
        ("POST", f"{path}/notes", {"note": {"content": "Looking"}}, 200),
        ("POST", f"{path}/snooze", {"duration": 60}, 201),
        ("POST", f"{path}/responder_requests", request, 200),
        ("POST", f"{path}/status_updates", {"message": "Better"}, 200),
        ("PUT", f"{path}/custom_fields/values", {"custom_fields": fields}, 201),
        ("POST", "/incident_workflows/PWFLOW1/instances", instance, 201),
        ("PUT", f"{path}/merge", source, 200),
        ("PUT", "/incidents", {"incidents": [resolved]}, 200),
    ):
        ask(method, place, body, status)
    for place in (
        path,
        f"{path}/notes",
        f"{path}/alerts",
        f"{path}/log_entries?is_overview=true",
        f"{path}/past_incidents?limit=1",
        f"{path}/related_change_events?limit=1",
        f"{path}/custom_fields/values",
        f"/incidents/{other['id']}",
        "/incidents?statuses[]=resolved&service_ids[]=PSVC001&sort_by=created_at:desc&total=true",
        f"/log_entries?{RANGE}&limit=100",
        "/incidents/types",
        "/incidents/types/incident_default/custom_fields",
        "/incident_workflows?query=bridge",
    ):
        assert ask("GET", place)
    _ask_about_the_account(sim, ask)
    assert_complete(sim, sim.pagerduty)


def _ask_about_the_account(sim: Simulator, ask: Ask) -> None:
    override = {"start": START, "end": END, "user": reference("user", "PUSER2")}
    override_v3 = {
        "type": "override_shift",
        "rotation_id": "PSCHED3ROTATION",
        "start_time": START,
        "end_time": END,
        "overridden_member": {"type": "user_member", "user_id": "PUSER3"},
        "overriding_member": {"type": "user_member", "user_id": "PUSER1"},
    }
    window = {
        "type": "maintenance_window",
        "start_time": START,
        "end_time": END,
        "services": [reference("service", "PSVC001")],
    }
    shift = {
        "type": "custom_shift",
        "start_time": START,
        "end_time": END,
        "assignments": [{"type": "shift_assignment", "member": override_v3["overriding_member"]}],
    }
    policy = reference("escalation_policy", "PPOL001")
    service = {"type": "service", "name": "Search", "escalation_policy": policy}
    subscription = {
        "type": "webhook_subscription",
        "delivery_method": {"type": "http_delivery_method", "url": "https://example.com/hook"},
        "events": ["incident.triggered"],
        "filter": reference("team", "PTEAM01"),
    }
    made = ask("POST", "/services", {"service": service}, 201)["service"]
    kind = {"type": "events_api_v2_inbound_integration", "name": "Events"}
    place = f"/services/{made['id']}/integrations"
    integration = ask("POST", place, {"integration": kind}, 201)["integration"]
    hook = ask("POST", "/webhook_subscriptions", {"webhook_subscription": subscription})
    hook_path = f"/webhook_subscriptions/{hook['webhook_subscription']['id']}"
    changes = {"active": False, "filter": {"type": "account_reference"}}
    v2, v3 = "/schedules/PSCHED1", "/v3/schedules/PSCHED3"
    (added,) = ask("POST", f"{v2}/overrides", {"overrides": [override]}, 201)
    (added_v3,) = ask("POST", f"{v3}/overrides", {"overrides": [override_v3]}, 201)["overrides"]
    custom = ask("POST", f"{v3}/custom_shifts", {"custom_shifts": [shift]}, 201)["custom_shifts"]
    ask("GET", f"{v3}/custom_shifts?{RANGE}")
    made_window = ask("POST", "/maintenance_windows", {"maintenance_window": window}, 201)
    window_path = f"/maintenance_windows/{made_window['maintenance_window']['id']}"
    for method, place, body, status in (
        ("DELETE", f"{v2}/overrides/{added['override']['id']}", None, 200),
        ("DELETE", f"{v3}/overrides/{added_v3['id']}", None, 204),
        ("DELETE", f"{v3}/custom_shifts/{custom[0]['id']}", None, 204),
        ("POST", f"{v2}/overrides", {"overrides": [override]}, 201),
        ("POST", f"{v3}/overrides", {"overrides": [override_v3]}, 201),
        ("PUT", window_path, {"maintenance_window": window}, 200),
        ("GET", window_path, None, 200),
        ("DELETE", window_path, None, 204),
        ("POST", "/maintenance_windows", {"maintenance_window": window}, 201),
        ("PUT", hook_path, {"webhook_subscription": changes}, 200),
        ("POST", f"{hook_path}/ping", None, 202),
        ("GET", "/webhook_subscriptions", None, 200),
        ("DELETE", hook_path, None, 204),
    ):
        ask(method, place, body, status)
    for place in (
        f"/schedules/PSCHED1/overrides?{RANGE}",
        f"/v3/schedules/PSCHED3/overrides?{RANGE}",
        f"/v3/schedules/PSCHED3?include[]=final_schedule&{RANGE}",
        "/v3/schedules",
        "/schedules?query=platform",
        f"/oncalls?schedule_ids[]=PSCHED1&include[]=users&{RANGE}",
        f"/services/{made['id']}/integrations/{integration['id']}",
        "/services?sort_by=name&include[]=integrations",
        "/services/PSVC001?include[]=escalation_policies",
        "/maintenance_windows?service_ids[]=PSVC001&filter=open",
        "/users?query=ada&limit=1",
        "/users/PUSER1",
        "/users/PUSER1/contact_methods",
        "/users/PUSER2/notification_rules",
        "/users/PUSER3/notification_rules?urgency=all&include[]=contact_methods",
        "/escalation_policies?query=platform",
        "/escalation_policies/PPOL001",
        "/priorities",
    ):
        assert ask("GET", place)
    own_key = PAGERDUTY | {"Authorization": "Token token=pd-user-token"}
    assert asking(sim.pagerduty, own_key)("GET", "/users/me")["user"]["id"] == "PUSER1"


def test_events(sim: Simulator) -> None:
    send = asking(sim.events, {})
    for event in (
        {"event_action": "trigger", "dedup_key": "d", "payload": PAYLOAD},
        {"event_action": "resolve", "dedup_key": "d"},
    ):
        send("POST", "/v2/enqueue", {"routing_key": ROUTING_KEY, **event}, 202)
    change = {"routing_key": ROUTING_KEY, "payload": {"summary": "Deployed"}}
    send("POST", "/v2/change/enqueue", change, 202)
    assert_complete(sim, sim.events)


def test_port(sim: Simulator) -> None:
    credentials = {"clientId": "port-client-id", "clientSecret": "simulated-port-secret"}
    token = asking(sim.port, {})("POST", "/v1/auth/access_token", credentials)["accessToken"]
    ask = asking(sim.port, {"Authorization": f"Bearer {token}"})
    run = f"/v1/actions/runs/{sim.port.state.start_run()}"
    node_run = f"/v1/workflows/nodes/runs/{sim.port.state.start_run('wfnr_1')}"
    action, webhook = resource("actions/create.json"), resource("webhooks/pagerduty.json")
    blueprint = resource("blueprints/pagerdutyIncident.json")
    entities = "/v1/blueprints/pagerdutyIncident/entities"
    entity = {
        "identifier": "Q1",
        "title": "Down",
        "properties": {"status": "triggered"},
        "relations": {"pagerdutyService": ["PSVC001"]},
    }
    bulk = {"entities": [{"identifier": "Q2"}, {"identifier": "Q3", "properties": {"no": 1}}]}
    rule = {"property": "$identifier", "operator": "=", "value": "Q1"}
    form = {"entity": "PSVC001", "properties": {"title": "Down", "from": "ada@example.com"}}
    for method, place, body, status in (
        ("POST", f"{run}/logs", {"message": "Paging"}, 201),
        (
            "PATCH",
            run,
            {"summary": "Paged", "status": "SUCCESS"},
            200,
        ),
        ("GET", run, None, 200),
        ("POST", f"{node_run}/logs", {"logs": [{"level": "INFO", "message": "Paging"}]}, 201),
        ("PATCH", node_run, {"status": "COMPLETED", "result": "SUCCESS"}, 200),
        ("POST", "/v1/blueprints", blueprint | {"identifier": "outage"}, 201),
        ("PUT", "/v1/blueprints/pagerdutyIncident", blueprint, 200),
        ("GET", "/v1/blueprints/pagerdutyIncident", None, 200),
        ("POST", f"{entities}?upsert=true&merge=true", entity, 201),
        ("POST", f"{entities}/bulk?upsert=true", bulk, 207),
        ("POST", f"{entities}/search", {"query": {"combinator": "and", "rules": [rule]}}, 200),
        ("GET", f"{entities}/Q1", None, 200),
        ("DELETE", f"{entities}/Q1?delete_dependents=false", None, 200),
        ("POST", "/v1/actions", action, 201),
        ("POST", "/v1/actions", resource("actions-webhook/create.json"), 201),
        ("POST", "/v1/actions", resource("automations/create.json"), 201),
        ("GET", "/v1/actions?trigger_type=self-service", None, 200),
        ("GET", "/v1/actions/pagerduty_create", None, 200),
        ("PUT", "/v1/actions/pagerduty_create", action | {"title": "Page"}, 200),
        ("POST", "/v1/actions/pagerduty_create/runs", form, 202),
        ("POST", "/v1/blueprints", resource("blueprints/pagerdutyActivity.json"), 201),
        ("POST", "/v1/webhooks", webhook, 201),
        ("GET", "/v1/integration?actionsProcessingEnabled=true", None, 200),
        ("GET", "/v1/integration/metadata", None, 200),
        ("POST", "/v1/pages", resource("pages/pagerduty.json"), 201),
        ("GET", "/v1/pages/pagerduty_incidents", None, 200),
        ("GET", "/v1/blueprints/pagerdutyService/entities-count", None, 200),
        ("GET", "/v1/actions/runs?version=v2&external_run_id=gh_1_2_3", None, 200),
        ("GET", "/v1/workflows/nodes/runs?external_run_id=gh_1_2_3", None, 200),
        ("GET", "/v1/webhooks/pagerduty_incidents", None, 200),
        ("PUT", "/v1/webhooks/pagerduty_incidents", webhook | {"enabled": False}, 200),
    ):
        ask(method, place, body, status)
    assert_complete(sim, sim.port)


def test_incident_io(sim: Simulator) -> None:
    ask = asking(sim.incident_io, {"Authorization": "Bearer inc-api-key"})
    severity = next(iter(sim.incident_io.state.severities))
    new = {"visibility": "public", "name": "Down", "severity_id": severity}
    incident = ask("POST", "/v2/incidents", new | {"idempotency_key": "k"})["incident"]
    path = f"/v2/incidents/{incident['id']}"
    edit = {"incident": {"name": "Still down"}, "notify_incident_channel": True}
    ask("POST", f"{path}/actions/edit", edit)
    for place in (
        path,
        "/v1/identity",
        "/v1/severities",
        "/v1/incident_types",
        "/v1/incident_statuses",
    ):
        assert ask("GET", place)
    assert_complete(sim, sim.incident_io)


def test_github(sim: Simulator) -> None:
    state = sim.github.state
    for sha in "ab":
        state.add_commit(sha, "Change", "ada")
    state.add_pull("b", 7, "Change", "ada")
    run = state.add_run(1, "failure")["id"]
    state.add_job(run, "test", "failure", failed_step="Run tests", message="1 failed")
    deployment = state.add_deployment("production", "b", "success")
    base = f"/repos/{REPOSITORY}"
    ask = asking(sim.github, {"Authorization": f"Bearer {TOKEN}"})
    for place in (
        f"/actions/runs/{run}",
        f"/actions/runs/{run}/attempts/1/jobs?per_page=100&page=1",
        "/actions/workflows/ci.yml/runs?status=failure&branch=main&per_page=1",
        f"/check-runs/{state.jobs[run, 1][0]['id']}/annotations",
        "/commits/b",
        "/commits/b/pulls",
        "/compare/a...b?per_page=100",
        "/deployments?environment=production&sha=b&per_page=10",
        f"/deployments/{deployment}/statuses",
    ):
        assert ask("GET", f"{base}{place}"), place
    ask("POST", f"{base}/deployments/{deployment}/statuses", {"state": "failure"}, 201)
    assert_complete(sim, sim.github)


def assert_described(exchange: Exchange) -> None:
    contract = openapi.contract(exchange.api)
    found = contract.find(exchange.method, exchange.path)
    assert found is not None
    assert contract.response_problems(found, exchange) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("POST", "/incidents", {"incident": NEW}, {"Authorization": "Token token=x"}, 401),
        ("POST", "/incidents", {"incident": NEW}, {"From": "x@example.com"}, 400),
        ("PUT", "/incidents", {"incidents": [{}] * 251}, {}, 413),
        ("GET", "/incidents/QNONE", None, {}, 404),
        ("GET", "/priorities", None, {}, 402),
        ("POST", "/v3/schedules/PSCHED3/overrides", {"overrides": [{}]}, {}, 400),
    ],
)
def test_errors_of_pagerduty(  # noqa: PLR0913, PLR0917 - the columns of the table
    sim: Simulator, method: str, path: str, body: object, headers: dict[str, str], status: int
) -> None:
    sim.pagerduty.state.missing_abilities = {"priorities"}
    error = asking(sim.pagerduty, PAGERDUTY | headers)(method, path, body, status)["error"]
    assert set(error) <= {"code", "message", "errors"}
    assert_described(sim.exchanges[-1])


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/auth/access_token", {"clientId": "x", "clientSecret": "x"}, 401),
        ("PATCH", "/v1/actions/runs/r_none", {}, 404),
        ("PATCH", "/v1/actions/runs/r_ended", {}, 422),
        ("POST", "/v1/blueprints/pagerdutyIncident/entities", {"identifier": ".."}, 422),
        ("POST", "/v1/blueprints/pagerdutyIncident/entities", {"title": "x" * 2**20}, 413),
        ("POST", "/v1/webhooks", {"title": "x" * 31, "enabled": True}, 422),
    ],
)
def test_errors_of_port(sim: Simulator, method: str, path: str, body: object, status: int) -> None:
    sim.port.state.start_run("r_ended")
    sim.port.state.runs["r_ended"].status = "SUCCESS"
    ask = asking(sim.port, {"Authorization": f"Bearer {sim.port.state.sign_in()}"})
    assert ask(method, path, body, status)["ok"] is False
    assert_described(sim.exchanges[-1])


def test_errors_of_the_other_apis(sim: Simulator) -> None:
    github = asking(sim.github, {"Authorization": f"Bearer {TOKEN}"})
    github("GET", f"/repos/{REPOSITORY}/compare/a...b", None, 404)
    asking(sim.events, {})("POST", "/v2/enqueue", {}, 400)
    ask = asking(sim.incident_io, {"Authorization": "Bearer inc-api-key"})
    ask("POST", "/v2/incidents", {"idempotency_key": "k", "visibility": "x"}, 422)
    ask("GET", "/v2/incidents/none", None, 404)
    for exchange in sim.exchanges:
        assert_described(exchange)
