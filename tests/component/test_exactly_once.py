"""Exactly once: a re-run finds what it asked for, another run asks anew."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, Anew, from_port
from pd_incident_simulator import Fault, Simulator


def test_a_key_whose_incident_is_resolved_pages_anew(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    act(event=event)
    (first,) = sim.pagerduty.state.incidents.values()
    first["status"] = "resolved"
    result = act(event=event)
    assert result.code == 0
    assert result.outputs["created"] == "true"
    assert len(sim.pagerduty.state.incidents) == 2


def test_another_run_with_the_same_inputs_pages_again(sim: Simulator, act: Action) -> None:
    act(title="Down", service="PSVC001")
    act.environment["GITHUB_RUN_ID"] = "4712"
    act(title="Down", service="PSVC001")
    assert len(sim.pagerduty.state.incidents) == 2


INCIDENT_IO = {"provider": "incident-io", "incident_io_token": "inc-api-key"}
PAGES: dict[str, tuple[dict[str, Any], str, str]] = {
    "create": ({"title": "Down", "service": "PSVC001"}, "pagerduty", "/incidents"),
    "trigger": ({"summary": "Down"}, "events", "/v2/enqueue"),
}
DOWN = {"status": 503, "body": ""}
LOST = {"kind": "reset", "processed": True}


def fail_once(sim: Simulator, operation: str, fault: dict[str, Any]) -> None:
    _, api, path = PAGES[operation]
    sim.faults.add(Fault(**{"kind": "status", **fault}, api=api, method="POST", path=path))


@pytest.mark.parametrize("operation", PAGES)
def test_of_all_attempts_only_the_one_that_paged_says_created(anew: Anew, operation: str) -> None:
    for fault in (None, DOWN, LOST):
        with anew() as (sim, act):
            created = []
            for attempt in ("1", "2", "3"):
                act.environment["GITHUB_RUN_ATTEMPT"] = attempt
                if fault:
                    fail_once(sim, operation, fault)
                result = act(operation, **PAGES[operation][0])
                created.append(result.outputs["created"])
            assert "Nobody was paged: " in result.log
            assert created == ["true", "false", "false"]
            assert len(sim.pagerduty.state.incidents) == 1


def test_a_twin_whose_first_request_fails_does_not_say_that_it_paged(anew: Anew) -> None:
    for fault, created_at, created, words in [
        (LOST, "2026-01-01T00:00:00Z", "false", "Nobody was paged: "),
        (DOWN, "2026-01-01T00:00:00Z", "false", "Nobody was paged: "),
        # It may have been opened by the request whose answer was lost.
        (LOST, "2099-01-01T00:00:00Z", "", "Whether this run opened it"),
    ]:
        with anew() as (sim, act):
            event = from_port(sim, "PSVC001", title="Down")
            assert act(event=event).outputs["created"] == "true"
            (incident,) = sim.pagerduty.state.incidents.values()
            incident["created_at"] = created_at
            act.environment["GITHUB_RUN_ID"] = "4712"
            fail_once(sim, "create", fault)
            result = act(event=event)
            assert (result.code, result.outputs["created"]) == (0, created)
            assert words in result.log


def test_a_rerun_pages_although_it_cannot_look_first(sim: Simulator, act: Action) -> None:
    act.environment["GITHUB_RUN_ATTEMPT"] = "2"
    sim.faults.add(Fault("status", method="GET", path="/incidents", status=403))
    result = act(title="Down", service="PSVC001")
    assert (result.code, result.outputs["created"]) == (0, "true")


def test_what_may_have_been_done_is_not_said_to_have_failed(anew: Anew) -> None:
    look = "before you page again, look for it at https://app.pagerduty.com"
    one, two = {"service": "PSVC001"}, {"service": "PSVC001, PSVC002"}
    created, rest = f"may have been created: {look}", ("pagerduty", "/incidents")
    cases: list[tuple[str, dict[str, str], tuple[str, str], str]] = [
        ("create", one, rest, created),
        ("create", two, rest, f"The incident {created}"),
        ("trigger", {}, ("events", "/v2/enqueue"), f"may have been accepted: {look}"),
        (
            "create",
            {"severity": "Minor", **INCIDENT_IO},
            ("incident-io", "/v2/incidents"),
            "The incident may have been created: look at https://app.incident.io before you",
        ),
        (
            "change-event",
            {},
            ("events", "/v2/change/enqueue"),
            "It may have been accepted: look at the service before you send it again.",
        ),
    ]
    for operation, inputs, (api, path), words in cases:
        with anew() as (sim, act):
            count = 2 if inputs is two else 1
            sim.faults.add(Fault("status", api, "POST", path, status=503, count=count))
            sim.faults.add(Fault("status", api, "POST", path, status=403, count=None))
            asked: dict[str, Any] = {"title": "Down", **inputs}
            result = act(operation, **asked)
            assert result.code == 1
            for error in result.annotations("error"):
                assert words in error
                assert "No incident was opened" not in error
                assert error in result.log


def test_what_was_opened_and_cannot_be_looked_up_is_not_said_to_have_failed(
    sim: Simulator, act: Action
) -> None:
    sim.faults.add(Fault("reset", "pagerduty", "POST", "/incidents", processed=True))
    sim.faults.add(Fault("status", "pagerduty", "GET", "/incidents", status=503, count=None))
    (error,) = act(title="Down", service="PSVC001", timeout="20s").annotations("error")
    assert len(sim.pagerduty.state.incidents) == 1
    assert error.startswith("Unknown whether anybody was paged: "), error
