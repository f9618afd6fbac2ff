"""`guard`: watches services after a deployment, and fails the step if one of them breaks."""

from __future__ import annotations

from typing import Any

import pytest

from harness import InProcess
from pd_incident_action.errors import Cancelled
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.github.state import TOKEN
from pd_incident_simulator.pagerduty.services import is_in_maintenance
from pipelines import Clock

WATCHED: dict[str, Any] = {
    "service": "Checkout, PSVC002",
    "port_client_id": None,
    "port_client_secret": None,
}


def open_incident(act: InProcess, service: str = "PSVC001", urgency: str = "high") -> None:
    act(title="Down", service=service, urgency=urgency, port_client_id=None)


def windows(sim: Simulator) -> list[str]:
    """List the services that are in maintenance."""
    state = sim.pagerduty.state
    return [one for one in state.services if is_in_maintenance(state, one)]


def test_a_quiet_deployment_passes(sim: Simulator, act: InProcess, clock: Clock) -> None:
    open_incident(act)  # before the deployment
    clock.events[30] = lambda: open_incident(act, urgency="low")
    clock.events[40] = lambda: open_incident(act, service="PSVC003")
    result = act("guard", watch="5m", environment="production", **WATCHED)
    assert result.code == 0
    assert clock.waited == 300
    assert "No new incident of high urgency on Checkout, PSVC002 in 5 min." in result.log
    (change,) = (one.json for one in sim.exchanges if one.path == "/v2/change/enqueue")
    assert change["payload"]["custom_details"]["environment"] == "production"


def test_a_new_incident_fails_the_step_at_once(
    sim: Simulator, act: InProcess, clock: Clock
) -> None:
    clock.events[30] = lambda: open_incident(act)
    sim.faults.add(Fault("status", api="pagerduty", path="/incidents", status=403, skip=1))
    result = act("guard", watch="5m", **WATCHED, routing_key=None)
    assert result.code == 1
    assert clock.waited < 60
    (error,) = result.annotations("error")
    assert "A new incident of high urgency opened on Checkout, PSVC002 during the watch: #" in error
    assert "roll back" in error
    assert "Still watching, though PagerDuty failed" in result.log
    assert result.outputs["incident-id"] in sim.pagerduty.state.incidents


def test_what_could_not_be_watched_fails(sim: Simulator, act: InProcess, clock: Clock) -> None:
    sim.faults.add(
        Fault("status", api="pagerduty", path="/incidents", status=403, skip=1, count=None)
    )
    result = act("guard", watch="1m", **WATCHED)
    assert (result.code, clock.waited) == (1, 60)
    assert "it answered 403" in result.annotations("error")[0]


def test_its_maintenance_window_ends_with_it_and_not_with_another_job_of_the_run(
    sim: Simulator, act: InProcess, clock: Clock
) -> None:
    def deploy_elsewhere() -> None:
        act.environment["GITHUB_JOB"] = "deploy-eu"
        act("guard", watch="1s", maintenance="PSVC003", **WATCHED)
        seen.extend(windows(sim))

    seen: list[str] = []
    clock.events[30] = deploy_elsewhere
    act("guard", watch="1m", maintenance="PSVC003", **WATCHED)
    assert (seen, windows(sim)) == (["PSVC003"], [])


def test_its_maintenance_window_ends_if_the_job_is_cancelled(
    sim: Simulator, act: InProcess, clock: Clock
) -> None:
    def cancel() -> None:
        assert windows(sim) == ["PSVC003"]
        raise Cancelled("SIGTERM")

    clock.events[30] = cancel
    result = act("guard", watch="1m", maintenance="PSVC003", **WATCHED)
    assert result.code == 1
    assert windows(sim) == []
    assert "No maintenance window of this run is open any more" in result.log


def test_a_killed_runs_window_is_ended_by_the_next(
    sim: Simulator, act: InProcess, clock: Clock
) -> None:
    class Killed(BaseException):
        pass

    def kill() -> None:
        sim.faults.add(Fault("status", api="pagerduty", status=403, count=None))
        raise Killed

    clock.events[10] = kill
    with pytest.raises(Killed):
        act("guard", watch="10m", maintenance="PSVC003", **WATCHED)
    sim.faults.clear()
    assert windows(sim) == ["PSVC003"]
    assert "run 4711 of octo/shop keeps it from paging" in act("doctor").log
    act.environment["GITHUB_RUN_ID"] = "4712"
    sim.github.state.add_run(1, None, id=4711)
    running = act("guard", maintenance="PSVC003", github_token=TOKEN, **WATCHED)
    assert "left open" not in running.log
    sim.github.state.add_run(1, "cancelled", id=4711)
    sim.github.state.permissions.clear()
    unknown = act("guard", github_token=TOKEN, **WATCHED)
    assert "left open" not in unknown.log
    sim.github.state.permissions.add("actions: read")
    ended = act("guard", github_token=TOKEN, **WATCHED)
    assert "Ended the maintenance window that run 4711 left open" in ended.log
    assert windows(sim) == []


def test_what_can_not_be_watched_is_refused(act: InProcess) -> None:
    table: list[tuple[dict[str, Any], str]] = [
        ({"maintenance": "PSVC001"}, "Input 'maintenance' must not name a service of 'service'"),
        ({"service": None}, "Input 'service' is missing"),
        ({"service": "Nowhere"}, "PagerDuty has no service 'Nowhere'"),
    ]
    for inputs, words in table:
        given = {**WATCHED, **inputs}
        result = act("guard", **given)
        assert result.code == 1
        assert words in result.annotations("error")[0]
