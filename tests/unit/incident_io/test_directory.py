"""Names lead to ids, exactly; an unknown name is refused with the names there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import NotApplicable
from pd_incident_action.http.client import ApiClient
from pd_incident_action.incident_io.client import BearerAuth, IncidentIo
from pd_incident_action.incident_io.directory import IncidentIoDirectory
from pd_incident_action.incident_io.errors import explain

API = "https://api.incident.io"
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


@pytest.fixture
def directory(connect: Callable[..., ApiClient]) -> IncidentIoDirectory:
    auth = BearerAuth("inc-api-key")
    client = connect(service="incident.io", base_url=API, authenticate=auth, explain=explain)
    return IncidentIoDirectory(IncidentIo(client))


def serve(api: RequestsMock, envelope: str, known: list[dict[str, Any]]) -> None:
    api.add("GET", f"{API}/v1/{envelope}", json={envelope: known})


@pytest.mark.parametrize(
    ("text", "identifier"),
    [("Major", "S2"), ("mAJOR", "S2"), ("major outage", "S3"), ("S4", "S4")],
)
def test_a_name_leads_to_its_id(
    api: RequestsMock, directory: IncidentIoDirectory, text: str, identifier: str
) -> None:
    serve(api, "severities", KNOWN)
    assert directory.severity(text) == identifier


def test_an_id_is_taken_as_it_is(directory: IncidentIoDirectory) -> None:
    assert directory.status("01FDAG4SAP5TYPT98WGR2N7W91") == "01FDAG4SAP5TYPT98WGR2N7W91"


@pytest.mark.parametrize("text", ["", "Maj", "Huge", "01FDAG4SAP5TYPT98WGR2N7W9"])
def test_an_unknown_name_is_refused_with_those_there_are(
    api: RequestsMock, directory: IncidentIoDirectory, text: str
) -> None:
    serve(api, "incident_types", KNOWN)
    with pytest.raises(NotApplicable, match=f"has no .*'{text}'.*Minor \\(S1\\), Major \\(S2\\)"):
        directory.incident_type(text)


def test_an_ambiguous_name_is_refused(api: RequestsMock, directory: IncidentIoDirectory) -> None:
    serve(api, "severities", KNOWN)
    with pytest.raises(NotApplicable) as refusal:
        directory.severity("twice")
    assert str(refusal.value) == (
        "incident.io has more than one severity 'twice': Twice (S4), TWICE (S5); "
        "give the id instead."
    )


def test_an_account_without_any_gets_other_advice(
    api: RequestsMock, directory: IncidentIoDirectory
) -> None:
    serve(api, "severities", [])
    with pytest.raises(NotApplicable, match=r"add it in incident\.io's settings"):
        directory.severity("Major")


def test_a_category_leads_to_its_first_status(
    api: RequestsMock, directory: IncidentIoDirectory
) -> None:
    serve(api, "incident_statuses", STATUSES)
    assert directory.status_of_category("closed") == "T2"
    with pytest.raises(NotApplicable, match=r"no status of category 'learning'.*Fixing \(T1\)"):
        directory.status_of_category("learning")
