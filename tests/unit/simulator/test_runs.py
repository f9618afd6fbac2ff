"""Port's runs are told of progress until they end, and signing in works as Port's does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
CREDENTIALS = {"clientId": "port-client-id", "clientSecret": "simulated-port-secret"}


def sign_in(sim: Simulator, **changes: object) -> requests.Response:
    url = f"{sim.port.url}/v1/auth/access_token"
    return requests.post(url, json=CREDENTIALS | changes, timeout=5)


def test_the_same_token_comes_back_until_it_expires(sim: Simulator) -> None:
    tokens = [sign_in(sim).json()["accessToken"] for _ in range(2)]
    sim.port.state.expire_tokens()
    later = sign_in(sim).json()
    assert tokens[0] == tokens[1] != later["accessToken"]
    assert (later["tokenType"], later["expiresIn"]) == ("Bearer", 10800)


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"clientSecret": "x"}, 401), ({"clientId": "x"}, 401), ({"clientId": None}, 422)],
)
def test_wrong_credentials_get_no_token(
    sim: Simulator, changes: dict[str, object], status: int
) -> None:
    answer = sign_in(sim, **changes)
    assert (answer.status_code, answer.json()["ok"]) == (status, False)
    assert sim.port.state.tokens == set()


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong"])
def test_without_a_valid_token_nothing_is_answered(sim: Simulator, header: str) -> None:
    sign_in(sim)
    headers = {"Authorization": header} if header else {}
    answer = requests.get(f"{sim.port.url}/v1/blueprints", headers=headers, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")


def test_every_answer_has_a_trace_id_of_its_own(port: Ask) -> None:
    answers = [port("GET", "/v1/blueprints"), port("GET", "/v1/blueprints/none"), port("GET", "/x")]
    assert [answer.status_code for answer in answers] == [200, 404, 404]
    assert len({answer.headers["x-trace-id"] for answer in answers}) == 3


def test_a_run_is_told_until_it_ends(sim: Simulator, port: Ask) -> None:
    run_id = sim.port.state.start_run()
    path = f"/v1/actions/runs/{run_id}"
    line = port("POST", f"{path}/logs", {"message": "Paging", "statusLabel": "Paging"})
    assert (line.status_code, line.json()["runLog"]["message"]) == (201, "Paging")
    changes = {"link": "https://x.example", "summary": "Paged", "externalRunId": "7"}
    assert port("PATCH", path, changes).json()["run"]["status"] == "IN_PROGRESS"
    end = {"message": "Done", "terminationStatus": "SUCCESS"}
    assert port("POST", f"{path}/logs", end).status_code == 201
    run = sim.port.state.runs[run_id]
    assert (run.logs, run.status, run.ended) == (["Paging", "Done"], "SUCCESS", True)
    assert (run.status_label, run.link, run.summary, run.external_run_id) == (
        "Paging",
        ["https://x.example"],
        "Paged",
        "7",
    )
    shown = port("GET", f"{path}/logs").json()["runLogs"]
    assert [found["message"] for found in shown] == ["Paging", "Done"]


@pytest.mark.parametrize("status", [409, 422])
def test_an_ended_run_cant_change(sim: Simulator, port: Ask, status: int) -> None:
    sim.port.state.ended_status = status
    path = f"/v1/actions/runs/{sim.port.state.start_run()}"
    assert port("PATCH", path, {"status": "FAILURE"}).ok
    for method, target, body in (
        ("PATCH", path, {"status": "SUCCESS"}),
        ("POST", f"{path}/logs", {"message": "Late"}),
        ("POST", "/v1/blueprints/pagerdutyService/entities?run_id=" + path.rsplit("/", 1)[-1], {}),
    ):
        answer = port(method, target, body)
        assert (answer.status_code, answer.json()["error"]) == (status, "run_ended")
    assert port("GET", path).json()["run"]["status"] == "FAILURE"


def test_an_unknown_run_is_not_found(port: Ask) -> None:
    for path in ("/v1/actions/runs/r_none", "/v1/actions/runs/r_none/logs"):
        answer = port("GET", path)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
        assert answer.json()["ok"] is False


@pytest.mark.parametrize(
    ("method", "suffix", "body"),
    [
        ("PATCH", "", {"status": "DONE"}),
        ("PATCH", "", {"summary": 7}),
        ("PATCH", "", {"colour": "red"}),
        ("PATCH", "", ["status"]),
        ("POST", "/logs", {"message": ""}),
        ("POST", "/logs", {"message": "x", "terminationStatus": "DONE"}),
    ],
)
def test_wrong_news_of_a_run_are_refused(
    sim: Simulator, port: Ask, method: str, suffix: str, body: object
) -> None:
    run_id = sim.port.state.start_run()
    answer = port(method, f"/v1/actions/runs/{run_id}{suffix}", body)
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")
    run = sim.port.state.runs[run_id]
    assert (run.status, run.logs, run.summary) == ("IN_PROGRESS", [], "")


@pytest.mark.parametrize(
    ("result", "status"),
    [("SUCCESS", "SUCCESS"), ("FAILED", "FAILURE"), ("CANCELLED", "CANCELLED")],
)
def test_a_workflows_node_run(sim: Simulator, port: Ask, result: str, status: str) -> None:
    path = f"/v1/workflows/nodes/runs/{sim.port.state.start_run('wfnr_1')}"
    lines = [{"level": "INFO", "message": "One"}, {"level": "INFO", "message": "Two"}]
    assert port("POST", f"{path}/logs", {"logs": lines}).status_code == 201
    assert port("PATCH", path, {"status": "IN_PROGRESS", "statusLabel": "Paging"}).ok
    end = {
        "status": "COMPLETED",
        "result": result,
        "output": {"summary": "Paged"},
        "links": ["https://x.example"],
    }
    assert port("PATCH", path, end).status_code == 200
    run = sim.port.state.runs["wfnr_1"]
    assert (run.logs, run.status, run.summary) == (["One", "Two"], status, "Paged")
    assert port("PATCH", path, end).status_code == 422


@pytest.mark.parametrize(
    ("method", "suffix", "body"),
    [
        ("PATCH", "", {"status": "COMPLETED"}),
        ("PATCH", "", {"status": "COMPLETED", "result": "FAILURE"}),
        ("POST", "/logs", {"message": "One"}),
        ("POST", "/logs", {"logs": ["One"]}),
        ("POST", "/logs", {"logs": [{"level": "INFO"}]}),
    ],
)
def test_wrong_news_of_a_node_run_are_refused(
    sim: Simulator, port: Ask, method: str, suffix: str, body: object
) -> None:
    path = f"/v1/workflows/nodes/runs/{sim.port.state.start_run('wfnr_1')}{suffix}"
    assert port(method, path, body).status_code == 422
    assert not sim.port.state.runs["wfnr_1"].ended


def test_each_kind_of_run_has_its_own_endpoints(sim: Simulator, port: Ask) -> None:
    action, node = sim.port.state.start_run(), sim.port.state.start_run("wfnr_1")
    assert port("PATCH", f"/v1/workflows/nodes/runs/{action}", {}).status_code == 404
    assert port("PATCH", f"/v1/actions/runs/{node}", {}).status_code == 404
