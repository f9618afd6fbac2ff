"""Names lead to ids, exactly; what can't be told is refused with the names there are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from responses import RequestsMock

from pd_incident_action.errors import NotApplicable
from pd_incident_action.http.client import ApiClient
from pd_incident_action.incident_io.client import BearerAuth, IncidentIo
from pd_incident_action.incident_io.directory import IncidentIoDirectory
from pd_incident_action.incident_io.errors import explain

API = "https://api.incident.io"
Find = Callable[[IncidentIoDirectory, str], str]
KINDS: list[tuple[str, str, Find]] = [
    ("/v1/severities", "severities", IncidentIoDirectory.severity),
    ("/v1/incident_types", "incident_types", IncidentIoDirectory.incident_type),
    ("/v1/incident_statuses", "incident_statuses", IncidentIoDirectory.status),
]
THINGS = [
    {"id": "S1", "name": "Minor"},
    {"id": "S2", "name": "Major"},
    {"id": "S3", "name": "Major outage"},
    {"id": "S4", "name": "Twice"},
    {"id": "S5", "name": "TWICE"},
    {"id": "S6"},
]


@pytest.fixture
def directory(connect: Callable[..., ApiClient]) -> IncidentIoDirectory:
    auth = BearerAuth("inc-api-key")
    client = connect(service="incident.io", base_url=API, authenticate=auth, explain=explain)
    return IncidentIoDirectory(IncidentIo(client))


@pytest.mark.parametrize(("path", "member", "find"), KINDS)
@pytest.mark.parametrize(
    ("text", "identifier"),
    [("Major", "S2"), ("mAJOR", "S2"), ("major outage", "S3"), ("S4", "S4")],
)
def test_a_name_leads_to_its_id(  # noqa: PLR0913, PLR0917 - the columns of two tables
    api: RequestsMock,
    directory: IncidentIoDirectory,
    path: str,
    member: str,
    find: Find,
    text: str,
    identifier: str,
) -> None:
    api.add("GET", f"{API}{path}", json={member: THINGS})
    assert find(directory, text) == identifier


@pytest.mark.parametrize("find", [*(find for _, _, find in KINDS), IncidentIoDirectory.user])
def test_an_id_is_taken_as_it_is(directory: IncidentIoDirectory, find: Find) -> None:
    assert find(directory, "01FDAG4SAP5TYPT98WGR2N7W91") == "01FDAG4SAP5TYPT98WGR2N7W91"


@pytest.mark.parametrize(("path", "member", "find"), KINDS)
@pytest.mark.parametrize("text", ["", "Maj", "Huge", "01FDAG4SAP5TYPT98WGR2N7W9"])
def test_an_unknown_name_is_refused_with_those_there_are(  # noqa: PLR0913, PLR0917 - the columns of two tables
    api: RequestsMock,
    directory: IncidentIoDirectory,
    path: str,
    member: str,
    find: Find,
    text: str,
) -> None:
    api.add("GET", f"{API}{path}", json={member: THINGS})
    with pytest.raises(NotApplicable, match=f"has no .*'{text}'.*Minor \\(S1\\), Major \\(S2\\)"):
        find(directory, text)


def test_a_name_of_several_is_refused(api: RequestsMock, directory: IncidentIoDirectory) -> None:
    api.add("GET", f"{API}/v1/severities", json={"severities": THINGS})
    with pytest.raises(NotApplicable) as refusal:
        directory.severity("twice")
    assert str(refusal.value) == (
        "incident.io has more than one severity 'twice': Twice (S4), TWICE (S5); "
        "give the id instead."
    )


def test_an_account_without_severities_gets_other_advice(
    api: RequestsMock, directory: IncidentIoDirectory
) -> None:
    api.add("GET", f"{API}/v1/severities", json={"severities": []})
    with pytest.raises(NotApplicable, match=r"add it in incident\.io's settings"):
        directory.severity("Major")


def test_a_category_leads_to_its_first_status(
    api: RequestsMock, directory: IncidentIoDirectory
) -> None:
    statuses = [
        {"id": "T3", "name": "Really closed", "category": "closed", "rank": 3},
        {"id": "T1", "name": "Fixing", "category": "live", "rank": 1},
        {"id": "T2", "name": "Closed", "category": "closed", "rank": 2},
    ]
    api.add("GET", f"{API}/v1/incident_statuses", json={"incident_statuses": statuses})
    assert directory.status_of_category("closed") == "T2"
    with pytest.raises(NotApplicable, match=r"no status of category 'learning'.*Fixing \(T1\)"):
        directory.status_of_category("learning")


def test_a_user_is_found_by_address(api: RequestsMock, directory: IncidentIoDirectory) -> None:
    ada = {"id": "U1", "name": "Ada", "email": "ada@example.com"}
    api.add("GET", f"{API}/v2/users", json={"users": [ada]})
    assert directory.user("ADA@example.com") == "U1"


def test_an_unknown_user_is_refused(api: RequestsMock, directory: IncidentIoDirectory) -> None:
    api.add("GET", f"{API}/v2/users", json={"users": []})
    with pytest.raises(NotApplicable, match=r"no active user 'bob@example\.com'"):
        directory.user("bob@example.com")


def test_two_users_with_one_address_are_refused(
    api: RequestsMock, directory: IncidentIoDirectory
) -> None:
    twins = [{"id": f"U{n}", "name": f"Ada {n}", "email": "ada@example.com"} for n in (1, 2)]
    api.add("GET", f"{API}/v2/users", json={"users": twins})
    with pytest.raises(NotApplicable, match=r"more than one user.*Ada 1 \(U1\), Ada 2 \(U2\)"):
        directory.user("ada@example.com")
