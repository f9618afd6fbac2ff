"""With ``redact-people`` nobody is named to the readers of a run, and everybody in Port."""

from __future__ import annotations

import json

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_action.redaction import People
from pd_incident_simulator import Simulator

NAMES = ("Ada", "Lovelace", "Grace", "Hopper", "Linus", "@example.com", "%40example")
RUNS = {
    "create": ("PSVC001", {"title": "Down for ada@example.com", "enrich": "true"}),
    "on-call": ("PSVC001", {}),
    "doctor": (None, {}),
    "add-responders": ("incident", {"responders": "grace@example.com", "message": "Help"}),
    "report": (None, {"since": "30d"}),
}


@pytest.mark.parametrize("operation", RUNS)
def test_nobody_is_named_on_github(
    sim: Simulator, act: Action, incident: str, operation: str
) -> None:
    entity, inputs = RUNS[operation]
    act.environment["RUNNER_DEBUG"] = "1"
    event = from_port(sim, incident if entity == "incident" else entity, **inputs)
    result = act(operation, event=event, redact_people="true")
    assert result.code == 0, result.log
    assert [name for name in NAMES if name in result.everything] == []


def test_port_and_pagerduty_get_names_as_ever(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down", assignee="Linus Low")
    result = act(event=event, redact_people="true")
    assert "somebody" in result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["assignments"][0]["assignee"]["summary"] == "Linus Low"
    entity = sim.port.state.entities["pagerdutyIncident"][incident["id"]]
    assert "Linus Low" in str(entity) or "linus@example.com" in str(entity)
    assert "Linus Low" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert result.outputs["incident-id"] == incident["id"]


def test_names_are_found_as_whole_words_in_every_form() -> None:
    people = People(["Bo"])
    for text in ("no JSON", "[" * 100_000):
        people.learn(text)
    answer = [
        {"type": "user_reference", "summary": "Will O'Hara"},
        {"type": "service", "summary": "come"},
        {"email": "x@example.com", "name": "Bo Derek", "summary": "", "address": 3},
        {"type": "phone_contact_method", "summary": "Zoë's mobile", "address": "4930123"},
        {"type": "email_contact_method", "summary": "ohara@localhost"},
        {"type": "email_contact_method", "address": "ohara@example.com"},
    ]
    people.learn(json.dumps({"a": answer}))
    for text, expected in (
        ("Will O'Hara and Bo will come", "somebody and somebody will come"),
        ("Will O&#x27;Hara, Willow, Bob", "somebody, Willow, Bob"),
        ("?query=Will+O%27Hara&to=x.y%40a.example.com", "?query=somebody&to=somebody"),
        ("Bo Derek, Bo and Will", "somebody, somebody and Will"),
        (r"call 4930123 or Zo\u00eb's mobile", "call somebody or somebody"),
        (r'"line\nBo Derek\tBo \u201cBo Bob"', r'"line\nsomebody\tsomebody \u201csomebody Bob"'),
        ("?query=by%20Bo%20Derek", "?query=by%20somebody"),
        ("actions/checkout@v7.0.1 by x@y", "actions/checkout@v7.0.1 by x@y"),
        ("a@example.com+b@example.com,Bo Derek@example.com", "somebodysomebody,somebody"),
        (r'"line\nx@example.com, %20x%40example.com"', r'"line\nsomebody, %20somebody"'),
        ("will.ohara@example.com, ohara@localhost", "somebody, somebody"),
        # It would take minutes to look from each letter on.
        (f"{'d' * 300_000} x@example.com", f"{'d' * 300_000} somebody"),
    ):
        assert people.redact(text) == expected
