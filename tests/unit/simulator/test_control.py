"""Other processes can watch and control the simulator, and people can watch it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
NEW = {"incident": {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}}}


@pytest.fixture
def control(sim: Simulator) -> Ask:
    def ask(method: str, path: str, body: object = None) -> requests.Response:
        return requests.request(method, sim.control.url + path, json=body, timeout=5)

    return ask


def test_faults_are_added_and_cleared(pagerduty: Ask, control: Ask) -> None:
    fault = {"kind": "status", "api": "pagerduty", "status": 503, "count": None}
    assert control("POST", "/control/faults", fault).status_code == 201
    assert pagerduty("GET", "/abilities").status_code == 503
    assert control("DELETE", "/control/faults").status_code == 204
    assert pagerduty("GET", "/abilities").status_code == 200


@pytest.mark.parametrize("fault", [{}, {"kind": "explode"}, {"kind": "reset", "colour": 1}, ["x"]])
def test_a_wrong_fault_is_refused(
    sim: Simulator, pagerduty: Ask, control: Ask, fault: object
) -> None:
    answer = control("POST", "/control/faults", fault)
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert pagerduty("GET", "/abilities").status_code == 200
    assert sim.exchanges[0].fault is None


def test_exchanges_are_listed_with_bodies_as_text_and_forgotten(
    sim: Simulator, pagerduty: Ask, control: Ask
) -> None:
    pagerduty("POST", "/incidents", NEW)
    (listed,) = control("GET", "/control/exchanges").json()
    assert (listed["api"], listed["path"], listed["status"]) == ("pagerduty", "/incidents", 201)
    assert '"title": "Down"' in listed["body"]
    assert '"incident_number"' in listed["response_body"]
    assert control("DELETE", "/control/exchanges").status_code == 204
    assert sim.exchanges == []


def test_the_state_is_shown(sim: Simulator, incident: str, control: Ask) -> None:
    sim.port.state.start_run("r_1")
    state = control("GET", "/control/state").json()
    assert list(state["incidents"]) == [incident.rsplit("/", 1)[-1]]
    assert state["runs"]["r_1"]["status"] == "IN_PROGRESS"
    assert state["entities"]["pagerdutyService"]["PSVC002"]["title"] == "Payments"


@pytest.mark.parametrize("run_id", ["r_mine", "wfnr_mine", None])
def test_runs_are_started(sim: Simulator, control: Ask, run_id: str | None) -> None:
    answer = control("POST", "/control/runs", {"run_id": run_id})
    assert answer.status_code == 201
    started = answer.json()["run_id"]
    assert run_id in {None, started}
    assert list(sim.port.state.runs) == [started]


def test_a_reset_leaves_nothing_behind(sim: Simulator, control: Ask, pagerduty: Ask) -> None:
    pagerduty("POST", "/incidents", NEW)
    number = next(iter(sim.pagerduty.state.incidents.values()))["incident_number"]
    sim.port.state.start_run()
    sim.port.state.sign_in()
    sim.pagerduty.state.upcoming["k", "PSVC001"] = []
    control("POST", "/control/faults", {"kind": "reset", "count": None})
    assert control("POST", "/control/reset").status_code == 204
    assert sim.exchanges == []
    assert (sim.pagerduty.state.incidents, sim.pagerduty.state.upcoming) == ({}, {})
    assert (sim.port.state.runs, sim.port.state.tokens) == ({}, set())
    again = pagerduty("POST", "/incidents", NEW).json()["incident"]
    assert again["incident_number"] == number


def test_the_page_shows_what_there_is(
    sim: Simulator, incident: str, pagerduty: Ask, control: Ask
) -> None:
    pagerduty("PUT", incident, {"incident": {"status": "acknowledged"}})
    run_id = sim.port.state.start_run()
    sim.port.state.runs[run_id].logs.append("Paging Ada")
    answer = control("GET", "/")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for text in ("Down", "acknowledged", "Ada Lovelace", "Platform", run_id, "Paging Ada"):
        assert text in answer.text
    assert "PSVC003" in answer.text
    assert 'http-equiv="refresh"' in answer.text


def test_the_page_loads_nothing_from_elsewhere(control: Ask) -> None:
    text = control("GET", "/").text
    assert not [word for word in ("src=", "href=", "url(", "@import") if word in text]


def test_an_empty_page_says_so(control: Ask) -> None:
    assert control("GET", "/").text.count("Nothing yet") == 3, (
        "no incidents of either provider, no runs"
    )


def test_no_text_of_a_user_becomes_html(
    sim: Simulator, pagerduty: Ask, port: Ask, control: Ask
) -> None:
    evil = "<script>alert(1)</script>"
    body: dict[str, Any] = NEW["incident"] | {"title": evil}
    pagerduty("POST", "/incidents", {"incident": body})
    run = f"/v1/actions/runs/{sim.port.state.start_run()}"
    port("POST", f"{run}/logs", {"message": evil, "statusLabel": evil})
    entities = "/v1/blueprints/pagerdutyIncident/entities"
    entity = {"identifier": "Q1", "title": evil, "properties": {"escalation_policy": evil}}
    assert port("POST", entities, entity).status_code == 201
    text = control("GET", "/").text
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 5


def test_an_unknown_path_is_not_found(control: Ask) -> None:
    assert control("GET", "/control/nothing").status_code == 404
