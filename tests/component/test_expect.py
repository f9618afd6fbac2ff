"""`expect`: pages if a workflow hasn't succeeded in time, and resolves once it has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from harness import InProcess
from pd_incident_action.operations.expect import Expect
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.github.state import TOKEN

NIGHTLY: dict[str, Any] = {"workflow": "ci.yml", "github_token": TOKEN, "port_client_id": None}


def ago(hours: float) -> str:
    return f"{datetime.now(UTC) - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def test_it_pages_once_and_resolves(sim: Simulator, act: InProcess) -> None:
    sim.events.delay_ms = 0
    sim.github.state.add_run(7, "success", updated_at=ago(30))
    sim.github.state.add_run(8, "failure", updated_at=ago(1))
    for _ in range(2):
        assert act("expect", every="24h", **NIGHTLY).code == 0
    (incident,) = sim.pagerduty.state.incidents.values()
    assert "octo/shop: ci.yml has not succeeded since " in incident["title"]
    sim.github.state.add_run(9, "success", updated_at=ago(0))
    assert act("expect", every="24h", **NIGHTLY).code == 0
    assert incident["status"] == "resolved"


def test_since_when_it_has_to_have_succeeded() -> None:
    for every, by, now, earliest in (
        ("24h", None, "2026-12-01T07:00Z", "2026-11-30T07:00Z"),
        (None, "06:30 Europe/Berlin", "2026-12-01T05:29Z", "2026-11-29T05:30Z"),
        (None, "06:30 Europe/Berlin", "2026-12-01T05:31Z", "2026-11-30T05:30Z"),
        # The night on which clocks are set back.
        (None, "06:30 Europe/Berlin", "2026-10-25T06:00Z", "2026-10-24T05:30Z"),
        ("2h", "06:30", "2026-12-01T07:00Z", "2026-12-01T04:30Z"),
    ):
        inputs = Expect.Inputs.model_validate({"workflow": "ci.yml", "every": every, "by": by})
        assert inputs.earliest(datetime.fromisoformat(now)) == datetime.fromisoformat(earliest)


def test_a_workflow_that_never_succeeded(sim: Simulator, act: InProcess) -> None:
    sim.github.state.add_run(1, "failure")
    sim.faults.add(Fault("status", api="github", status=502))
    given = {**NIGHTLY, "workflow": ".github/workflows/ci.yml", "config": "missing.yml"}
    assert "Input 'config' was left out" in act("expect", every="24h", **given).log
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["title"] == "octo/shop: ci.yml has not succeeded yet"


def test_what_can_not_be_expected_is_refused(sim: Simulator, act: InProcess) -> None:
    table: list[tuple[dict[str, Any], str]] = [
        ({}, "Set 'every', such as 24h, or 'by', such as 06:30 Europe/Berlin"),
        ({"by": "half past six"}, "such as 06:30 Europe/Berlin"),
        ({"by": "06:30 Middle/Earth"}, "has no zone that is known, 'Middle/Earth'"),
        ({"every": "24"}, "is it 24m, 24h or 24s?"),
        ({"every": "24h", "github_token": None}, "Input 'github-token' is empty"),
        ({"every": "24h", "workflow": "none.yml"}, "GitHub failed to list the runs"),
    ]
    for inputs, words in table:
        given = {**NIGHTLY, **inputs}
        result = act("expect", **given)
        assert result.code == 1
        assert words in result.annotations("error")[0]
    assert sim.pagerduty.state.incidents == {}


def test_if_github_is_down_nothing_is_claimed(sim: Simulator, act: InProcess) -> None:
    sim.faults.add(Fault("status", api="github", status=503, count=None))
    result = act("expect", every="24h", **NIGHTLY)
    assert result.code == 1
    assert "GitHub is having an outage" in result.annotations("error")[0]
    assert sim.pagerduty.state.incidents == {}
