"""Bad input: one clear sentence for each, exit code 1, and nothing reaches PagerDuty."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness import Action, from_port, run_id_of
from markdown import plain
from pd_incident_action import providers
from pd_incident_simulator import Simulator

GOOD: dict[str, Any] = {"title": "Down", "service": "PSVC001"}
CASES: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "unknown operation": (
        "escalat",
        {},
        ["'operation'", ", ".join(providers.find("pagerduty").operation_names()), "'escalate'?"],
    ),
    "missing title": ("create", {"title": None}, ["'title' is missing", "Checkout"]),
    "missing token": (
        "create",
        {"pagerduty_token": None},
        ["'pagerduty-token' is empty", "Dependabot"],
    ),
    "wrong urgency": ("update", {"incident": "Q1", "urgency": "loud"}, ["'urgency'", "high, low"]),
    "context is not JSON": ("create", {"port_context": "{nope"}, ["'port-context'", "JSON"]),
    "incident is a path": ("escalate", {"incident": "a/b", "urgency": "low"}, ["'incident'"]),
    "plain http": (
        "create",
        {"pagerduty_api_url": "http://127.0.0.2"},
        ["'pagerduty-api-url'", "https://"],
    ),
    "token with a line break": ("create", {"pagerduty_token": "a\nb"}, ["'pagerduty-token'"]),
    "two recipients": (
        "create",
        {"assignee": "PUSER1", "escalation_policy": "PPOL001"},
        ["'assignee'", "'escalation-policy'"],
    ),
}


DEEP = {"open": '{"a":[' * 20_000, "nested": '{"a":' + "[" * 900 + "]" * 900 + "}"}


@pytest.mark.parametrize("deep", DEEP.values(), ids=DEEP)
def test_json_that_is_nested_too_deeply_is_bad_input_or_text(
    sim: Simulator, act: Action, tmp_path: Path, deep: str
) -> None:
    for name in ("port_context", "port_payload"):
        result = act(**(GOOD | {name: deep}))
        (error,) = result.annotations("error")
        assert f"'{name.replace('_', '-')}' is not valid JSON" in error
    assert [e for e in sim.exchanges if e.api != "port"] == []
    event = tmp_path / "deep.json"
    event.write_text(f'{{"inputs": {deep}}}')
    act.environment["GITHUB_EVENT_PATH"] = str(event)
    assert act(**GOOD).code == 0
    del act.environment["GITHUB_EVENT_PATH"]
    result = act("trigger", custom_details=deep, links=deep, dedup_key="k")
    assert result.code == 0, result.log
    (sent,) = [e.json for e in sim.exchanges if e.api == "events"]
    assert sent["payload"]["custom_details"]["details"] == deep
    given = {
        "payload": deep,
        "service": deep,
        "title": "x",
        "port_context": json.dumps({"entity": deep}),
    }
    assert "hit a bug" not in act(event={"inputs": given}).log


def test_bad_input_is_refused_before_anything_is_sent(sim: Simulator, act: Action) -> None:
    for operation, wrong, expected in CASES.values():
        result = act(operation, **(GOOD | wrong))
        assert result.code == 1
        (error,) = result.annotations("error")
        for text in expected:
            assert text in error
        assert "Traceback" not in result.everything
        assert [e for e in sim.exchanges if e.api != "port"] == []
        assert error.split("'")[1] in result.summary


def test_all_problems_are_reported_at_once(sim: Simulator, act: Action) -> None:
    result = act(title=None, urgency="urgent", from_="ada", port_api_url="http://127.0.0.2")
    errors = result.annotations("error")
    named = [error.split("'")[1] for error in errors]
    assert sorted(named) == ["from", "port-api-url", "service", "title", "urgency"]
    assert sim.exchanges == []


def test_ports_run_hears_of_bad_input(sim: Simulator, act: Action) -> None:
    run_id = sim.port.state.start_run()
    context = json.dumps({"entity": "a\tb", "run_id": run_id})
    event = {"inputs": {"urgency": "urgent", "port_context": context}}
    result = act(event=event)

    run = sim.port.state.runs[run_id_of(event)]
    assert len(result.annotations("error")) == 3
    for error in result.annotations("error"):
        assert error in plain("\n".join(run.logs))
    assert run.status == "FAILURE"


def test_an_id_that_does_not_exist_says_where_it_came_from(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "QUNKNOWN000", urgency="low")
    result = act("escalate", event=event)
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "find incident QUNKNOWN000" in error
    assert error.endswith(
        "QUNKNOWN000 is input 'incident', from the entity that the Port action was run on."
    )
    assert error in plain("\n".join(sim.port.state.runs[run_id_of(event)].logs))
    result = act("acknowledge", incident="QUNKNOWN000")
    assert "is input 'incident', from the step's `with:`." in result.annotations("error")[0]
