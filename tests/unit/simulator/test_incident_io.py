"""The simulated incident.io opens, shows and edits incidents as its documentation says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import requests

from pd_incident_simulator import Fault, Simulator

Ask = Callable[..., requests.Response]
MINOR, MAJOR, CRITICAL = (f"01SEV{number:021d}" for number in (1, 2, 3))
CUSTOMER_OUTAGE = f"01TYPE{2:020d}"
STATUS = {
    name: f"01STAT{number:020d}"
    for number, name in enumerate(
        ("triage", "investigating", "fixing", "monitoring", "paused", "documenting", "closed"), 1
    )
}
LEAD = f"01R0LE{1:020d}"
ADA = f"01PERSN{1:019d}"
NEW: dict[str, Any] = {
    "idempotency_key": "k1",
    "visibility": "public",
    "name": "Down",
    "severity_id": MINOR,
}


@pytest.fixture
def ask(sim: Simulator) -> Ask:
    """Ask incident.io, with the key that may write unless told otherwise."""

    def send(
        method: str, path: str, body: object = None, authorization: str | None = None
    ) -> requests.Response:
        headers = {"Authorization": authorization or "Bearer inc-api-key"}
        url = sim.incident_io.url + path
        return requests.request(method, url, json=body, headers=headers, timeout=5)

    return send


@pytest.fixture
def create(ask: Ask) -> Callable[..., dict[str, Any]]:
    """Open an incident, and give it."""

    def post(**changes: object) -> dict[str, Any]:
        answer = ask("POST", "/v2/incidents", NEW | changes)
        assert answer.status_code == 200, answer.text
        incident: dict[str, Any] = answer.json()["incident"]
        return incident

    return post


@pytest.fixture
def edit(ask: Ask) -> Ask:
    def post(incident: dict[str, Any], **changes: object) -> requests.Response:
        body = {"incident": changes, "notify_incident_channel": True}
        return ask("POST", f"/v2/incidents/{incident['id']}/actions/edit", body)

    return post


def error_of(answer: requests.Response) -> tuple[int, str, str, str]:
    """Give status, type, code and field of a refusal."""
    body = answer.json()
    (error,) = body["errors"]
    assert body["status"] == answer.status_code
    assert body["request_id"]
    assert error["message"]
    field = error.get("source", {}).get("field", "")
    return answer.status_code, body["type"], error["code"], field


def test_an_incident_is_opened_as_asked(ask: Ask, create: Callable[..., dict[str, Any]]) -> None:
    assignments = [{"incident_role_id": LEAD, "assignee": {"email": "ADA@example.com"}}]
    made = create(summary="Bad", visibility="private", incident_role_assignments=assignments)
    assert (made["name"], made["summary"], made["visibility"]) == ("Down", "Bad", "private")
    assert (made["reference"], made["mode"]) == ("INC-1", "standard")
    assert made["incident_status"]["name"] == "Investigating"
    assert made["severity"]["name"] == "Minor"
    assert made["incident_type"]["name"] == "Default"
    assert made["creator"]["api_key"]["name"] == "Incident action"
    assert [a["assignee"]["name"] for a in made["incident_role_assignments"]] == ["Ada Lovelace"]
    assert datetime.fromisoformat(made["created_at"]).tzinfo is not None
    assert ask("GET", f"/v2/incidents/{made['id']}").json()["incident"] == made


def test_a_repeated_key_gives_the_same_incident(
    sim: Simulator, create: Callable[..., dict[str, Any]]
) -> None:
    first, again = create(), create(name="Something else")
    other = create(idempotency_key="k2")
    assert (again, again["name"]) == (first, "Down")
    assert list(sim.incident_io.state.incidents) == [first["id"], other["id"]]
    assert len(sim.incident_io.state.updates) == 2


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"idempotency_key": ""}, "is_required", "idempotency_key"),
        ({"visibility": None}, "invalid_type", "visibility"),
        ({"visibility": ""}, "is_required", "visibility"),
        ({"visibility": "secret"}, "invalid_value", "visibility"),
        ({"mode": "drill"}, "invalid_value", "mode"),
        ({"name": 1}, "invalid_type", "name"),
        ({"summary": ["a"]}, "invalid_type", "summary"),
        ({"severity_id": "Minor"}, "not_found", "severity_id"),
        ({"incident_type_id": "x"}, "not_found", "incident_type_id"),
        ({"incident_status_id": None}, "not_found", "incident_status_id"),
        ({"custom_field_entries": [{}]}, "not_found", "custom_field_entries"),
        ({"incident_role_assignments": "me"}, "invalid_value", "incident_role_assignments"),
        ({"incident_role_assignments": [{}]}, "not_found", "incident_role_id"),
        (
            {"incident_role_assignments": [{"incident_role_id": LEAD, "assignee": {"id": "x"}}]},
            "not_found",
            "assignee",
        ),
    ],
)
def test_what_is_not_valid_opens_nothing(
    sim: Simulator, ask: Ask, changes: dict[str, object], code: str, field: str
) -> None:
    answer = ask("POST", "/v2/incidents", NEW | changes)
    assert error_of(answer) == (422, "validation_error", code, field)
    assert sim.incident_io.state.incidents == {}


def test_a_severity_is_needed_unless_it_begins_in_triage(
    ask: Ask, create: Callable[..., dict[str, Any]]
) -> None:
    without = {name: value for name, value in NEW.items() if name != "severity_id"}
    refused = ask("POST", "/v2/incidents", without)
    assert error_of(refused) == (422, "validation_error", "is_required", "severity_id")
    for key, more in enumerate(
        ({"incident_status_id": STATUS["triage"]}, {"incident_type_id": CUSTOMER_OUTAGE})
    ):
        answer = ask("POST", "/v2/incidents", without | more | {"idempotency_key": str(key)})
        assert answer.json()["incident"]["incident_status"]["name"] == "Triage"
        assert "severity" not in answer.json()["incident"]
    assert create()["reference"] == "INC-3", "what is refused takes no number"


def test_an_edit_changes_what_is_given(
    ask: Ask, create: Callable[..., dict[str, Any]], edit: Ask
) -> None:
    made = create(summary="Bad")
    edited = edit(made, name="Still down", severity_id=CRITICAL).json()["incident"]
    assert (edited["name"], edited["summary"]) == ("Still down", "Bad")
    assert edited["severity"]["name"] == "Critical"
    assert edited["updated_at"] > made["updated_at"]
    assert edited["created_at"] == made["created_at"]
    assert ask("GET", f"/v2/incidents/{made['id']}").json()["incident"] == edited


@pytest.mark.parametrize(
    ("begin", "end", "allowed"),
    [
        ("investigating", "fixing", True),
        ("monitoring", "investigating", True),
        ("investigating", "closed", True),
        ("triage", "closed", True),
        ("fixing", "documenting", True),
        ("documenting", "closed", True),
        ("closed", "investigating", False),
        ("closed", "documenting", False),
        ("investigating", "triage", False),
        ("investigating", "paused", False),
    ],
)
def test_only_documented_ways_lead_from_status_to_status(
    create: Callable[..., dict[str, Any]], edit: Ask, begin: str, end: str, *, allowed: bool
) -> None:
    made = create(incident_status_id=STATUS[begin])
    answer = edit(made, incident_status_id=STATUS[end], name="Edited")
    if allowed:
        assert answer.json()["incident"]["incident_status"]["id"] == STATUS[end]
    else:
        expected = (422, "validation_error", "invalid_transition", "incident_status_id")
        assert error_of(answer) == expected
        assert edit(made).json()["incident"]["name"] == "Down", "all of it changes, or nothing"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"summary": 1}, "summary"),
        ({"severity_id": "x"}, "severity_id"),
        ({"incident_status_id": "x"}, "incident_status_id"),
    ],
)
def test_what_is_not_valid_changes_nothing(
    sim: Simulator,
    create: Callable[..., dict[str, Any]],
    edit: Ask,
    changes: dict[str, object],
    field: str,
) -> None:
    made = create()
    more = {"summary": "Bad", "severity_id": MAJOR, "incident_status_id": STATUS["fixing"]}
    status, kind, _, place = error_of(edit(made, **more | changes))
    assert (status, kind, place) == (422, "validation_error", field)
    assert sim.incident_io.state.incidents[made["id"]] == made


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "incident"),
        ({"incident": []}, "incident"),
        ({"incident": {}}, "notify_incident_channel"),
        ({"incident": {}, "notify_incident_channel": "yes"}, "notify_incident_channel"),
    ],
)
def test_an_edit_needs_all_its_members(
    ask: Ask, create: Callable[..., dict[str, Any]], body: object, field: str
) -> None:
    answer = ask("POST", f"/v2/incidents/{create()['id']}/actions/edit", body)
    assert error_of(answer) == (422, "validation_error", "is_required", field)


def test_a_role_is_given_to_nobody(create: Callable[..., dict[str, Any]], edit: Ask) -> None:
    lead = {"incident_role_id": LEAD, "assignee": {"id": ADA}}
    made = create(incident_role_assignments=[lead])
    assert made["incident_role_assignments"][0]["assignee"]["email"] == "ada@example.com"
    answer = edit(made, incident_role_assignments=[{"incident_role_id": LEAD}])
    (assignment,) = answer.json()["incident"]["incident_role_assignments"]
    assert assignment["role"]["name"] == "Incident Lead"
    assert "assignee" not in assignment


def test_a_call_can_not_be_attached_with_this_key(
    create: Callable[..., dict[str, Any]], edit: Ask
) -> None:
    answer = edit(create(), name="Still down", call_url="https://meet.example.com/x")
    assert error_of(answer)[0] == 403
    assert answer.json()["errors"][0]["metadata"] == {"scope": "incident_calls.create"}


def test_updates_tell_of_statuses_and_severities(
    ask: Ask, create: Callable[..., dict[str, Any]], edit: Ask
) -> None:
    made, _other = create(), create(idempotency_key="k2")
    edit(made, name="Only another name")
    edit(made, severity_id=MINOR)
    edit(made, severity_id=MAJOR)
    edit(made, incident_status_id=STATUS["closed"])
    path = f"/v2/incident_updates?incident_id={made['id']}"
    updates = ask("GET", path).json()["incident_updates"]
    seen = [(u["new_incident_status"]["name"], u["new_severity"]["name"]) for u in updates]
    open_status = "Investigating"
    assert seen == [("Closed", "Major"), (open_status, "Major"), (open_status, "Minor")]
    assert len(ask("GET", "/v2/incident_updates").json()["incident_updates"]) == 4


def test_a_list_comes_in_pages(ask: Ask, create: Callable[..., dict[str, Any]]) -> None:
    for number in range(5):
        create(idempotency_key=str(number), name=f"Down {number}")
    names, after = [], ""
    for size in (2, 2, 1):
        body = ask("GET", f"/v2/incidents?page_size=2&after={after}").json()
        names += [incident["name"] for incident in body["incidents"]]
        assert len(body["incidents"]) == size
        assert body["pagination_meta"]["total_record_count"] == 5
        after = body["pagination_meta"].get("after", "")
    assert names == [f"Down {number}" for number in (4, 3, 2, 1, 0)]
    assert after == ""
    whole = ask("GET", "/v2/incidents?page_size=5").json()
    assert "after" not in whole["pagination_meta"], "nothing follows a page that is just full"
    oldest = ask("GET", "/v2/incidents?sort_by=created_at_oldest_first&page_size=1").json()
    assert oldest["incidents"][0]["name"] == "Down 0"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["B", "A"]),
        ("status_category[one_of]=live", ["A"]),
        ("status_category[not_in]=live", ["B"]),
        (f"status[one_of]={STATUS['triage']}&status[one_of]={STATUS['fixing']}", ["B"]),
        (f"severity[one_of]={CRITICAL}", ["B"]),
        (f"severity[one_of]={CRITICAL}&status_category[one_of]=live", []),
        (f"severity[one_of]={CRITICAL}&status_category[one_of]=live&filter_mode=any", ["B", "A"]),
        ("mode[one_of]=test", ["Drill"]),
        ("incident_type[not_in]=x", ["B", "A"]),
    ],
)
def test_a_list_is_filtered(
    ask: Ask, create: Callable[..., dict[str, Any]], query: str, names: list[str]
) -> None:
    create(name="A")
    fixing = {"severity_id": CRITICAL, "incident_status_id": STATUS["triage"]}
    create(name="B", idempotency_key="k2", **fixing)
    create(name="Drill", idempotency_key="k3", mode="test")
    found = ask("GET", f"/v2/incidents?{query}").json()["incidents"]
    assert [incident["name"] for incident in found] == names


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page_size=0", "page_size"),
        ("page_size=501", "page_size"),
        ("page_size=many", "page_size"),
        ("after=x", "after"),
        ("sort_by=name", "sort_by"),
        ("created_at[gte]=2026-01-01", "created_at[gte]"),
        ("severity[gte]=x", "severity[gte]"),
    ],
)
def test_a_list_that_cannot_be_given_is_refused(ask: Ask, query: str, field: str) -> None:
    answer = ask("GET", f"/v2/incidents?{query}")
    assert error_of(answer) == (422, "validation_error", "invalid_value", field)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Ada Lovelace", "Grace Hopper"]),
        ("include_inactive=true", ["Ada Lovelace", "Grace Hopper", "Alan Turing"]),
        ("email=Grace@Example.com", ["Grace Hopper"]),
        ("email=grace", []),
        ("slack_user_id=U00000001", ["Ada Lovelace"]),
    ],
)
def test_users_are_found(ask: Ask, query: str, names: list[str]) -> None:
    found = ask("GET", f"/v2/users?{query}").json()["users"]
    assert [user["name"] for user in found] == names


@pytest.mark.parametrize(
    ("path", "member", "names"),
    [
        ("/v1/severities", "severities", ["Minor", "Major", "Critical"]),
        ("/v1/incident_types", "incident_types", ["Default", "Customer outage"]),
        (
            "/v1/incident_statuses",
            "incident_statuses",
            ["Triage", "Investigating", "Fixing", "Monitoring", "Paused", "Documenting", "Closed"],
        ),
    ],
)
def test_the_account_is_described(ask: Ask, path: str, member: str, names: list[str]) -> None:
    found = [thing["name"] for thing in ask("GET", path).json()[member]]
    assert found[: len(names)] == names


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("Bearer", "missing_authorization_material"),
        ("Bearer nonsense", "invalid_authorization_material"),
        ("Basic inc-api-key", "invalid_authorization_material"),
    ],
)
def test_nobody_gets_in_without_a_key(ask: Ask, authorization: str, code: str) -> None:
    for path in ("/v1/identity", "/v2/incidents", "/nothing"):
        answer = ask("GET", path, authorization=authorization)
        assert error_of(answer) == (401, "authentication_error", code, "")


def test_a_key_does_only_what_its_roles_allow(
    ask: Ask, create: Callable[..., dict[str, Any]]
) -> None:
    reader = "Bearer inc-readonly-key"
    path = f"/v2/incidents/{create()['id']}"
    assert ask("GET", path, authorization=reader).ok
    edit = {"incident": {"summary": "x"}, "notify_incident_channel": True}
    for target, body, scope in (
        ("/v2/incidents", NEW | {"idempotency_key": "k2"}, "incidents.create"),
        (f"{path}/actions/edit", edit, "incidents.update_summary"),
    ):
        answer = ask("POST", target, body, authorization=reader)
        expected = (403, "resource_forbidden", "missing_required_scope", "")
        assert error_of(answer) == expected
        assert answer.json()["errors"][0]["metadata"] == {"scope": scope}
    roles = ask("GET", "/v1/identity", authorization=reader).json()["identity"]["roles"]
    assert roles == ["viewer"]
    assert ask("GET", "/v1/identity").json()["identity"]["name"] == "Incident action"


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/v2/incidents/x", None, (404, "not_found", "not_found", "")),
        ("GET", "/v3/incidents", None, (404, "not_found", "not_found", "")),
        ("DELETE", "/v2/incidents", None, (405, "method_not_allowed", "method_not_allowed", "")),
        ("POST", "/v2/incidents", ["x"], (400, "invalid_request_error", "invalid_json", "")),
    ],
)
def test_other_refusals(
    ask: Ask, method: str, path: str, body: object, expected: tuple[int, str, str, str]
) -> None:
    assert error_of(ask(method, path, body)) == expected


def test_a_key_has_so_many_requests(sim: Simulator, ask: Ask) -> None:
    sim.incident_io.state.rate_limit.per_minute = 2
    left = [ask("GET", "/v1/identity").headers["X-RateLimit-Remaining"] for _ in range(2)]
    assert left == ["1", "0"]
    refused = ask("GET", "/v1/identity")
    assert error_of(refused) == (429, "too_many_requests", "too_many_requests", "")
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    limit = refused.json()["rate_limit"]
    assert (limit["name"], limit["limit"], limit["remaining"]) == ("Incident action", 2, 0)
    assert datetime.fromisoformat(limit["retry_after"]).tzinfo is not None
    assert ask("GET", "/v1/identity", authorization="Bearer inc-readonly-key").ok


def test_a_key_gets_requests_back_as_time_goes_by(sim: Simulator, ask: Ask) -> None:
    limit = sim.incident_io.state.rate_limit
    limit.per_minute = 1
    assert [ask("GET", "/v1/identity").status_code for _ in range(2)] == [200, 429]
    limit._buckets = {key: (left, at - 60) for key, (left, at) in limit._buckets.items()}  # noqa: SLF001
    assert ask("GET", "/v1/identity").status_code == 200


@pytest.mark.parametrize("processed", [False, True])
def test_faults_hit_it_too(sim: Simulator, ask: Ask, processed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    sim.faults.add(Fault("status", api="incident-io", path="/v2/*", processed=processed))
    assert ask("GET", "/v1/identity").ok
    assert ask("POST", "/v2/incidents", NEW).status_code == 500
    assert len(sim.incident_io.state.incidents) == int(processed)
    assert [(e.api, e.fault) for e in sim.exchanges] == [
        ("incident-io", None),
        ("incident-io", "status"),
    ]


def test_it_is_watched_and_reset(
    sim: Simulator, create: Callable[..., dict[str, Any]], ask: Ask
) -> None:
    made = create(name="<b>Down", summary="Since noon")
    state = requests.get(f"{sim.control.url}/control/state", timeout=5).json()
    assert state["incident_io_incidents"] == {made["id"]: made}
    page = requests.get(sim.control.url, timeout=5).text
    for text in ("INC-1 &lt;b&gt;Down", "Investigating", "Minor", "Since noon"):
        assert text in page
    requests.post(f"{sim.control.url}/control/reset", timeout=5)
    assert ask("GET", "/v2/incidents").json()["incidents"] == []
    assert create()["reference"] == "INC-1"
