"""Cancelled at any moment: Port's run ends, and what PagerDuty did before is reported."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from harness import Action, Process, Result, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator

GRACE = 5.0


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def cancel(process: Process, number: signal.Signals = signal.SIGTERM) -> tuple[Result, float]:
    """Cancel a run; give the result and the seconds until it had ended."""
    started = time.monotonic()
    process.process.send_signal(number)
    result = process.wait(20)
    return result, time.monotonic() - started


def arrived(sim: Simulator, api: str, path: str) -> Callable[[], bool]:
    return lambda: any(e.api == api and e.path == path for e in sim.exchanges)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("module", ["pydantic", "pd_incident_action.operations.create"])
def test_cancelled_while_modules_are_loading(
    sim: Simulator, act: Action, number: signal.Signals, module: str
) -> None:
    code = (
        "import os, runpy, sys\n"
        "class Canceller:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {module!r}:\n"
        "            sys.meta_path.remove(self)\n"
        f"            os.kill(os.getpid(), {int(number)})\n"
        "sys.meta_path.insert(0, Canceller())\n"
        "runpy.run_path(sys.argv[1], run_name='__main__')\n"
    )
    interpreter, entrypoint = act.command
    act.command = (interpreter, "-c", code, entrypoint)
    result = act(title="Down", service="PSVC001")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert f"The job was cancelled ({number.name})" in error
    assert result.stderr == ""
    assert all(exchange.api != "pagerduty" for exchange in sim.exchanges)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_cancelled_while_pagerduty_does_not_answer(
    sim: Simulator, act: Action, number: signal.Signals
) -> None:
    sim.faults.add(Fault("hang", api="pagerduty", method="POST", count=None, seconds=30))
    event = from_port(sim, "PSVC001", title="Down")
    process = act.start(event=event)
    wait_until(arrived(sim, "pagerduty", "/incidents"))
    result, seconds = cancel(process, number)

    assert result.code == 1
    assert seconds < GRACE
    (error,) = result.annotations("error")
    assert f"The job was cancelled ({number.name})" in error
    run = sim.port.state.runs[run_id_of(event)]
    assert (run.status, run.status_label) == ("FAILURE", "Cancelled")
    assert error in "\n".join(run.logs)
    assert "cancelled" in result.summary


def test_cancelled_after_pagerduty_had_opened_the_incident_without_answering(
    sim: Simulator, act: Action
) -> None:
    hang = Fault("hang", api="pagerduty", method="POST", count=None, seconds=30, processed=True)
    sim.faults.add(hang)
    event = from_port(sim, "PSVC001", title="Down")
    process = act.start(event=event)
    wait_until(lambda: bool(sim.pagerduty.state.incidents))
    result, seconds = cancel(process)

    assert result.code == 1
    assert seconds < GRACE
    (incident,) = sim.pagerduty.state.incidents.values()
    assert result.outputs["incident-id"] == incident["id"]
    assert incident["html_url"] in result.annotations("notice")[0]
    run = sim.port.state.runs[run_id_of(event)]
    assert f"#{incident['incident_number']}" in "\n".join(run.logs)
    assert incident["html_url"] in run.link
    assert incident["id"] in sim.port.state.entities["pagerdutyIncident"]
    assert run.status == "FAILURE"


@pytest.mark.parametrize("count", [1, None], ids=["once", "forever"])
def test_cancelled_while_ports_entities_hang(
    sim: Simulator, act: Action, count: int | None
) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    sim.faults.add(Fault("hang", api="port", path="*/entities", count=count, seconds=30))
    process = act.start(event=event, report_status="always")
    wait_until(arrived(sim, "port", "/v1/blueprints/pagerdutyIncident/entities"))
    result, seconds = cancel(process)

    assert result.code == 1
    assert seconds < GRACE
    assert result.outputs["created"] == "true"
    run = sim.port.state.runs[run_id_of(event)]
    assert (run.status, run.status_label) == ("FAILURE", "Cancelled")
    told = [e for e in sim.exchanges if e.api == "port"]
    hung, last = (next(e for e in told if e.path.endswith("/entities")), told[-1])
    assert hung.connection != last.connection, "the last words go over a new connection"


def test_cancelled_while_port_is_gone(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    sim.faults.add(Fault("hang", api="port", count=None, seconds=30))
    process = act.start(event=event)
    wait_until(lambda: bool(sim.pagerduty.state.incidents))
    result, seconds = cancel(process)
    assert result.code == 1
    assert seconds < GRACE
    assert "cancelled" in result.summary


@pytest.mark.parametrize("operation", ["trigger", "escalate"])
def test_other_operations_tell_what_was_done_by_then(
    sim: Simulator, act: Action, operation: str
) -> None:
    inputs: dict[str, Any] = {"dedup_key": "disk-1"}
    entity = "PSVC001"
    if operation == "escalate":
        act(title="Down", service="PSVC001")
        (entity,) = sim.pagerduty.state.incidents
        inputs = {"escalation_policy": "PPOL002"}
    api, method = ("events", "POST") if operation == "trigger" else ("pagerduty", "PUT")
    sim.faults.add(Fault("hang", api=api, method=method, count=None, seconds=30, processed=True))
    event = from_port(sim, entity)
    process = act.start(operation, event=event, **inputs)
    done = "disk-1" if operation == "trigger" else "PPOL002"
    wait_until(lambda: done in str(sim.pagerduty.state.incidents))
    result, seconds = cancel(process)

    assert result.code == 1
    assert seconds < GRACE
    (incident,) = sim.pagerduty.state.incidents.values()
    assert result.outputs["incident-id"] == incident["id"]
    assert "Before cancellation" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)


def test_twins_open_one_incident(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    sim.faults.add(Fault("slow", api="pagerduty", method="POST", count=2, seconds=0.3))
    twins = [act.start(event=event) for _ in range(2)]
    results = [twin.wait(30) for twin in twins]

    assert [result.code for result in results] == [0, 0]
    assert len(sim.pagerduty.state.incidents) == 1
    assert sorted(result.outputs["created"] for result in results) == ["false", "true"]
    assert len({result.outputs["incident-id"] for result in results}) == 1
