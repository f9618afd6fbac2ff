"""``operation: maintenance``: PagerDuty opens no incidents for a service for a time."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator

SPAN: dict[str, Any] = {"start": "2099-12-01T09:00:00Z", "end": "2h"}


def test_a_click_on_the_service_puts_it_into_maintenance(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", end_time="2h", description="Moving house")
    result = act("maintenance", event=event)

    assert result.code == 0, result.log
    (window,) = sim.pagerduty.state.maintenance_windows.values()
    assert window["description"] == "Moving house"
    assert [service["id"] for service in window["services"]] == ["PSVC001"]
    assert result.outputs["maintenance-window-id"] == window["id"]
    assert result.outputs["until"] == window["end_time"]
    assert result.outputs["created"] == "true"
    entity = sim.port.state.entities["pagerdutyService"]["PSVC001"]
    assert entity["properties"]["status"] == "maintenance"
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert "Maintenance of Checkout is scheduled from" in log


@pytest.mark.parametrize("start", ["2099-12-01T09:00:00Z", None])
def test_a_rerun_opens_no_second_window(sim: Simulator, act: Action, start: str | None) -> None:
    inputs: dict[str, Any] = {"service": "Checkout, Payments", "start": start, "end": "2h"}
    first, again = (act("maintenance", **inputs) for _ in range(2))
    assert (first.code, again.code) == (0, 0), first.log + again.log
    assert len(sim.pagerduty.state.maintenance_windows) == 1
    for name in ("maintenance-window-id", "until"):
        assert again.outputs[name] == first.outputs[name] != ""
    assert (first.outputs["created"], again.outputs["created"]) == ("true", "false")
    assert "Maintenance of Checkout, Payments is already scheduled from" in again.log


def test_a_lost_answer_opens_no_second_window(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("reset", method="POST", path="/maintenance_windows", processed=True))
    result = act("maintenance", service="PSVC001", **SPAN)
    assert result.code == 0, result.log
    assert len(sim.pagerduty.state.maintenance_windows) == 1


def test_a_general_key_needs_somebody_to_act_for(act: Action) -> None:
    result = act("maintenance", service="PSVC001", **SPAN, from_=None)
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "code 2016" in error
    assert "set the input `from`" in error


def test_an_unknown_service_is_named(sim: Simulator, act: Action) -> None:
    result = act("maintenance", service="PSVC001, PSVC999", **SPAN)
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "window on PSVC001, PSVC999 of input 'service': it answered 400" in error
    assert not sim.pagerduty.state.maintenance_windows


def test_an_end_before_the_start_is_refused_before_anything_is_sent(
    sim: Simulator, act: Action
) -> None:
    result = act("maintenance", service="PSVC001", start="2h", end="1990-01-01")
    assert result.code == 1
    assert "Input 'end' is in the past" in result.annotations("error")[0]
    assert all(e.api == "port" for e in sim.exchanges)


@pytest.mark.parametrize(("end", "windows"), [("1h", 1), ("3h", 2)])
def test_a_window_that_contains_the_wish_is_enough(
    sim: Simulator, act: Action, end: str, windows: int
) -> None:
    act("maintenance", service="Checkout, Payments", **SPAN)
    result = act("maintenance", service="PSVC001", start=SPAN["start"], end=end)
    assert result.code == 0, result.log
    assert len(sim.pagerduty.state.maintenance_windows) == windows


def test_a_service_that_cannot_be_read_is_only_a_warning(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", method="GET", path="/services/*", status=404))
    result = act("maintenance", service="PSVC001", **SPAN)
    assert (result.code, result.outputs["created"]) == (0, "true"), result.log
    (warning,) = result.annotations("warning")
    assert warning.startswith("PagerDuty did what was asked, but PagerDuty failed to find service")


def test_windows_are_listed_extended_and_ended(sim: Simulator, act: Action) -> None:
    windows = sim.pagerduty.state.maintenance_windows
    checkout: dict[str, Any] = {"service": "Checkout", "maintenance_action": "extend", "end": "4h"}
    act("maintenance", service="Checkout", end="1h")
    act("maintenance", service="Payments", start="2h", end="1h")
    now, later = windows
    listed = act("maintenance", maintenance_action="list")
    assert "PagerDuty has 2 windows for maintenance of all services." in listed.log
    assert listed.outputs["maintenance-window-id"] == f"{now},{later}"

    planned = act("maintenance", **checkout, dry_run="true")
    assert (planned.code, listed.outputs["until"]) == (0, windows[later]["end_time"]), planned.log
    for attempt in "12":
        act.environment["GITHUB_RUN_ATTEMPT"] = attempt
        extended = act("maintenance", **checkout)
        assert extended.code == 0, extended.log
    assert "No changes: the maintenance of Checkout ends" in extended.log
    assert extended.outputs["until"] == windows[now]["end_time"] > windows[later]["end_time"]

    sim.faults.add(Fault("reset", method="DELETE", path="/maintenance_windows/*", processed=True))
    ended, again = (
        act("maintenance", maintenance_action="end", service="Checkout") for _ in range(2)
    )
    assert "Ended maintenance of Checkout." in ended.log
    assert ended.outputs["until"] < windows[later]["start_time"]
    entity = sim.port.state.entities["pagerdutyService"]["PSVC001"]
    assert entity["properties"]["status"] == "active"
    assert "No changes: no maintenance of Checkout is under way." in again.log
    for _ in range(2):
        deleted = act("maintenance", maintenance_action="end", maintenance_window=later)
        assert (deleted.code, [*windows]) == (0, [now]), deleted.log


def test_what_would_end_more_or_extend_nothing_is_refused(sim: Simulator, act: Action) -> None:
    act("maintenance", service="Checkout, Payments", end="1h")
    (window,) = sim.pagerduty.state.maintenance_windows
    rows: list[tuple[dict[str, Any], str]] = [
        ({"maintenance_action": "end", "service": "Checkout"}, "also a window of Payments"),
        ({"maintenance_action": "extend", "service": "Checkout", "end": "2h"}, "of Payments; set"),
        ({"maintenance_action": "end", "maintenance_window": "PNONE"}, "failed to find mainten"),
        ({"maintenance_action": "end"}, "Set 'service' or 'maintenance-window'"),
        ({"maintenance_action": "extend", "service": "Checkout"}, "Set 'end' to extend"),
        ({"maintenance_action": "extend", "service": "Search", "end": "1h"}, "Search"),
        ({"service": "Checkout"}, "Set 'service' and 'end' to add a maintenance window"),
        ({"maintenance_window": window, "service": "Checkout", "end": "1h"}, "only with"),
    ]
    for given, words in rows:
        result = act("maintenance", **given)
        assert (result.code, words in result.annotations("error")[0]) == (1, True), result.log
    assert act("maintenance", maintenance_action="end", maintenance_window=window).code == 0
