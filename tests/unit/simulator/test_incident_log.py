"""An incident's log tells what happened to it, and who was paged."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.past import seed_incidents

Ask = Callable[..., requests.Response]


def entries(pagerduty: Ask, incident: str, query: str = "") -> list[dict[str, Any]]:
    """List an incident's log, oldest first."""
    found: list[dict[str, Any]] = pagerduty("GET", f"{incident}/log_entries{query}").json()[
        "log_entries"
    ]
    return found[::-1]


def kinds(pagerduty: Ask, incident: str, query: str = "") -> list[str]:
    return [e["type"].removesuffix("_log_entry") for e in entries(pagerduty, incident, query)]


def paged(pagerduty: Ask, incident: str) -> list[str]:
    log = entries(pagerduty, incident)
    return [entry["user"]["id"] for entry in log if entry["type"] == "notify_log_entry"]


def change(pagerduty: Ask, incident: str, **changes: object) -> None:
    assert pagerduty("PUT", incident, {"incident": changes}).ok


def test_whoever_is_assigned_is_paged(pagerduty: Ask, incident: str) -> None:
    assert kinds(pagerduty, incident) == ["trigger", "assign", "notify"]
    trigger, assign, notify = entries(pagerduty, incident)
    assert trigger["agent"]["id"] == "PUSER1"
    assert [user["id"] for user in assign["assignees"]] == ["PUSER1"]
    notification = notify["channel"]["notification"]
    assert (notification["address"], notification["status"]) == ("ada@example.com", "success")


def test_who_assigns_an_incident_to_themselves_isnt_paged(pagerduty: Ask) -> None:
    body = {
        "type": "incident",
        "title": "Down",
        "service": {"id": "PSVC001"},
        "assignments": [{"assignee": {"id": "PUSER1"}}],
    }
    made = pagerduty("POST", "/incidents", {"incident": body}).json()["incident"]
    assert kinds(pagerduty, f"/incidents/{made['id']}") == ["trigger", "assign", "acknowledge"]


@pytest.mark.parametrize(
    ("changes", "kind", "people"),
    [
        ({"escalation_level": 2}, "escalate", ["PUSER2"]),
        ({"escalation_policy": {"id": "PPOL002"}}, "delegate", ["PUSER2"]),
        (
            {"assignments": [{"assignee": {"id": user}} for user in ("PUSER2", "PUSER3")]},
            "assign",
            ["PUSER2", "PUSER3"],
        ),
    ],
)
def test_whoever_is_assigned_later_is_paged(
    pagerduty: Ask, incident: str, changes: dict[str, object], kind: str, people: list[str]
) -> None:
    change(pagerduty, incident, **changes)
    log = entries(pagerduty, incident)[3:]
    assert [entry["summary"] for entry in log] == [kind] + ["notify"] * len(people)
    assert [user["id"] for user in log[0]["assignees"]] == people
    assert paged(pagerduty, incident) == ["PUSER1", *people]


@pytest.mark.parametrize(
    ("before", "changes", "added"),
    [
        ([], {"status": "acknowledged"}, []),
        ([], {"status": "resolved"}, []),
        ([], {"title": "Slow"}, []),
        (["acknowledged"], {"status": "triggered"}, ["PUSER1"]),
        (["resolved"], {"status": "triggered"}, ["PUSER1"]),
        (["resolved"], {"status": "acknowledged"}, []),
        (["resolved"], {"status": "triggered", "escalation_level": 2}, ["PUSER2"]),
        ([], {"status": "acknowledged", "escalation_level": 2}, ["PUSER2"]),
    ],
)
def test_only_some_changes_page(
    pagerduty: Ask, incident: str, before: list[str], changes: dict[str, object], added: list[str]
) -> None:
    for status in before:
        change(pagerduty, incident, status=status)
    change(pagerduty, incident, **changes)
    assert paged(pagerduty, incident) == ["PUSER1", *added]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"urgency": "low"}, "urgency_change"),
        ({"title": "Slow"}, "field_value_change"),
        ({"priority": {"id": "PPRIO01"}}, "field_value_change"),
    ],
)
def test_changes_of_fields_are_logged_once(
    pagerduty: Ask, incident: str, changes: dict[str, object], kind: str
) -> None:
    for _ in range(2):
        change(pagerduty, incident, **changes)
    assert kinds(pagerduty, incident)[3:] == [kind]


def test_a_new_title_is_in_the_summary_too(pagerduty: Ask, incident: str) -> None:
    changed = pagerduty("PUT", incident, {"incident": {"title": "Slow"}}).json()["incident"]
    assert changed["summary"] == f"[#{changed['incident_number']}] Slow"


def test_notes_are_in_the_log(pagerduty: Ask, incident: str) -> None:
    pagerduty("POST", f"{incident}/notes", {"note": {"content": "Looking"}})
    last = entries(pagerduty, incident)[-1]
    assert (last["type"], last["channel"]["summary"]) == ("annotate_log_entry", "Looking")


def test_an_overview_leaves_pages_out(pagerduty: Ask, incident: str) -> None:
    assert kinds(pagerduty, incident, "?is_overview=true") == ["trigger"]


def test_the_accounts_log_holds_all_incidents(
    sim: Simulator, pagerduty: Ask, incident: str
) -> None:
    seed_incidents(sim.pagerduty.state, 1, days=2)
    change(pagerduty, incident, title="Slow")
    first = pagerduty("GET", "/log_entries?total=true&limit=2").json()
    assert (len(first["log_entries"]), first["total"], first["more"]) == (2, 6, True)
    assert first["log_entries"][0]["incident"]["id"] == incident.rsplit("/", 1)[-1]


def test_logs_are_listed_by_time(sim: Simulator, pagerduty: Ask) -> None:
    (old,) = seed_incidents(sim.pagerduty.state, 1, days=2)
    path = f"/incidents/{old['id']}"
    assert kinds(pagerduty, path, f"?until={old['resolved_at']}") == [
        "trigger",
        "acknowledge",
        "resolve",
    ]
    assert kinds(pagerduty, path, f"?since={old['resolved_at']}") == ["resolve"]
    assert pagerduty("GET", f"{path}/log_entries?since=soon").status_code == 400


def test_what_the_log_of_an_event_says(sim: Simulator, send: Ask, pagerduty: Ask) -> None:
    sim.events.delay_ms = 0
    send()
    deadline = time.monotonic() + 3
    while not sim.pagerduty.state.incidents and time.monotonic() < deadline:
        time.sleep(0.005)
    with sim.pagerduty.state.lock:
        (identifier,) = sim.pagerduty.state.incidents
    trigger = entries(pagerduty, f"/incidents/{identifier}")[0]
    assert trigger["agent"]["type"] == "service_reference"
    assert paged(pagerduty, f"/incidents/{identifier}") == ["PUSER1"]
