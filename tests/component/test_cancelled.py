"""A cancelled job sends nothing more, then finds out what was done, and reports that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from harness import InProcess, from_port, run_id_of, writes
from pd_incident_simulator import Fault, Simulator

GRACE = 5.0


def hang(api: str, path: str = "*", *, method: str = "*", processed: bool = False) -> Fault:
    return Fault("hang", api, method, path, count=None, seconds=30, processed=processed)


def arrived(sim: Simulator, api: str, end: str, count: int = 1) -> Callable[[], bool]:
    return lambda: sum(e.api == api and e.path.endswith(end) for e in sim.exchanges) >= count


@pytest.mark.parametrize(
    "fault",
    [
        # So long that what was sent before the cancellation can't arrive after it.
        Fault("status", "pagerduty", "POST", count=None, status=503, headers={"Retry-After": "30"}),
        hang("pagerduty", method="POST"),
    ],
    ids=["while it waits to try again", "while it waits for answers"],
)
def test_with_several_services_nothing_goes_out_once_it_is_cancelled(
    sim: Simulator, act: InProcess, fault: Fault
) -> None:
    sim.faults.add(fault)
    act.cancel_when = arrived(sim, "pagerduty", "/incidents", 3)
    result = act(title="Down", service="PSVC001,PSVC002,PSVC003")
    sim.faults.clear()
    for thread in threading.enumerate():
        if thread.name.startswith("ThreadPoolExecutor"):
            thread.join(10)  # what was under way would be repeated by then
    assert result.code == 1
    assert result.seconds < GRACE
    assert [e for e in writes(sim.exchanges, "pagerduty") if e.arrived > act.cancelled_at] == []
    assert sim.pagerduty.state.incidents == {}
    (error,) = result.annotations("error")
    assert "The job was cancelled (SIGTERM)" in error


@pytest.mark.parametrize(
    ("operation", "inputs", "done"),
    [
        ("create", {"title": "Down"}, "Down"),
        ("trigger", {"dedup_key": "disk-1"}, "disk-1"),
        ("escalate", {"escalation_policy": "PPOL002"}, "PPOL002"),
    ],
)
def test_what_was_done_by_then_is_looked_up_and_reported(
    sim: Simulator, act: InProcess, operation: str, inputs: dict[str, Any], done: str
) -> None:
    entity = "PSVC001"
    if operation == "escalate":
        act(title="Up", service="PSVC001", port_client_id=None)
        (entity,) = sim.pagerduty.state.incidents
    for api, method in (("events", "POST"), ("pagerduty", "POST"), ("pagerduty", "PUT")):
        sim.faults.add(hang(api, method=method, processed=True))
    event = from_port(sim, entity)
    act.cancel_when = lambda: done in str(sim.pagerduty.state.incidents)
    result = act(operation, event=event, **inputs)

    assert result.code == 1
    assert result.seconds < GRACE
    (incident,) = sim.pagerduty.state.incidents.values()
    assert result.outputs["incident-id"] == incident["id"]
    assert result.outputs["dedup-key"] == incident["incident_key"]
    assert incident["html_url"] in result.annotations("notice")[0]
    run = sim.port.state.runs[run_id_of(event)]
    assert "Before cancellation" in "\n".join(run.logs)
    assert (run.status, run.status_label) == ("FAILURE", "Page accepted: Cancelled")
    assert incident["html_url"] in run.link
    assert incident["id"] in sim.port.state.entities["pagerdutyIncident"]


def test_what_was_known_to_be_missing_is_reported_as_well(sim: Simulator, act: InProcess) -> None:
    sim.faults.add(hang("pagerduty", "*/log_entries"))
    sim.faults.add(Fault("status", method="POST", path="/incidents", status=400))
    act.cancel_when = arrived(sim, "pagerduty", "/log_entries")
    event = from_port(sim, "PSVC001", title="D" * 2000)
    result = act(event=event, service="PSVC001,PSVC002")
    missing = ("Input 'title'", "Nobody was paged on service")
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    for text in missing:
        assert text in "\n".join(result.annotations("warning"))
        assert text in log
        assert text in result.summary
    assert "D" * 2000 in result.summary


def test_incidents_on_several_services_are_all_reported(sim: Simulator, act: InProcess) -> None:
    sim.faults.add(hang("pagerduty", method="POST", processed=True))
    act.cancel_when = lambda: len(sim.pagerduty.state.incidents) == 2
    result = act(title="Down", service="PSVC001,PSVC002")
    assert set(result.outputs["incident-ids"].split(",")) == set(sim.pagerduty.state.incidents)


def test_a_sync_stops_reading_and_writing(sim: Simulator, act: InProcess) -> None:
    act(title="Down", service="PSVC001", port_client_id=None)
    sim.faults.add(hang("port", "*/bulk"))
    act.cancel_when = arrived(sim, "port", "/bulk")
    result = act("sync", what="incidents")
    assert (result.code, result.stderr) == (1, "")
    assert result.seconds < GRACE
    assert "The job was cancelled (SIGTERM)" in result.annotations("error")[0]


@pytest.mark.parametrize(
    ("path", "inputs", "is_ended"),
    [
        ("/logs", {"urgency": "loud"}, True),
        ("/entities", {"title": "Down"}, True),
        ("/access_token", {"title": "Down"}, False),
    ],
)
def test_port_that_hangs_does_not_hold_up_a_cancelled_job(
    sim: Simulator, act: InProcess, path: str, inputs: dict[str, Any], *, is_ended: bool
) -> None:
    event = from_port(sim, "PSVC001")
    sim.faults.add(hang("port", f"*{path}"))
    act.cancel_when = arrived(sim, "port", path)
    result = act(event=event, report_status="always", **inputs)
    assert result.code == 1
    assert result.seconds < GRACE
    assert "The job was cancelled (SIGTERM)" in result.annotations("error")[-1]
    assert "cancelled" in result.summary
    assert result.outputs.get("created") == ("true" if "title" in inputs else None)
    run = sim.port.state.runs[run_id_of(event)]
    assert (run.status == "FAILURE") is is_ended
    if is_ended:
        assert run.status_label.endswith("aged: Cancelled") or "title" in inputs
        sent = [e for e in sim.exchanges if e.api == "port"]
        hung, last = next(e for e in sent if e.path.endswith(path)), sent[-1]
        assert hung.connection != last.connection, "the last words go over a new connection"
