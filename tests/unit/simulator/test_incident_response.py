"""Merging, snoozing, asking for help and telling others work as PagerDuty's do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.record import add_alert

Ask = Callable[..., requests.Response]
NEEDS_FROM = [
    ("POST", "/notes", {"note": {"content": "x"}}),
    ("POST", "/snooze", {"duration": 60}),
    ("POST", "/status_updates", {"message": "x"}),
    ("PUT", "/merge", {"source_incidents": []}),
]
TARGET = {"responder_request_target": {"id": "PUSER2", "type": "user_reference"}}
HELP: dict[str, Any] = {
    "requester_id": "PUSER1",
    "message": "Help",
    "responder_request_targets": [TARGET],
}


def error(answer: requests.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error"]["code"]


def opened(pagerduty: Ask, title: str = "Down") -> str:
    body = {"type": "incident", "title": title, "service": {"id": "PSVC001"}}
    made = pagerduty("POST", "/incidents", {"incident": body}).json()["incident"]
    return f"/incidents/{made['id']}"


def sources(*paths: str) -> dict[str, Any]:
    listed = [{"id": path.rsplit("/", 1)[-1], "type": "incident_reference"} for path in paths]
    return {"source_incidents": listed}


def shown(pagerduty: Ask, path: str) -> dict[str, Any]:
    found: dict[str, Any] = pagerduty("GET", path).json()["incident"]
    return found


def resolve(pagerduty: Ask, path: str) -> None:
    assert pagerduty("PUT", path, {"incident": {"status": "resolved"}}).ok


@pytest.mark.parametrize(("method", "path", "body"), NEEDS_FROM)
def test_somebody_must_be_named_with_an_accounts_key(
    pagerduty: Ask, incident: str, method: str, path: str, body: object
) -> None:
    assert error(pagerduty(method, incident + path, body, From=None)) == (400, 2016)
    assert error(pagerduty(method, incident + path, body, From="x@example.com")) == (400, 1008)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        *NEEDS_FROM,
        ("POST", "/responder_requests", HELP),
        ("GET", "/custom_fields/values", None),
        ("PUT", "/custom_fields/values", {"custom_fields": []}),
        ("GET", "/past_incidents", None),
        ("GET", "/related_incidents", None),
        ("GET", "/related_change_events", None),
    ],
)
def test_an_incident_that_doesnt_exist(
    pagerduty: Ask, method: str, path: str, body: object
) -> None:
    assert error(pagerduty(method, f"/incidents/QNONE{path}", body)) == (404, 2100)


def test_a_snoozed_incident_is_acknowledged_and_wakes_later(pagerduty: Ask, incident: str) -> None:
    answer = pagerduty("POST", f"{incident}/snooze", {"duration": 3600})
    assert answer.status_code == 201
    snoozed = answer.json()["incident"]
    assert snoozed["status"] == "acknowledged"
    (due,) = snoozed["pending_actions"]
    assert due["type"] == "unacknowledge"
    wait = datetime.fromisoformat(due["at"]) - datetime.now(UTC)
    assert 3590 < wait.total_seconds() <= 3600
    pagerduty("PUT", incident, {"incident": {"title": "Slow"}})
    assert shown(pagerduty, incident)["pending_actions"] == [due]
    pagerduty("PUT", incident, {"incident": {"status": "triggered"}})
    (action,) = shown(pagerduty, incident)["pending_actions"]
    assert action["type"] == "escalate"
    log = pagerduty("GET", f"{incident}/log_entries").json()["log_entries"]
    (entry,) = [entry for entry in log if entry["type"] == "snooze_log_entry"]
    assert (entry["changed_actions"], entry["agent"]["id"]) == ([due], "PUSER1")


@pytest.mark.parametrize("duration", [0, -1, 604_801, "60", 1.5, True, None])
def test_a_snooze_lasts_a_second_to_a_week(pagerduty: Ask, incident: str, duration: object) -> None:
    assert error(pagerduty("POST", f"{incident}/snooze", {"duration": duration})) == (400, 2001)
    assert shown(pagerduty, incident)["status"] == "triggered"


def test_a_resolved_incident_isnt_snoozed(pagerduty: Ask, incident: str) -> None:
    resolve(pagerduty, incident)
    assert error(pagerduty("POST", f"{incident}/snooze", {"duration": 60})) == (400, 1001)


def test_merged_incidents_are_resolved(pagerduty: Ask, incident: str) -> None:
    others = [opened(pagerduty), opened(pagerduty)]
    answer = pagerduty("PUT", f"{incident}/merge", sources(*others))
    identifier = incident.rsplit("/", 1)[-1]
    assert answer.json()["incident"]["id"] == identifier
    for other in others:
        merged = shown(pagerduty, other)
        assert (merged["status"], merged["assignments"]) == ("resolved", [])
        reason = merged["resolve_reason"]
        assert (reason["type"], reason["incident"]["id"]) == ("merge_resolve_reason", identifier)
    assert shown(pagerduty, incident)["status"] == "triggered"


def test_a_merged_incident_is_gone_for_good(pagerduty: Ask, incident: str) -> None:
    other, third = opened(pagerduty), opened(pagerduty)
    assert pagerduty("PUT", f"{incident}/merge", sources(other)).ok
    assert error(pagerduty("PUT", f"{incident}/merge", sources(third, other))) == (400, 1019)
    assert error(pagerduty("PUT", f"{other}/merge", sources(third))) == (400, 1019)
    reopening = {"incident": {"status": "triggered"}}
    assert error(pagerduty("PUT", other, reopening)) == (400, 1019)
    assert shown(pagerduty, third)["status"] == "triggered"


def test_what_cant_be_merged(pagerduty: Ask, incident: str) -> None:
    done, other = opened(pagerduty), opened(pagerduty)
    resolve(pagerduty, done)
    path = f"{incident}/merge"
    assert error(pagerduty("PUT", path, sources(done))) == (400, 1001)
    assert error(pagerduty("PUT", path, sources(incident))) == (400, 2001)
    assert error(pagerduty("PUT", path, sources(other, other))) == (400, 2001)
    assert error(pagerduty("PUT", path, sources())) == (400, 2001)
    assert error(pagerduty("PUT", path, {"source_incidents": ["Q1"]})) == (400, 2001)
    assert error(pagerduty("PUT", path, sources("QNONE"))) == (404, 2100)
    assert error(pagerduty("PUT", f"{done}/merge", sources(other))) == (400, 1001)


def test_alerts_go_along_with_a_merge(sim: Simulator, pagerduty: Ask, incident: str) -> None:
    state, other = sim.pagerduty.state, opened(pagerduty)
    payload = {"summary": "Disk full", "severity": "critical"}
    for path, key in ((incident, "one"), (other, "two")):
        add_alert(state, state.incidents[path.rsplit("/", 1)[-1]], key, payload)
    pagerduty("PUT", f"{incident}/merge", sources(other))
    alerts = pagerduty("GET", f"{incident}/alerts?statuses[]=triggered").json()["alerts"]
    assert [alert["alert_key"] for alert in alerts] == ["one", "two"]
    assert {alert["incident"]["id"] for alert in alerts} == {incident.rsplit("/", 1)[-1]}
    counts = shown(pagerduty, incident)["alert_counts"]
    assert counts == {"all": 2, "triggered": 2, "resolved": 0}
    assert shown(pagerduty, other)["alert_counts"]["all"] == 0
    assert pagerduty("GET", f"{incident}/alerts?statuses[]=resolved").json()["alerts"] == []
    (two,) = pagerduty("GET", f"{incident}/alerts?alert_key=two").json()["alerts"]
    assert two["alert_key"] == "two"


def test_who_is_asked_for_help_is_paged_once(pagerduty: Ask, incident: str) -> None:
    policy = {"id": "PPOL002", "type": "escalation_policy_reference"}
    body = HELP | {"responder_request_targets": [TARGET, {"responder_request_target": policy}]}
    answer = pagerduty("POST", f"{incident}/responder_requests", body, From=None)
    assert answer.status_code == 200
    made = answer.json()["responder_request"]
    assert (made["message"], made["requester"]["id"]) == ("Help", "PUSER1")
    targets = [target["responder_request_target"] for target in made["responder_request_targets"]]
    asked = [t["incident_responders"][0]["user"]["id"] for t in targets]
    assert asked == ["PUSER2", "PUSER2"], "Grace is on call for that policy"
    known = shown(pagerduty, incident)
    (responder,) = known["incidents_responders"]
    assert (responder["user"]["id"], responder["state"]) == ("PUSER2", "pending")
    assert [request["id"] for request in known["responder_requests"]] == [made["id"]]
    log = pagerduty("GET", f"{incident}/log_entries").json()["log_entries"]
    paged = [entry["user"]["id"] for entry in log if entry["type"] == "notify_log_entry"]
    assert paged == ["PUSER2", "PUSER1"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"requester_id": None}, 2001),
        ({"requester_id": "PNONE"}, 2001),
        ({"message": ""}, 2001),
        ({"responder_request_targets": []}, 2001),
        ({"responder_request_targets": [{"id": "PUSER2", "type": "user_reference"}]}, 2001),
        ({"responder_request_targets": ["PUSER2"]}, 2001),
        *(
            ({"responder_request_targets": [{"responder_request_target": target}]}, code)
            for target, code in (
                ({"id": "PNONE", "type": "user_reference"}, 2001),
                ({"id": "PNONE", "type": "escalation_policy_reference"}, 2001),
                ({"id": "PPOL003", "type": "escalation_policy_reference"}, 1015),
                ({"id": "PUSER2", "type": "service_reference"}, 2001),
                ({"id": "PUSER2"}, 2001),
            )
        ),
    ],
)
def test_a_wrong_request_for_help(
    pagerduty: Ask, incident: str, changes: dict[str, object], code: int
) -> None:
    answer = pagerduty("POST", f"{incident}/responder_requests", HELP | changes)
    assert error(answer) == (400, code)
    assert shown(pagerduty, incident)["incidents_responders"] == []


def test_nobody_is_asked_about_what_is_resolved(pagerduty: Ask, incident: str) -> None:
    resolve(pagerduty, incident)
    assert error(pagerduty("POST", f"{incident}/responder_requests", HELP)) == (400, 1001)


def test_status_updates(sim: Simulator, pagerduty: Ask, incident: str) -> None:
    body = {"message": "Better", "subject": "Checkout"}
    answer = pagerduty("POST", f"{incident}/status_updates", body).json()["status_update"]
    assert (answer["message"], answer["subject"]) == ("Better", "Checkout")
    assert answer["sender"]["id"] == "PUSER1"
    assert sim.pagerduty.state.status_updates[incident.rsplit("/", 1)[-1]] == [answer]
    for wrong in ({}, {"message": " "}, {"message": 7}, {"message": "x", "subject": 7}):
        assert error(pagerduty("POST", f"{incident}/status_updates", wrong)) == (400, 2001)
