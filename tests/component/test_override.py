"""``operation: override``: somebody else is on call on a schedule for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.pagerduty import schedule_model
from pd_incident_simulator.pagerduty.schedule_model import Override

HOUR = timedelta(hours=1)

SPAN: dict[str, Any] = {"start": "2099-12-01T09:00:00Z", "end": "8h"}


def test_a_click_on_the_schedule_puts_somebody_on_call(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSCHED1", new_on_call_user="grace@example.com", end_time="8h")
    result = act.succeed("override", event=event)

    (override,) = sim.pagerduty.state.schedules["PSCHED1"].overrides
    assert override.user == "PUSER2"
    assert (override.end - override.start).total_seconds() == 8 * 3600
    assert result.outputs["override-id"] == override.id
    assert result.outputs["created"] == "true"
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert "Grace Hopper is on call for schedule PSCHED1 from" in log
    assert result.outputs["entity"] == ""


def test_neither_a_rerun_nor_a_lost_answer_adds_a_second_override(
    sim: Simulator, act: Action
) -> None:
    overrides = sim.pagerduty.state.schedules["PSCHED1"].overrides
    inputs = {"schedule": "Platform primary", "assignee": "Grace Hopper", "end": "8h"}
    sim.faults.add(Fault("reset", method="POST", path="/schedules/*", processed=True))
    for number, start in enumerate([SPAN["start"], "now"], start=1):
        first, again = (act.succeed("override", **inputs, start=start) for _ in range(2))
        assert len(overrides) == number
        assert again.outputs["override-id"] == first.outputs["override-id"] == overrides[-1].id
        assert (first.outputs["created"], again.outputs["created"]) == ("true", "false")
        assert "Grace Hopper is already on call for schedule Platform primary" in again.log
    within = act.succeed("override", **inputs | {"start": SPAN["start"], "end": "1h"})
    assert "from 2099-12-01T09:00:00Z until 2099-12-01T17:00:00Z (8 h)." in within.log


def test_two_people_at_the_same_time_are_pointed_out(act: Action) -> None:
    act("override", schedule="PSCHED1", assignee="linus@example.com", **SPAN)
    result = act.succeed("override", schedule="PSCHED1", assignee="grace@example.com", **SPAN)
    (warning,) = result.annotations("warning")
    assert "also has an override for Linus Low from 2099-12-01T09:00:00Z" in warning


def test_a_shift_based_schedule_is_understood(sim: Simulator, act: Action) -> None:
    linus = act.succeed("override", schedule="PSCHED3", assignee="linus@example.com", **SPAN)
    assert "linus@example.com is already on call for schedule PSCHED3" in linus.log
    assert (linus.outputs["created"], linus.outputs["override-id"]) == ("false", "")
    result = act.succeed("override", schedule="database V3", assignee="ada@example.com", **SPAN)
    again = act.succeed("override", schedule="PSCHED3", assignee="ada@example.com", **SPAN)
    overrides = sim.pagerduty.state.schedules["PSCHED3"].overrides
    assert {(o.user, o.replaces) for o in overrides} == {("PUSER1", "PUSER3")}
    assert result.outputs["override-id"] == ",".join(o.id for o in overrides)
    assert again.outputs["created"] == "false"
    assert "ada@example.com is already on call for schedule PSCHED3" in again.log


def test_where_nobody_is_on_call_a_custom_shift_fills_the_gap(sim: Simulator, act: Action) -> None:
    now = datetime.now(UTC)
    gap = Override("GAP", now, now + 12 * HOUR, None, replaces="PUSER3")
    schedule = sim.pagerduty.state.schedules["PSCHED3"]
    schedule.overrides.append(gap)
    given = {"schedule": "PSCHED3", "assignee": "ada@example.com", "end": "8h"}
    first, again = (act.succeed("override", **given) for _ in range(2))
    assert schedule.overrides == [gap]
    (shift,) = schedule.custom_shifts
    assert (shift.user, schedule.on_call(now + HOUR)) == ("PUSER1", "PUSER1")
    assert first.outputs["override-id"] == again.outputs["override-id"] == shift.id
    # It may be a regular shift.
    act("override", override_action="remove", schedule="PSCHED3", assignee="ada@example.com")
    assert schedule.on_call(now + HOUR) == "PUSER1"
    gone = act("override", override_action="remove", schedule="PSCHED3", override=shift.id)
    assert "Removed 1 override of schedule PSCHED3." in gone.log
    assert schedule.on_call(datetime.now(UTC)) is None


@pytest.mark.parametrize("schedule", ["PSCHED1", "PSCHED3"])
def test_overrides_are_listed_and_removed(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch, schedule: str
) -> None:
    # No shift ends within the overrides, which would take one for each shift.
    monkeypatch.setattr(schedule_model, "FIRST_HANDOFF", datetime.now(UTC) - HOUR)
    state = sim.pagerduty.state.schedules[schedule]
    adas: dict[str, Any] = {"override_action": "remove", "assignee": "ada@example.com"}
    for who, start in (("ada@example.com", "now"), ("ada@example.com", "9h"), ("PUSER2", "18h")):
        act("override", schedule=schedule, assignee=who, start=start, end="8h")
    listed = act("override", override_action="list", schedule=schedule)
    assert f"Schedule {schedule} has 3 overrides from" in listed.log
    assert "; Who: Ada Lovelace; When: from" in listed.log.replace(
        "ada@example.com", "Ada Lovelace"
    )
    assert listed.outputs["override-id"] == ",".join(one.id for one in state.overrides)

    act.succeed("override", schedule=schedule, dry_run="true", **adas)
    assert len(state.overrides) == 3
    sim.faults.add(Fault("reset", method="DELETE", path="*/overrides/*", processed=True))
    removed, again = (act("override", schedule=schedule, **adas) for _ in range(2))
    assert f"Removed 2 overrides of schedule {schedule}." in removed.log
    assert f"No changes: schedule {schedule} doesn't have these overrides." in again.log
    (left,) = (one.id for one in state.overrides if one.end > datetime.now(UTC))
    wrong = act("override", override_action="remove", schedule=schedule, override=f"QX,{left}")
    assert f"Schedule {schedule} has no override QX from" in wrong.annotations("warning")[0]
    assert wrong.outputs["override-id"] == left
    act.environment["GITHUB_RUN_ATTEMPT"] = "2"
    again = act("override", override_action="remove", schedule=schedule, override="QX")
    assert again.annotations("warning") == []


def test_what_is_wrong_is_refused(sim: Simulator, act: Action) -> None:
    grace = {"assignee": "grace@example.com"}
    for given, words in [
        # Before anything is sent.
        (grace, "Set 'assignee' and 'end' to add an override"),
        ({"override_action": "remove"}, "Set either 'override' or 'assignee' to remove"),
        ({**grace, "override": "Q1", "end": "8h"}, "only with 'override-action"),
        ({**grace, "start": "2h", "end": "1990-01-01"}, "Input 'end' is in the past"),
        # By PagerDuty.
        ({**SPAN, "assignee": "PUSER99"}, "add the override to schedule PSCHED1: it answered 400"),
        ({**SPAN, **grace, "schedule": "PSCHED9"}, "schedule PSCHED9 of input 'schedule': it answ"),
        ({**SPAN, **grace, "schedule": "Database v4"}, "has no schedule 'Database v4'"),
    ]:
        assert words in act.fail("override", **{"schedule": "PSCHED1", **given})
        is_asked = any(one.api == "pagerduty" for one in sim.exchanges)
        assert is_asked is (given.get("end") == SPAN["end"] and "override" not in given)
