"""A job that is cancelled once PagerDuty has done it says what was done; before, nothing."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Anew
from pd_incident_action.errors import Cancelled
from pd_incident_action.models import Outcome
from pd_incident_action.operations.acknowledge import Acknowledge
from pd_incident_action.operations.base import Operation
from pd_incident_action.operations.create_service import CreateService
from pd_incident_action.operations.maintenance import Maintenance
from pd_incident_action.operations.override import Override
from pd_incident_action.operations.snooze import Snooze

SPAN = {"start": "2099-12-01T09:00:00Z", "end": "2h"}
CASES: list[tuple[type[Operation], dict[str, Any], str]] = [
    (
        CreateService,
        {"name": "Search", "escalation_policy": "Platform"},
        "Service Search already exists",
    ),
    (Maintenance, {"service": "PSVC001", **SPAN}, "Maintenance of Checkout is already scheduled"),
    (
        Override,
        {"schedule": "PSCHED1", "assignee": "PUSER2", **SPAN},
        "Grace Hopper is already on call for schedule PSCHED1",
    ),
    (Snooze, {"until": "2h"}, "Down is acknowledged, high urgency"),
    (Acknowledge, {"service": "PSVC002"}, "Down is acknowledged, high urgency"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].name)
def test_a_cancelled_run_reports_what_was_done(
    anew: Anew, monkeypatch: pytest.MonkeyPatch, case: tuple[type[Operation], dict[str, Any], str]
) -> None:
    kind, inputs, message = case
    run = kind.run
    for done in (True, False):

        def run_and_be_cancelled(operation: Operation, *, is_done: bool = done) -> Outcome:
            if is_done:
                run(operation)
            raise Cancelled("SIGTERM")

        monkeypatch.setattr(kind, "run", run_and_be_cancelled)
        with anew() as (sim, act):
            for service in ("PSVC001", "PSVC002"):
                act(title="Down", service=service)
            incident = next(iter(sim.pagerduty.state.incidents))
            given: dict[str, Any] = {"incident": incident} if kind is Snooze else {}
            result = act(kind.name, **inputs, **given)
            assert result.code == 1
            assert (message in result.log) is done
            assert "(SIGTERM)" in result.annotations("error")[0]
