"""incident.io's API: what is asked for, and what is understood."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from responses import RequestsMock, matchers

from pd_incident_action.errors import ApiRejected, ApiUnreachable
from pd_incident_action.http.client import ApiClient
from pd_incident_action.incident_io.client import BearerAuth, IncidentIo, to_incident
from pd_incident_action.incident_io.errors import explain
from pd_incident_action.models import Incident

API = "https://api.incident.io"
DATE = "Tue, 01 Dec 2026 03:10:05 GMT"
NEW = {"idempotency_key": "k", "visibility": "public", "name": "Down"}


@pytest.fixture
def incident_io(connect: Callable[..., ApiClient]) -> IncidentIo:
    client = connect(
        service="incident.io",
        base_url=API,
        authenticate=BearerAuth("inc-api-key"),
        explain=explain,
    )
    return IncidentIo(client)


@pytest.mark.parametrize(
    ("created_at", "headers", "is_new"),
    [
        ("2026-12-01T03:10:05.123456Z", {"Date": DATE}, True),
        ("2026-12-01T03:10:03Z", {"date": DATE}, True),
        ("2026-12-01T03:10:06Z", {"Date": DATE}, True),
        ("2026-12-01T03:09:55Z", {"Date": DATE}, False),
        ("2026-11-01T03:10:05Z", {"Date": DATE}, False),
        ("2026-12-01T03:10:05Z", {}, None),
        ("2026-12-01T03:10:05Z", {"Date": "now"}, None),
        ("2026-12-01T03:10:05", {"Date": DATE}, None),
        ("yesterday", {"Date": DATE}, None),
        (None, {"Date": DATE}, None),
    ],
)
def test_an_incident_is_created_and_known_to_be_new_or_not(
    api: RequestsMock,
    incident_io: IncidentIo,
    created_at: str | None,
    headers: dict[str, str],
    *,
    is_new: bool | None,
) -> None:
    incident = {"id": "I1", "created_at": created_at}
    api.add("POST", f"{API}/v2/incidents", json={"incident": incident}, headers=headers)
    assert incident_io.create_incident(NEW) == (incident, is_new)
    sent = api.calls[0].request
    assert json.loads(sent.body or "") == NEW
    assert sent.headers["Authorization"] == "Bearer inc-api-key"
    assert sent.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("body", [{}, {"idempotency_key": ""}, {"idempotency_key": None}])
def test_nothing_is_created_without_a_key(incident_io: IncidentIo, body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="second incident"):
        incident_io.create_incident(body)


def test_a_creation_is_repeated_with_the_same_key_until_it_works(
    api: RequestsMock, incident_io: IncidentIo, waits: list[float]
) -> None:
    limit = {"rate_limit": {"retry_after": "2026-12-01T03:10:09Z"}}
    api.add("POST", f"{API}/v2/incidents", status=502)
    api.add("POST", f"{API}/v2/incidents", status=429, json=limit, headers={"Retry-After": "4"})
    api.add("POST", f"{API}/v2/incidents", json={"incident": {"id": "I1"}})
    assert incident_io.create_incident(NEW)[0] == {"id": "I1"}
    assert [json.loads(call.request.body or "") for call in api.calls] == [NEW] * 3
    assert len(waits) == 2
    assert 4 <= waits[1] < 5


@pytest.mark.parametrize("notify", [True, False])
def test_an_incident_is_edited_in_its_place(
    api: RequestsMock, incident_io: IncidentIo, *, notify: bool
) -> None:
    url = f"{API}/v2/incidents/I1%2Fx/actions/edit"
    api.add("POST", url, json={"incident": {"id": "I1"}})
    changes = {"summary": "Bad"}
    edited = incident_io.edit_incident("I1/x", changes, "update the incident", notify=notify)
    assert edited == {"id": "I1"}
    sent = json.loads(api.calls[0].request.body or "")
    assert sent == {"incident": changes, "notify_incident_channel": notify}


def test_a_refused_edit_says_what_it_was_for(api: RequestsMock, incident_io: IncidentIo) -> None:
    api.add("POST", f"{API}/v2/incidents/I1/actions/edit", status=404, json={})
    with pytest.raises(
        ApiRejected, match=r"incident\.io did not resolve the incident: it answered 404"
    ):
        incident_io.edit_incident("I1", {}, "resolve the incident")


@pytest.mark.parametrize("incident_id", ["", ".", ".."])
def test_no_id_leads_to_another_endpoint(incident_io: IncidentIo, incident_id: str) -> None:
    with pytest.raises(ValueError, match="can't be part of a path"):
        incident_io.incident(incident_id)
    with pytest.raises(ValueError, match="can't be part of a path"):
        incident_io.edit_incident(incident_id, {}, "change it")


def test_an_incident_is_read(api: RequestsMock, incident_io: IncidentIo) -> None:
    api.add("GET", f"{API}/v2/incidents/I1", json={"incident": {"id": "I1"}})
    assert incident_io.incident("I1") == {"id": "I1"}


@pytest.mark.parametrize(
    ("path", "member", "ask"),
    [
        ("/v1/severities", "severities", IncidentIo.severities),
        ("/v1/incident_types", "incident_types", IncidentIo.incident_types),
        ("/v1/incident_statuses", "incident_statuses", IncidentIo.statuses),
        ("/v1/identity", "identity", IncidentIo.identity),
    ],
)
def test_the_account_is_read(
    api: RequestsMock,
    incident_io: IncidentIo,
    path: str,
    member: str,
    ask: Callable[[IncidentIo], object],
) -> None:
    api.add("GET", f"{API}{path}", json={member: [{"id": "x"}]})
    assert ask(incident_io) == [{"id": "x"}]


def test_an_answer_without_what_was_asked_for_is_no_answer(
    api: RequestsMock, connect: Callable[..., ApiClient]
) -> None:
    api.add("GET", f"{API}/v1/severities", json={"message": "maintenance"})
    client = connect(service="incident.io", base_url=API, explain=explain, max_attempts=1)
    with pytest.raises(ApiUnreachable, match="did not list the severities: its answer lacked"):
        IncidentIo(client).severities()


def test_users_match_exactly(api: RequestsMock, incident_io: IncidentIo) -> None:
    ada = {"id": "U1", "email": "Ada@Example.com"}
    others = [{"id": "U2", "email": "xada@example.com"}, {"id": "U3"}, {"id": "U4", "email": None}]
    api.add(
        "GET",
        f"{API}/v2/users",
        json={"users": [*others, ada]},
        match=[matchers.query_param_matcher({"email": "ada@example.com"})],
    )
    assert incident_io.users("ada@example.com") == [ada]


def test_the_key_is_never_taken_from_netrc(
    api: RequestsMock,
    incident_io: IncidentIo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.incident.io login mallory password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    api.add("GET", f"{API}/v1/identity", json={"identity": {}})
    incident_io.identity()
    assert api.calls[0].request.headers["Authorization"] == "Bearer inc-api-key"


FULL: dict[str, Any] = {
    "id": "01FDAG4SAP5TYPT98WGR2N7W91",
    "reference": "INC-42",
    "name": "Down",
    "summary": "It is down",
    "visibility": "private",
    "permalink": "https://app.incident.io/acme/incidents/42",
    "incident_status": {"name": "Investigating", "category": "live"},
    "severity": {"id": "S1", "name": "Major"},
    "creator": {"api_key": {"id": "K1", "name": "Incident action"}},
    "incident_role_assignments": [
        {"role": {"name": "Lead"}, "assignee": {"name": "Ada"}},
        {"role": {"name": "Reporter"}, "assignee": {"name": "Ada"}},
        {"role": {"name": "Comms"}},
        {"role": {"name": "Scribe"}, "assignee": {"name": "Bob"}},
    ],
    "created_at": "2026-12-01T03:10:00Z",
    "updated_at": "2026-12-01T03:11:00Z",
}


def test_an_incident_is_understood_whole() -> None:
    assert to_incident(FULL) == Incident(
        id="01FDAG4SAP5TYPT98WGR2N7W91",
        number=42,
        title="Down",
        status="Investigating",
        url="https://app.incident.io/acme/incidents/42",
        assignees=("Ada", "Bob"),
        description="It is down",
        created_at="2026-12-01T03:10:00Z",
        updated_at="2026-12-01T03:11:00Z",
        severity="Major",
        created_by="Incident action",
        visibility="private",
        provider="incident-io",
    )


@pytest.mark.parametrize("left_out", [{}, dict.fromkeys(FULL)])
def test_what_incident_io_leaves_out_is_empty(left_out: dict[str, None]) -> None:
    expected = Incident(id="I1", title="", status="", provider="incident-io")
    assert to_incident(left_out | {"id": "I1"}) == expected


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"creator": {"user": {"name": "Grace"}, "alert": {"title": "x"}}}, "created_by", "Grace"),
        ({"creator": {"workflow": {"name": "Nightly"}}}, "created_by", "Nightly"),
        ({"creator": {"alert": {"title": "Disk full"}}}, "created_by", "Disk full"),
        ({"creator": {}}, "created_by", ""),
        ({"reference": "ACME-INC-7"}, "number", 7),
        ({"reference": "INC-"}, "number", None),
        ({"reference": "INC-x1"}, "number", None),
    ],
)
def test_what_has_several_forms_is_understood(
    changes: dict[str, Any], field: str, value: object
) -> None:
    assert getattr(to_incident(FULL | changes), field) == value
