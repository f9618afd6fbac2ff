"""The step's outputs: always all of them, empty where nothing is known."""

from __future__ import annotations

import json

from pd_incident_action.models import Entity, Incident, Outcome
from pd_incident_action.reporting.outputs import DESCRIPTIONS, as_outputs, metrics_of, outputs_of

INCIDENT = Incident(
    id="Q1",
    number=42,
    title="Down",
    status="triggered",
    urgency="high",
    url="https://acme.pagerduty.com/incidents/Q1",
    assignees=("Ada", "Bob"),
    escalation_policy="Shop",
)


def test_an_incident_fills_every_output() -> None:
    entity = Entity("incident", "Q1", "Dówn", {"status": "triggered"})
    response = {"incident": {"id": "Q1", "title": 'D "ö"\n'}}
    outcome = Outcome("", INCIDENT, created=True, dedup_key="k", response=response)
    outputs, _ = outputs_of(outcome, [entity])
    assert json.loads(outputs.pop("entity")) == {
        "blueprint": "incident",
        "identifier": "Q1",
        "title": "Dówn",
        "properties": {"status": "triggered"},
    }
    assert json.loads(outputs.pop("response")) == response
    assert outputs == {
        "incident-id": "Q1",
        "incident-ids": "Q1",
        "incident-number": "42",
        "incident-url": "https://acme.pagerduty.com/incidents/Q1",
        "incident-status": "triggered",
        "incident-urgency": "high",
        "dedup-key": "k",
        "assignees": "Ada, Bob",
        "escalation-policy": "Shop",
        "created": "true",
        "entity-identifier": "Q1",
        "plan": "",
        **dict.fromkeys(as_outputs(metrics_of([], 0)), ""),
    }


def test_what_is_not_known_is_empty() -> None:
    for incident in [None, Incident("k", "", "")]:
        outputs, _ = outputs_of(Outcome("", incident, created=None), [])
        assert outputs == dict.fromkeys(DESCRIPTIONS, "") | {"response": "null"}


def test_an_alerts_key_is_not_taken_for_an_incidents_id() -> None:
    for number, known in [(42, "Q1"), (None, "")]:
        outcome = Outcome("", Incident("Q1", "Down", "triggered", number=number))
        assert outputs_of(outcome, [])[0]["incident-id"] == known


def test_whether_it_was_created_can_be_used_in_a_condition() -> None:
    for created, text in [(True, "true"), (False, "false"), (None, "")]:
        assert outputs_of(Outcome("", INCIDENT, created=created), [])[0]["created"] == text


def test_an_operations_own_outputs_are_added() -> None:
    outputs, _ = outputs_of(Outcome("", INCIDENT, outputs={"note-id": "N1"}), [])
    assert outputs["note-id"] == "N1"
    assert outputs["incident-id"] == "Q1"


def test_every_output_is_described_in_sentences() -> None:
    for text in DESCRIPTIONS.values():
        assert text.endswith(".")
