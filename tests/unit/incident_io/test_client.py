"""incident.io's API and what doctor makes of a key: what the simulator doesn't answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import NotApplicable
from pd_incident_action.incident_io.account import check_key
from pd_incident_action.incident_io.client import IncidentIo

API = "https://api.incident.io"
DATE = "Tue, 01 Dec 2026 03:10:05 GMT"
MEMBERS = {"visibility": "public", "name": "Down"}
NO_VIEW = "✗ incident-io-token: may not view data, so no name can be looked up"
NEW_KEY = "a key's roles can't be changed, so make a new key"
KNOWN = [
    {"id": "S1", "name": "Minor"},
    {"id": "S2", "name": "Major"},
    {"id": "S3", "name": "Major outage"},
    {"id": "S4", "name": "Twice"},
    {"id": "S5", "name": "TWICE"},
    {"id": "S6"},
]
STATUSES = [
    {"id": "T3", "name": "Really closed", "category": "closed", "rank": 3},
    {"id": "T1", "name": "Fixing", "category": "live", "rank": 1},
    {"id": "T2", "name": "Closed", "category": "closed", "rank": 2},
]


def test_a_created_incident_is_known_to_be_new_or_not(
    api: RequestsMock, incident_io: IncidentIo
) -> None:
    for created_at, headers, is_new in [
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
    ]:
        api.reset()
        incident = {"id": "I1", "created_at": created_at}
        api.add("POST", f"{API}/v2/incidents", json={"incident": incident}, headers=headers)
        created, found = incident_io.create_incident("k", MEMBERS)
        assert (created.raw, found) == (incident, is_new)
        assert json.loads(api.calls[0].request.body or "") == MEMBERS | {"idempotency_key": "k"}


def test_odd_answers_are_empty(api: RequestsMock, incident_io: IncidentIo) -> None:
    api.add("GET", f"{API}/v1/incident_types", json={"incident_types": ["none"]})
    api.add("GET", f"{API}/v1/identity", json={"identity": {"name": None, "roles": ["a", None]}})
    assert incident_io.incident_types() == []
    identity = incident_io.identity()
    assert (identity.name, identity.roles) == ("", ("a",))


def serve(api: RequestsMock, envelope: str, known: list[dict[str, Any]]) -> None:
    api.add("GET", f"{API}/v1/{envelope}", json={envelope: known})


def test_a_name_leads_to_its_id(api: RequestsMock, incident_io: IncidentIo) -> None:
    serve(api, "severities", KNOWN)
    names = ["Major", "mAJOR", "major outage", "S4", "01FDAG4SAP5TYPT98WGR2N7W91"]
    ids = ["S2", "S2", "S3", "S4", "01FDAG4SAP5TYPT98WGR2N7W91"]
    assert [incident_io.severity_id(name) for name in names] == ids


def test_an_unknown_or_ambiguous_name_is_refused(
    api: RequestsMock, incident_io: IncidentIo
) -> None:
    for name, problem in [
        ("", r"has no incident type ''.*Minor \(S1\), Major \(S2\)"),
        ("Maj", r"has no incident type 'Maj'.*Minor \(S1\), Major \(S2\)"),
        ("01FDAG4SAP5TYPT98WGR2N7W9", r"has no incident type '01F"),
        ("twice", r"more than one incident type 'twice': Twice \(S4\), TWICE \(S5\); give the id"),
    ]:
        api.reset()
        serve(api, "incident_types", KNOWN)
        with pytest.raises(NotApplicable, match=problem):
            incident_io.incident_type_id(name)
    serve(api, "severities", [])
    with pytest.raises(NotApplicable, match=r"add it in incident\.io's settings"):
        incident_io.severity_id("Major")


def test_a_category_leads_to_its_first_status(api: RequestsMock, incident_io: IncidentIo) -> None:
    serve(api, "incident_statuses", STATUSES)
    assert incident_io.status_of_category("closed") == "T2"
    with pytest.raises(NotApplicable, match=r"no status of category 'learning'.*Fixing \(T1\)"):
        incident_io.status_of_category("learning")


def test_a_finding_says_what_a_key_may_not_do(api: RequestsMock, incident_io: IncidentIo) -> None:
    for roles, line in [
        (
            ["viewer", "incident_creator", "incident_editor"],
            "✓ incident-io-token: is the key 'Ours', and may do everything needed",
        ),
        (
            ["viewer", "incident_creator"],
            f"! incident-io-token: may not update or resolve incidents – if it has to, {NEW_KEY}",
        ),
        (
            ["viewer"],
            "✗ incident-io-token: may not create incidents nor update or resolve incidents – "
            + NEW_KEY,
        ),
        (
            ["incident_creator", "incident_editor"],
            f"{NO_VIEW} – {NEW_KEY} (role viewer)",
        ),
    ]:
        api.reset()
        identity = {"identity": {"name": "Ours", "roles": roles}}
        api.add("GET", f"{API}/v1/identity", json=identity)
        (finding,) = check_key(incident_io)
        assert finding.line == line
