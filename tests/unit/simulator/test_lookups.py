"""PagerDuty's lists are filtered and come page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]


def titles(answer: requests.Response) -> list[str]:
    return [incident["title"] for incident in answer.json()["incidents"]]


@pytest.fixture
def incidents(pagerduty: Ask) -> None:
    """Four incidents: a is resolved, b acknowledged, c of low urgency, d on another service."""
    wanted: dict[str, dict[str, Any]] = {
        "a": {},
        "b": {},
        "c": {"urgency": "low"},
        "d": {"service": {"id": "PSVC002"}},
    }
    for title, changes in wanted.items():
        body = {"type": "incident", "title": title, "service": {"id": "PSVC001"}}
        body |= {"incident_key": f"key-{title}", **changes}
        made = pagerduty("POST", "/incidents", {"incident": body}).json()["incident"]
        for status in {"a": ["resolved"], "b": ["acknowledged"]}.get(title, []):
            pagerduty("PUT", f"/incidents/{made['id']}", {"incident": {"status": status}})


@pytest.mark.usefixtures("incidents")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "abcd"),
        ("statuses[]=triggered&statuses[]=acknowledged", "bcd"),
        ("statuses[]=resolved", "a"),
        ("service_ids[]=PSVC002", "d"),
        ("urgencies[]=low", "c"),
        ("incident_key=key-b", "b"),
        ("incident_key=key-a&statuses[]=triggered&statuses[]=acknowledged", ""),
        ("incident_key=", "bcd"),
        ("sort_by=created_at:desc", "dcba"),
        ("limit=2", "ab"),
        ("limit=2&offset=3", "d"),
        ("until=2020-01-01T00:00:00Z", ""),
        ("since=2020-01-01&date_range=all", "abcd"),
    ],
)
def test_incidents_are_filtered(pagerduty: Ask, query: str, expected: str) -> None:
    assert titles(pagerduty("GET", f"/incidents?{query}")) == list(expected)


@pytest.mark.usefixtures("incidents")
def test_a_page_says_whether_more_follow(pagerduty: Ask) -> None:
    pages = [pagerduty("GET", f"/incidents?limit=2&offset={n}").json() for n in (0, 2)]
    assert [page["more"] for page in pages] == [True, False]
    assert pagerduty("GET", "/incidents?limit=500").json()["limit"] == 100


@pytest.mark.usefixtures("incidents")
def test_only_the_last_month_is_listed_unless_all_is_asked_for(
    sim: Simulator, pagerduty: Ask
) -> None:
    for incident in sim.pagerduty.state.incidents.values():
        incident["created_at"] = "2025-01-01T00:00:00Z"
    assert titles(pagerduty("GET", "/incidents")) == []
    assert titles(pagerduty("GET", "/incidents?date_range=all")) == list("abcd")


@pytest.mark.parametrize("query", ["limit=x", "offset=-1", "offset=9990&limit=100", "since=today"])
@pytest.mark.usefixtures("incidents")
def test_a_wrong_query_is_refused(pagerduty: Ask, query: str) -> None:
    answer = pagerduty("GET", f"/incidents?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2001)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/users", ["Ada Lovelace", "Grace Hopper", "Linus Low"]),
        ("/users?query=GRACE@", ["Grace Hopper"]),
        ("/users?query=lo", ["Ada Lovelace", "Linus Low"]),
        ("/services?query=pay", ["Payments"]),
        ("/services", ["Checkout", "Payments", "Database"]),
        ("/escalation_policies?query=nobody", ["Nobody"]),
        ("/priorities", ["P1", "P2", "P3", "P4", "P5"]),
    ],
)
def test_names(pagerduty: Ask, path: str, names: list[str]) -> None:
    answer = pagerduty("GET", path).json()
    (listed,) = [value for value in answer.values() if isinstance(value, list)]
    assert [item["name"] for item in listed] == names


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/users/PUSER2", "Grace Hopper"),
        ("/services/PSVC003", "Database"),
        ("/escalation_policies/PPOL002", "Payments on-call"),
    ],
)
def test_one_by_its_id(pagerduty: Ask, path: str, name: str) -> None:
    (found,) = pagerduty("GET", path).json().values()
    assert found["name"] == name
    unknown = pagerduty("GET", path.rsplit("/", 1)[0] + "/PNONE")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, 2100)


def test_only_a_users_own_key_is_somebodys(pagerduty: Ask) -> None:
    assert pagerduty("GET", "/users/me").status_code == 400
    own = pagerduty("GET", "/users/me", Authorization="Token token=pd-user-token")
    assert own.json()["user"]["id"] == "PUSER1"


def test_who_is_on_call(pagerduty: Ask) -> None:
    answer = pagerduty("GET", "/oncalls?escalation_policy_ids[]=PPOL001").json()
    found = [(item["escalation_level"], item["user"]["id"]) for item in answer["oncalls"]]
    assert found == [(1, "PUSER1"), (2, "PUSER2")]
    assert len(pagerduty("GET", "/oncalls").json()["oncalls"]) == 4


def test_a_service_can_be_added_once(pagerduty: Ask) -> None:
    wanted = {"service": {"name": "Search", "escalation_policy": {"id": "PPOL001"}}}
    made = pagerduty("POST", "/services", wanted)
    assert made.status_code == 201
    assert pagerduty("GET", f"/services/{made.json()['service']['id']}").ok
    assert pagerduty("POST", "/services", wanted).status_code == 400


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ({"name": "", "escalation_policy": {"id": "PPOL001"}}, 2001),
        ({"name": "Search", "escalation_policy": {"id": "PNONE"}}, 1014),
        ({"name": "Search"}, 1014),
    ],
)
def test_a_wrong_service_is_refused(pagerduty: Ask, service: dict[str, object], code: int) -> None:
    answer = pagerduty("POST", "/services", {"service": service})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_a_literal_path_comes_before_a_pattern(pagerduty: Ask) -> None:
    names = [kind["name"] for kind in pagerduty("GET", "/incidents/types").json()["incident_types"]]
    assert names[0] == "incident_default"
    assert pagerduty("GET", "/nowhere").json()["error"]["code"] == 2100
    assert pagerduty("DELETE", "/incidents").status_code == 405
