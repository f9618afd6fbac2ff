"""incident.io's API: what is sent, and what is understood."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiUnreachable
from pd_incident_action.http.client import ApiClient
from pd_incident_action.incident_io.client import BearerAuth, IncidentIo
from pd_incident_action.incident_io.errors import explain

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
        max_attempts=1,
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
def test_a_created_incident_is_known_to_be_new_or_not(
    api: RequestsMock,
    incident_io: IncidentIo,
    created_at: str | None,
    headers: dict[str, str],
    *,
    is_new: bool | None,
) -> None:
    incident = {"id": "I1", "created_at": created_at}
    api.add("POST", f"{API}/v2/incidents", json={"incident": incident}, headers=headers)
    created, found = incident_io.create_incident(NEW)
    assert (created.raw, found) == (incident, is_new)
    sent = api.calls[0].request
    assert json.loads(sent.body or "") == NEW
    assert sent.headers["Authorization"] == "Bearer inc-api-key"


@pytest.mark.parametrize("body", [{}, {"idempotency_key": ""}, {"idempotency_key": None}])
def test_nothing_is_created_without_a_key(incident_io: IncidentIo, body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="second incident"):
        incident_io.create_incident(body)


def test_an_id_is_one_segment_of_the_path(api: RequestsMock, incident_io: IncidentIo) -> None:
    api.add("POST", f"{API}/v2/incidents/I1%2Fx/actions/edit", json={"incident": {"id": "I1"}})
    assert incident_io.edit_incident("I1/x", {"summary": "Bad"}, "update it").id == "I1"
    sent = json.loads(api.calls[0].request.body or "")
    assert sent == {"incident": {"summary": "Bad"}, "notify_incident_channel": True}
    for bad in ("", ".", ".."):
        with pytest.raises(ValueError, match="can't be part of a path"):
            incident_io.incident(bad)


def test_an_answer_without_its_envelope_is_no_answer(
    api: RequestsMock, incident_io: IncidentIo
) -> None:
    api.add("GET", f"{API}/v1/severities", json={"message": "maintenance"})
    with pytest.raises(ApiUnreachable, match="did not list the severities: its answer lacked"):
        incident_io.severities()


def test_odd_lists_are_empty(api: RequestsMock, incident_io: IncidentIo) -> None:
    api.add("GET", f"{API}/v1/incident_types", json={"incident_types": "none"})
    api.add("GET", f"{API}/v1/identity", json={"identity": {"name": None, "roles": ["a", None]}})
    assert incident_io.incident_types() == []
    identity = incident_io.identity()
    assert (identity.name, identity.roles) == ("", ("a",))
