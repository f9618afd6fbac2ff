"""What the account's plan lacks is refused, and named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
NEW = {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}}
P1 = {"priority": {"id": "PPRIO01"}}


@pytest.mark.parametrize(
    ("ability", "method", "path", "body"),
    [
        ("custom_fields", "GET", "{incident}/custom_fields/values", None),
        ("custom_fields", "PUT", "{incident}/custom_fields/values", {"custom_fields": []}),
        ("responder_requests", "POST", "{incident}/responder_requests", {}),
        ("status_updates", "POST", "{incident}/status_updates", {"message": "Better"}),
        ("incident_workflows", "GET", "/incident_workflows", None),
        ("incident_workflows", "POST", "/incident_workflows/PWFLOW1/instances", {}),
        ("priorities", "GET", "/priorities", None),
        ("priorities", "POST", "/incidents", {"incident": NEW | P1}),
        ("priorities", "PUT", "{incident}", {"incident": P1}),
    ],
)
def test_what_the_plan_lacks_is_refused(  # noqa: PLR0913, PLR0917 - the columns of the table
    sim: Simulator,
    pagerduty: Ask,
    incident: str,
    ability: str,
    method: str,
    path: str,
    body: object,
) -> None:
    assert ability in pagerduty("GET", "/abilities").json()["abilities"]
    sim.pagerduty.state.missing_abilities = {ability}
    answer = pagerduty(method, path.format(incident=incident), body)
    assert answer.status_code == 402
    assert answer.json()["error"]["code"] == 2014
    assert answer.json()["error"]["errors"] == [f"The ability {ability} is required"]
    assert ability not in pagerduty("GET", "/abilities").json()["abilities"]


def test_what_needs_no_ability_goes_on(sim: Simulator, pagerduty: Ask, incident: str) -> None:
    sim.pagerduty.state.missing_abilities = {"priorities", "custom_fields", "status_updates"}
    assert pagerduty("POST", "/incidents", {"incident": NEW}).status_code == 201
    assert pagerduty("POST", f"{incident}/notes", {"note": {"content": "x"}}).status_code == 200


def test_a_reset_brings_the_whole_plan_back(sim: Simulator, pagerduty: Ask) -> None:
    sim.pagerduty.state.missing_abilities.add("priorities")
    sim.pagerduty.state.reset()
    assert pagerduty("GET", "/priorities").status_code == 200
