"""PagerDuty's incidents: keys, statuses, escalation, bulk updates, lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.seed_history import seed_incidents

Ask = Callable[..., requests.Response]
Json = dict[str, Any]


def new(**changes: object) -> Json:
    default = {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}}
    body = {name: value for name, value in (default | changes).items() if value is not None}
    return {"incident": body}


def create(pagerduty: Ask, **changes: object) -> Json:
    response = pagerduty("POST", "/incidents", new(**changes))
    assert response.status_code == 201, response.text
    incident: Json = response.json()["incident"]
    return incident


def assignees(incident: Json) -> list[str]:
    return [item["assignee"]["id"] for item in incident["assignments"]]


def error(response: requests.Response) -> tuple[int, int]:
    return response.status_code, response.json()["error"]["code"]


def test_invalid_input_creates_nothing(sim: Simulator, pagerduty: Ask) -> None:
    cases: list[tuple[Json, dict[str, str | None], tuple[int, int]]] = [
        ({"title": None, "service": None}, {}, (400, 2001)),
        ({"urgency": "medium"}, {}, (400, 2001)),
        ({"escalation_policy": {"id": "PNONE"}}, {}, (400, 1014)),
        ({"escalation_policy": {"id": "PPOL003"}}, {}, (400, 1015)),
        ({"assignments": [{"assignee": {"id": "PNONE"}}]}, {}, (400, 1007)),
        ({"assignments": [], "escalation_policy": {"id": "PPOL002"}}, {}, (400, 2001)),
        ({"priority": {"id": "PNONE"}}, {}, (400, 1020)),
        ({}, {"Authorization": "pd-account-token"}, (401, 2006)),
        ({}, {"From": None}, (400, 2016)),
        ({}, {"From": "nobody@example.com"}, (400, 1008)),
    ]
    for changes, headers, expected in cases:
        assert error(pagerduty("POST", "/incidents", new(**changes), **headers)) == expected
        assert sim.pagerduty.state.incidents == {}


def test_an_empty_key_lists_every_open_incident(sim: Simulator, pagerduty: Ask) -> None:
    seed_incidents(sim.pagerduty.state, 1, days=1)
    opened = create(pagerduty)
    found = pagerduty("GET", "/incidents?incident_key=").json()["incidents"]
    assert [incident["id"] for incident in found] == [opened["id"]]


def test_statuses(pagerduty: Ask) -> None:
    for before, status, code in (
        ("acknowledged", "acknowledged", 1002),
        ("acknowledged", "triggered", None),
        ("resolved", "resolved", 1001),
        ("resolved", "triggered", None),
        ("resolved", "acknowledged", None),
        ("acknowledged", "resolved", None),
        ("acknowledged", 'low", "status": "resolved', 2001),
    ):
        incident = f"/incidents/{create(pagerduty)['id']}"
        assert pagerduty("PUT", incident, {"incident": {"status": before}}).ok
        response = pagerduty("PUT", incident, {"incident": {"status": status}})
        if code is not None:
            assert error(response) == (400, code)
            continue
        updated = pagerduty("GET", incident).json()["incident"]
        assert updated["status"] == response.json()["incident"]["status"] == status
        assert bool(updated["assignments"]) == (status != "resolved")
        assert bool(updated["acknowledgements"]) == (status == "acknowledged")


def test_escalation(pagerduty: Ask) -> None:
    cases: list[tuple[Json, Json, list[str]]] = [
        ({}, {"escalation_level": 2}, ["PUSER2"]),
        ({"urgency": "low"}, {"escalation_level": 2}, ["PUSER1"]),
        ({"urgency": "low"}, {"escalation_level": 2, "urgency": "high"}, ["PUSER2"]),
        (
            {"assignments": [{"assignee": {"id": "PUSER3"}}]},
            {"escalation_level": 2},
            ["PUSER3"],
        ),
        ({}, {"escalation_policy": {"id": "PPOL002"}}, ["PUSER2"]),
    ]
    for changes, update, users in cases:
        path = f"/incidents/{create(pagerduty, **changes)['id']}"
        response = pagerduty("PUT", path, {"incident": update})
        assert assignees(response.json()["incident"]) == users
        for level in (0, 3):
            beyond = pagerduty("PUT", path, {"incident": {"escalation_level": level}})
            assert error(beyond) == (400, 1006)


def test_a_snooze_ends_by_itself_unless_the_status_changes(pagerduty: Ask, incident: str) -> None:
    snoozed = pagerduty("POST", f"{incident}/snooze", {"duration": 60}).json()["incident"]
    assert snoozed["status"] == "acknowledged"
    assert [action["type"] for action in snoozed["pending_actions"]] == ["unacknowledge"]
    for duration in (0, 604_801, "60"):
        response = pagerduty("POST", f"{incident}/snooze", {"duration": duration})
        assert error(response) == (400, 2001)


def test_a_bulk_update_changes_all_or_nothing(sim: Simulator, pagerduty: Ask) -> None:
    made = seed_incidents(sim.pagerduty.state, 251, days=1, status="triggered")
    resolve = [{"id": incident["id"], "status": "resolved"} for incident in made]
    logs = len(sim.pagerduty.state.log_entries[made[0]["id"]])
    for bodies, expected in (
        (resolve, (413, 2001)),
        ([resolve[0], {"id": "QNONE", "status": "resolved"}], (404, 2100)),
        ([resolve[0], {"id": made[1]["id"], "escalation_level": 9}], (400, 1006)),
    ):
        assert error(pagerduty("PUT", "/incidents", {"incidents": bodies})) == expected
    assert {incident["status"] for incident in made} == {"triggered"}
    assert len(sim.pagerduty.state.log_entries[made[0]["id"]]) == logs
    assert pagerduty("PUT", "/incidents", {"incidents": resolve[:250]}).ok
    assert [incident["status"] for incident in made[249:]] == ["resolved", "triggered"]


def test_a_service_in_maintenance_or_disabled_notifies_nobody(
    sim: Simulator, pagerduty: Ask
) -> None:
    window = {
        "start_time": "2020-01-01T00:00:00Z",
        "end_time": "2099-01-01T00:00:00Z",
        "services": [{"id": "PSVC001"}],
    }
    assert pagerduty("POST", "/maintenance_windows", {"maintenance_window": window}).ok
    service = pagerduty("GET", "/services/PSVC001").json()["service"]
    assert service["status"] == "maintenance"
    incident = create(pagerduty)
    kinds = {entry["summary"] for entry in sim.pagerduty.state.log_entries[incident["id"]]}
    assert "notify" not in kinds
    sim.pagerduty.state.services["PSVC002"]["status"] = "disabled"
    response = pagerduty("POST", "/incidents", new(service={"id": "PSVC002"}))
    assert error(response) == (400, 2001)


def test_custom_fields_are_set_all_or_none(sim: Simulator, pagerduty: Ask, incident: str) -> None:
    valid = {"name": "root_cause", "value": "Disk"}
    for invalid in (
        {"name": "none", "value": 1},
        {"name": "root_cause", "value": ["Disk"]},
        {"name": "customers_affected", "value": "many"},
        {"name": "severity_level", "value": "huge"},
        {"name": "regions", "value": "eu"},
    ):
        body = {"custom_fields": [valid, invalid]}
        response = pagerduty("PUT", f"{incident}/custom_fields/values", body)
        assert error(response) == (400, 2001)
    assert sim.pagerduty.state.custom_field_values == {}


def test_lists_are_filtered_sorted_and_paged(sim: Simulator, pagerduty: Ask) -> None:
    state = sim.pagerduty.state
    seed_incidents(state, 1, days=60, title="old")
    seed_incidents(state, 1, days=3, title="a")
    seed_incidents(state, 1, days=2, title="b", status="triggered", urgency="low")
    seed_incidents(state, 1, "PSVC002", days=1, title="c", status="triggered")
    for query, titles in (
        ("sort_by=created_at:desc", "cba"),
        ("statuses[]=resolved&statuses[]=acknowledged", "a"),
        ("service_ids[]=PSVC002", "c"),
        ("limit=1&offset=1", "b"),
        ("date_range=all", "oabc"),
    ):
        found = pagerduty("GET", f"/incidents?{query}").json()["incidents"]
        assert [incident["title"][0] for incident in found] == list(titles), query


def test_limits_of_a_list(pagerduty: Ask) -> None:
    for query, accepted in (
        ("since=2025-01-01&until=2025-06-30", True),
        ("since=2025-01-01&until=2025-07-10", False),
        ("since=2025-01-01&until=2025-07-10&date_range=all", True),
        ("since=then", False),
        ("sort_by=colour", False),
        ("limit=100&offset=9900", True),
        ("limit=100&offset=9901", False),
    ):
        response = pagerduty("GET", f"/incidents?{query}")
        assert response.ok if accepted else error(response) == (400, 2001), query


def test_high_urgency_rules_are_listed_unless_others_are_asked_for(pagerduty: Ask) -> None:
    def urgencies(query: str) -> list[str]:
        rules = pagerduty("GET", f"/users/PUSER1/notification_rules{query}").json()
        return [rule["urgency"] for rule in rules["notification_rules"]]

    assert urgencies("") == ["high", "high"]
    assert urgencies("?urgency=low") == ["low"]
    assert urgencies("?urgency=all") == ["high", "high", "low"]
    assert error(pagerduty("GET", "/users/PUSER1/notification_rules?urgency=x")) == (400, 2001)
