"""``operation: maintenance``: PagerDuty opens no incidents for a service for a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from harness import Action, from_port, run_id_of
from pd_incident_action.inputs.intervals import to_iso
from pd_incident_simulator import Fault, Simulator

THREE = "PSVC001, PSVC002, PSVC003"
SPAN: dict[str, Any] = {"start": "2099-12-01T09:00:00Z", "end": "2h"}


def test_a_click_on_the_service_puts_it_into_maintenance(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", end_time="2h", description="Moving house")
    result = act.succeed("maintenance", event=event)

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


def test_neither_a_rerun_nor_a_lost_answer_opens_a_second_window(
    sim: Simulator, act: Action
) -> None:
    windows, services = sim.pagerduty.state.maintenance_windows, "Checkout, Payments"
    sim.faults.add(Fault("reset", method="POST", path="/maintenance_windows", processed=True))
    for number, start in enumerate([SPAN["start"], None], start=1):
        first, again = (
            act.succeed("maintenance", service=services, start=start, end="2h") for _ in range(2)
        )
        assert len(windows) == number
        for name in ("maintenance-window-id", "until"):
            assert again.outputs[name] == first.outputs[name] != ""
        assert (first.outputs["created"], again.outputs["created"]) == ("true", "false")
        assert "Maintenance of Checkout, Payments is already scheduled from" in again.log
    # A window that contains what is asked for is enough.
    for service, end, number in [("PSVC001", "1h", 2), ("PSVC001", "3h", 3), (THREE, "1h", 4)]:
        act.succeed("maintenance", service=service, start=SPAN["start"], end=end)
        assert len(windows) == number


def test_a_service_that_cannot_be_read_is_only_a_warning(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", method="GET", path="/services/*", status=404))
    result = act.succeed("maintenance", service="PSVC001", **SPAN)
    assert result.outputs["created"] == "true"
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
    assert f"Id: {now}; Services: Checkout; When: from " in listed.log
    assert listed.outputs["maintenance-window-id"] == f"{now},{later}"

    act.succeed("maintenance", **checkout, dry_run="true")
    assert listed.outputs["until"] == windows[later]["end_time"]
    for attempt in "12":
        act.environment["GITHUB_RUN_ATTEMPT"] = attempt
        extended = act.succeed("maintenance", **checkout)
        assert extended.outputs["until"] == windows[now]["end_time"] > windows[later]["end_time"]
        # The duration is counted from a later moment by the next attempt.
        end = datetime.fromisoformat(windows[now]["end_time"]) - timedelta(minutes=10)
        windows[now]["end_time"] = to_iso(end)
    assert "No changes: the maintenance of Checkout ends" in extended.log

    sim.faults.add(Fault("reset", method="DELETE", path="/maintenance_windows/*", processed=True))
    ended, again = (
        act("maintenance", maintenance_action="end", service="Checkout") for _ in range(2)
    )
    assert "Ended maintenance of Checkout." in ended.log
    assert ended.outputs["until"] < windows[later]["start_time"]
    entity = sim.port.state.entities["pagerdutyService"]["PSVC001"]
    assert entity["properties"]["status"] == "active"
    assert "No changes: no maintenance of Checkout is under way." in again.log
    start = windows[later]["start_time"]
    for until in (start, ""):
        ended = act.succeed("maintenance", maintenance_action="end", maintenance_window=later)
        assert (ended.outputs["until"], [*windows]) == (until, [now])


def test_what_is_wrong_changes_nothing(sim: Simulator, act: Action) -> None:
    act("maintenance", service="Checkout, Payments", end="1h")
    windows = sim.pagerduty.state.maintenance_windows
    (window,) = windows
    before = dict(windows[window])
    rows: list[tuple[dict[str, Any], str]] = [
        ({"maintenance_action": "end", "service": "Checkout"}, "also a window of Payments"),
        ({"maintenance_action": "extend", "service": "Checkout", "end": "2h"}, "of Payments; set"),
        ({"maintenance_action": "end", "maintenance_window": "PNONE"}, "failed to find mainten"),
        ({"maintenance_action": "end"}, "Set 'service' or 'maintenance-window'"),
        ({"maintenance_action": "extend", "service": "Checkout"}, "Set 'end' to extend"),
        ({"maintenance_action": "extend", "service": "Database", "end": "1h"}, "No maint"),
        ({"service": "Checkout"}, "Set 'service' and 'end' to add a maintenance window"),
        ({"maintenance_window": window, "service": "Checkout", "end": "1h"}, "only with"),
        ({"service": "PSVC001, PSVC999", **SPAN}, "on PSVC001, PSVC999 of input 'service': it"),
        ({"service": "PSVC002", **SPAN, "from_": None}, "set the input `from`"),
    ]
    for given, words in rows:
        assert words in act.fail("maintenance", **given)
    asked = len([one for one in sim.exchanges if one.api == "pagerduty"])
    for start, end, words in [
        ("2h", "1990-01-01", "is in the past"),
        ("9999-12-31T23:59Z", "2h", "must be a valid date"),
    ]:
        error = act.fail("maintenance", service="PSVC001", start=start, end=end)
        assert f"Input 'end' {words}" in error
    assert len([one for one in sim.exchanges if one.api == "pagerduty"]) == asked
    assert windows == {window: before}
    act.succeed("maintenance", maintenance_action="end", maintenance_window=window)
