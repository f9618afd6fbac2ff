"""Which incidents are meant: one, several, or all that a service has open."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock, matchers

from pd_incident_action.errors import ApiRejected
from pd_incident_action.operations._shared.incident_selection import (
    IncidentSelection,
    fetch_selected,
    selected_path,
)
from pd_incident_action.operations._shared.single_incident import SingleIncident, path_of_incident
from pd_incident_action.operations.base import OperationContext

API = "https://api.pagerduty.com"


def shown(api: RequestsMock, *ids: str) -> None:
    for one in ids:
        api.add("GET", f"{API}/incidents/{one}", json={"incident": {"id": one}})


@pytest.mark.parametrize("chosen", [{}, {"incident": "Q1", "service": "Checkout"}])
def test_exactly_one_way_to_choose_is_taken(chosen: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="one of them"):
        IncidentSelection.model_validate(chosen)


@pytest.mark.parametrize("ids", [("Q1",), ("Q1", "Q2", "Q3")])
def test_incidents_are_read_in_the_order_given(
    api: RequestsMock, tools: OperationContext, ids: tuple[str, ...]
) -> None:
    shown(api, *ids)
    request = IncidentSelection.model_validate({"incident": ", ".join(ids)})
    assert [json["id"] for json in fetch_selected(request, tools)] == list(ids)


def test_an_id_that_does_not_exist_ends_it_all(api: RequestsMock, tools: OperationContext) -> None:
    shown(api, "Q1")
    api.add("GET", f"{API}/incidents/Q2", status=404, json={"error": {"code": 2100}})
    with pytest.raises(ApiRejected, match="find incident Q2"):
        fetch_selected(IncidentSelection.model_validate({"incident": "Q1,Q2"}), tools)


def test_a_services_open_incidents_are_listed(api: RequestsMock, tools: OperationContext) -> None:
    params = {
        "service_ids[]": "PSVC001",
        "statuses[]": ["triggered", "acknowledged"],
        "sort_by": "created_at:asc",
        "date_range": "all",
        "limit": "100",
        "offset": "0",
    }
    match = [matchers.query_param_matcher(params)]
    api.add("GET", f"{API}/incidents", json={"incidents": [{"id": "Q1"}]}, match=match)
    request = IncidentSelection.model_validate({"service": "PSVC001"})
    assert fetch_selected(request, tools) == [{"id": "Q1"}]


@pytest.mark.parametrize(
    ("chosen", "path", "words"),
    [
        ({"incident": "Q1"}, "/incidents/Q1", "incident Q1"),
        ({"incident": "Q1,Q2"}, None, "incidents Q1, Q2"),
        ({"service": "Checkout"}, None, "all open incidents of service Checkout"),
    ],
)
def test_only_a_single_incident_can_be_asked_for_early(
    chosen: dict[str, str], path: str | None, words: str
) -> None:
    request = IncidentSelection.model_validate(chosen)
    assert (selected_path(request), request.humanize) == (path, words)
    assert path_of_incident(SingleIncident(incident="Q1")) == "/incidents/Q1"
