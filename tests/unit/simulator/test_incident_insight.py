"""What helps to understand an incident: its like, what was deployed, figures, types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.past import seed_incidents

Ask = Callable[..., requests.Response]
ROUTING_KEY = "R0123456789ABCDEF0123456789ABCDE"


def opened(pagerduty: Ask, title: str, service: str = "PSVC001") -> str:
    body = {"type": "incident", "title": title, "service": {"id": service}}
    made = pagerduty("POST", "/incidents", {"incident": body}).json()["incident"]
    return f"/incidents/{made['id']}"


def deploy(sim: Simulator, **changes: object) -> requests.Response:
    event = {"routing_key": ROUTING_KEY, "payload": {"summary": "Deployed"}} | changes
    return requests.post(f"{sim.events.url}/v2/change/enqueue", json=event, timeout=5)


def figures(pagerduty: Ask, **wanted: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pagerduty(
        "POST", "/analytics/metrics/incidents/all", wanted, From=None
    ).json()["data"]
    return rows


def test_past_incidents_are_resolved_ones_of_the_service_that_sound_alike(
    pagerduty: Ask,
) -> None:
    titles = ["Checkout is slow", "Checkout is down", "Disk full", "Checkout very slow today"]
    others = [opened(pagerduty, title) for title in titles]
    elsewhere = opened(pagerduty, "Checkout is slow", "PSVC002")
    for path in [*others[:3], elsewhere]:
        pagerduty("PUT", path, {"incident": {"status": "resolved"}})
    incident = opened(pagerduty, "Checkout is slow")
    answer = pagerduty("GET", f"{incident}/past_incidents?total=true").json()
    found = [(past["incident"]["title"], past["score"]) for past in answer["past_incidents"]]
    assert found == [("Checkout is slow", 100), ("Checkout is down", 50)]
    assert (answer["limit"], answer["total"]) == (5, 2)
    one = pagerduty("GET", f"{incident}/past_incidents?limit=1").json()
    assert (len(one["past_incidents"]), "total" in one) == (1, False)


@pytest.mark.parametrize("limit", ["0", "1000", "x"])
def test_a_wrong_limit_of_past_incidents(pagerduty: Ask, incident: str, limit: str) -> None:
    assert pagerduty("GET", f"{incident}/past_incidents?limit={limit}").status_code == 400


def test_related_incidents_are_open_ones_of_other_services(pagerduty: Ask) -> None:
    incident = opened(pagerduty, "Checkout is slow")
    opened(pagerduty, "Checkout is slow")
    opened(pagerduty, "Disk full", "PSVC002")
    done = opened(pagerduty, "Payments slow", "PSVC002")
    pagerduty("PUT", done, {"incident": {"status": "resolved"}})
    related = opened(pagerduty, "Payments slow", "PSVC002")
    (short,) = pagerduty("GET", f"{incident}/related_incidents").json()["related_incidents"]
    assert short["incident"]["id"] == related.rsplit("/", 1)[-1]
    assert "title" not in short["incident"]
    path = f"{incident}/related_incidents?additional_details[]=incident"
    (whole,) = pagerduty("GET", path).json()["related_incidents"]
    assert whole["incident"]["title"] == "Payments slow"
    assert whole["relationships"][0]["type"] == "machine_learning_inferred"


def test_change_events_are_related_to_their_services_incidents(
    sim: Simulator, pagerduty: Ask, incident: str
) -> None:
    for hour in ("03", "05", "04"):
        payload = {"summary": f"Deployed at {hour}", "timestamp": f"2026-01-02T{hour}:00:00Z"}
        assert deploy(sim, payload=payload).status_code == 202
    changes = pagerduty("GET", f"{incident}/related_change_events").json()["change_events"]
    assert [change["summary"][-2:] for change in changes] == ["05", "04", "03"]
    assert changes[0]["correlation_reason"] == {"reason": "most_recent"}
    assert changes[0]["services"][0]["id"] == "PSVC001"
    limited = pagerduty("GET", f"{incident}/related_change_events?limit=1").json()
    assert limited["change_events"] == changes[:1]
    other = opened(pagerduty, "Down", "PSVC002")
    assert pagerduty("GET", f"{other}/related_change_events").json()["change_events"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"payload": None},
        {"payload": {}},
        {"payload": {"summary": ""}},
        {"payload": {"summary": 7}},
        {"payload": {"summary": "x" * 1025}},
        {"routing_key": "short"},
        {"links": ["x" * 512 * 1024]},
    ],
)
def test_a_wrong_change_event_is_refused(sim: Simulator, wrong: dict[str, object]) -> None:
    answer = deploy(sim, **wrong)
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert sim.pagerduty.state.change_events == {}


def test_a_change_event_must_be_an_object(sim: Simulator) -> None:
    url = f"{sim.events.url}/v2/change/enqueue"
    assert requests.post(url, json=["x"], timeout=5).status_code == 400


def test_a_change_event_with_an_unknown_key_is_taken_and_dropped(sim: Simulator) -> None:
    assert deploy(sim, routing_key="X" * 32).status_code == 202
    assert sim.pagerduty.state.change_events == {}


def test_figures_of_all_incidents(sim: Simulator, pagerduty: Ask) -> None:
    seed_incidents(sim.pagerduty.state, 4)
    incident = opened(pagerduty, "Down")
    pagerduty("PUT", incident, {"incident": {"escalation_level": 2}})
    (row,) = figures(pagerduty)
    assert row == {
        "total_incident_count": 5,
        "total_incidents_acknowledged": 4,
        "total_incidents_manual_escalated": 1,
        "total_escalation_count": 1,
        "total_notifications": 2,
        "mean_seconds_to_first_ack": 120,
        "mean_seconds_to_resolve": 1800,
    }


def test_the_first_acknowledgement_counts(pagerduty: Ask, incident: str) -> None:
    for status in ("acknowledged", "triggered", "acknowledged"):
        pagerduty("PUT", incident, {"incident": {"status": status}})
    (row,) = figures(pagerduty)
    assert (row["total_incidents_acknowledged"], row["mean_seconds_to_first_ack"] < 5) == (1, True)
    assert "mean_seconds_to_resolve" not in row


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, 4),
        ({"service_ids": ["PSVC002"]}, 1),
        ({"service_ids": ["PSVC001", "PSVC002"]}, 4),
        ({"escalation_policy_ids": ["PPOL001"]}, 3),
        ({"urgency": "low"}, 1),
        ({"priority_ids": ["PPRIO01"]}, 0),
        ({"priority_names": ["P1"]}, 0),
        ({"created_at_start": "<15"}, 2),
        ({"created_at_end": "<15"}, 2),
    ],
)
def test_figures_of_some_incidents(
    sim: Simulator, pagerduty: Ask, filters: dict[str, Any], expected: int
) -> None:
    state = sim.pagerduty.state
    seed_incidents(state, 2, days=20)
    seed_incidents(state, 1, days=5, urgency="low")
    seed_incidents(state, 1, "PSVC002", days=30)
    then = (datetime.now(UTC) - timedelta(days=15)).isoformat()
    wanted = {name: then if value == "<15" else value for name, value in filters.items()}
    (row,) = figures(pagerduty, filters=wanted)
    assert row["total_incident_count"] == expected


@pytest.mark.parametrize(("unit", "rows"), [("day", {8}), ("week", {2}), ("month", {1, 2})])
def test_figures_by_unit_of_time(sim: Simulator, pagerduty: Ask, unit: str, rows: set[int]) -> None:
    seed_incidents(sim.pagerduty.state, 8, days=8)
    found = figures(pagerduty, aggregate_unit=unit)
    assert len(found) in rows
    assert sum(row["total_incident_count"] for row in found) == 8
    starts = [datetime.fromisoformat(row["range_start"]) for row in found]
    assert starts == sorted(starts)
    if unit == "week":
        assert {start.weekday() for start in starts} == {0}
    if unit == "month":
        assert {start.day for start in starts} == {1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"aggregate_unit": "year"},
        {"filters": "all"},
        {"filters": {"created_at_start": "then"}},
    ],
)
def test_wrong_questions_for_figures(
    pagerduty: Ask, incident: str, wrong: dict[str, object]
) -> None:
    assert incident
    answer = pagerduty("POST", "/analytics/metrics/incidents/all", wrong)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2001)


@pytest.mark.parametrize(
    ("wanted", "expected"), [("", 3), ("enabled", 3), ("all", 3), ("disabled", 0)]
)
def test_incident_types(pagerduty: Ask, wanted: str, expected: int) -> None:
    query = f"?filter={wanted}" if wanted else ""
    types = pagerduty("GET", f"/incidents/types{query}").json()["incident_types"]
    assert len(types) == expected
    assert [t.get("parent", {}).get("id") for t in types] == [None, "PTYPE0", "PTYPE0"][:expected]


def test_incident_types_of_an_unknown_kind(pagerduty: Ask) -> None:
    assert pagerduty("GET", "/incidents/types?filter=old").status_code == 400
