"""Nothing given is dropped silently: what isn't used is warned about, once each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness import Action, from_port, run_id_of
from markdown import plain
from pd_incident_simulator import Simulator

PAGE = {"title": "Down", "service": "PSVC001"}


NO_SUCH = "Input '{}' is not used: {} has no such input"
CASES: list[tuple[str, str, dict[str, str], str]] = [
    ("create", "titel", PAGE, ". Did you mean 'title'?"),
    ("create", "xyz", PAGE, "."),
    ("create", "escalation-level", PAGE, ", which belongs to escalate."),
    ("acknowledge", "resolution", {"incident": ""}, ", which belongs to resolve."),
    ("report", "shard", {}, ", which belongs to sync."),
    (
        "escalate",
        "assignee",
        {"incident": "", "escalation_level": "2"},
        ", which belongs to create, override, reassign.",
    ),
]


def test_an_input_in_vain_is_warned_about(act: Action, incident: str) -> None:
    for case in CASES:
        operation, name, given, hint = case
        inputs: dict[str, Any] = {one: value or incident for one, value in given.items()}
        inputs |= {name: "ada@example.com", "port_client_id": None}
        result = act(operation, **inputs)
        assert result.code == 0, result.log
        (warning,) = [text for text in result.annotations("warning") if "is not used" in text]
        assert warning == NO_SUCH.format(name, operation) + hint
        assert warning in plain(result.summary)


def test_ports_form_is_looked_through_as_well(sim: Simulator, act: Action) -> None:
    form = {"sumary": "Disk full", "dry_run": "true", "service_name": "checkouts", "team": "null"}
    event = from_port(sim, "PSVC001", title="Down", **form)
    result = act(event=event)
    form_s = " of the workflow's form is not used: "
    assert result.annotations("warning") == [
        f"Input 'sumary'{form_s}create has no such input.",
        f"Input 'dry_run'{form_s}it only counts under `with:`, as 'dry-run'.",
        f"Input 'service_name'{form_s}create has no such input. Did you mean 'service'?",
    ]
    for text in result.annotations("warning"):
        assert text in plain("\n".join(sim.port.state.runs[run_id_of(event)].logs))


def test_what_the_step_passes_on_itself_is_used(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down", environment="production", region="eu")
    result = act(event=event, details="Since the deployment to production", port_region="eu")
    assert result.code == 0
    assert result.annotations("warning") == []


def test_a_wrong_name_is_named_where_the_right_one_is_missing(act: Action) -> None:
    result = act(titel="Down", service="PSVC001", pagerduty_tokens="x", port_client_id=None)
    assert result.code == 1
    assert "'title' is missing" in result.annotations("error")[0]
    assert [text.split(". ")[-1] for text in result.annotations("warning")] == [
        "Did you mean 'title'?",
        "Did you mean 'pagerduty-token'?",
    ]


def test_a_credential_must_have_its_exact_name(act: Action) -> None:
    act.environment["INPUT_PAGERDUTY_TOKEN"] = "pd-account-token"
    inputs: dict[str, Any] = {"pagerduty_token": None, "port_client_id": None, **PAGE}
    result = act(**inputs)
    assert result.annotations("warning") == [
        "Input 'pagerduty_token' is not used: under `with:` it must be written 'pagerduty-token'."
    ]
    assert "'pagerduty-token' is empty" in result.annotations("error")[0]


def test_a_note_is_added_after_the_change(sim: Simulator, act: Action, incident: str) -> None:
    event = from_port(sim, incident, note="Rolled back")
    for _ in range(2):
        assert act("acknowledge", event=event).code == 0
    assert [one["content"] for one in sim.pagerduty.state.notes[incident]] == ["Rolled back"]
    sent = [(e.method, e.path) for e in sim.exchanges if e.api == "pagerduty" and e.method != "GET"]
    assert sent[-2:] == [
        ("PUT", f"/incidents/{incident}"),
        ("POST", f"/incidents/{incident}/notes"),
    ]


def test_a_resolution_and_a_note_are_two_notes(sim: Simulator, act: Action, incident: str) -> None:
    act("resolve", incident=incident, note="Ask Ada", resolution="Rolled back")
    notes = [one["content"] for one in sim.pagerduty.state.notes[incident]]
    assert notes == ["Resolution: Rolled back", "Ask Ada"]
    act("reopen", incident=incident, note="It came back")
    assert "It came back" in [one["content"] for one in sim.pagerduty.state.notes[incident]]


def test_a_report_may_have_a_start_and_an_end(sim: Simulator, act: Action) -> None:
    assert act("report", start="2026-11-01", end="2026-11-03", port_client_id=None).code == 0
    queries = [e.query for e in sim.exchanges if e.path == "/incidents"]
    assert queries[0]["since"] == ["2026-11-01T00:00:00Z"]
    assert queries[0]["until"] == ["2026-11-03T00:00:00Z"]
    form = {"since": "2026-11-02", "end_time": "2026-11-03", "port_context": json.dumps({})}
    result = act("report", event={"inputs": form}, port_client_id=None)
    assert "since 2026-11-02 until 2026-11-03" in result.log
    assert result.annotations("warning") == []


@pytest.mark.parametrize(
    ("empty", "clicked", "expected"),
    [
        (["port-client-secret"], False, "port-client-secret is empty."),
        (["port-client-id", "port-client-secret"], True, "port-client-secret are empty."),
        (["port-client-id", "port-client-secret"], False, ""),
    ],
)
def test_half_of_ports_credentials_or_none_for_its_run_is_a_warning(
    sim: Simulator, act: Action, empty: list[str], *, clicked: bool, expected: str
) -> None:
    act.urls = {**act.urls, **dict.fromkeys(empty, "")}
    event = from_port(sim, "PSVC001") if clicked else {}
    result = act(title="Down", service="PSVC001", event=event)
    assert result.code == 0, result.log
    warnings = result.annotations("warning")
    assert len(warnings) == bool(expected)
    assert all(one.startswith("Nothing is reported to Port: ") for one in warnings)
    assert expected in "".join(warnings)
    assert "GitHub gives an empty value for a secret" in "".join(warnings) or not expected
