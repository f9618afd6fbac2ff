"""incident.io behind the same inputs, outputs and sentences as PagerDuty."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness import Action, Result, from_port, run_id_of
from pd_incident_action.clients import ClientFactory, build_context
from pd_incident_action.config.model import Config
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.identity import RunIdentity
from pd_incident_action.incident_io.operations.update import Update
from pd_incident_simulator import Exchange, Fault, Simulator
from run_settings import settings_of

KEY = "inc-api-key"
NASTY = 'Down "x"\n::error::y {{ $(reboot) }}'


@pytest.fixture
def incident_io(act: Action) -> Callable[..., Result]:
    """Run the action with incident.io."""

    def run(operation: str = "create", **inputs: Any) -> Result:  # noqa: ANN401 - as for Action
        options = {"provider": "incident-io", "incident_io_token": KEY, "pagerduty_token": None}
        return act(operation, **(options | {"routing_key": None} | inputs))

    return run


def asked(sim: Simulator, method: str) -> list[Exchange]:
    return [e for e in sim.exchanges if e.api == "incident-io" and e.method == method]


def test_an_incident_is_opened_and_stands_in_the_catalog(
    sim: Simulator, incident_io: Callable[..., Result]
) -> None:
    event = from_port(
        sim, None, title=NASTY, severity="major", details="Since 03:10", incident_type="default"
    )
    result = incident_io(event=event)
    assert result.code == 0, result.log

    (incident,) = sim.incident_io.state.incidents.values()
    assert (incident["name"], incident["summary"]) == (NASTY, "Since 03:10")
    assert incident["severity"]["name"] == "Major"
    assert (incident["visibility"], incident["mode"]) == ("public", "standard")

    entity = sim.port.state.entities["incidentIOIncident"][incident["id"]]
    assert entity["title"] == NASTY
    assert entity["properties"] == {
        "status": "Investigating",
        "url": incident["permalink"],
        "severity": "Major",
        "description": "Since 03:10",
        "visibility": "public",
        "createdBy": "Incident action",
        "createdAt": incident["created_at"],
    }
    run = sim.port.state.runs[run_id_of(event)]
    assert "Created incident" in "\n".join(run.logs)
    assert incident["permalink"] in run.link

    assert result.outputs["incident-id"] == incident["id"]
    assert result.outputs["incident-status"] == "Investigating"
    assert result.outputs["created"] == "true"
    assert json.loads(result.outputs["response"])["incident"]["id"] == incident["id"]
    assert "Major" in result.summary
    assert KEY not in result.everything
    assert f"::add-mask::{KEY}" in result.log
    assert {e.api for e in sim.exchanges} == {"incident-io", "port"}


def test_a_rerun_opens_no_second_incident(
    sim: Simulator, incident_io: Callable[..., Result]
) -> None:
    event = from_port(sim, None, title="Down", severity="Minor")
    incident_io(event=event)
    (incident,) = sim.incident_io.state.incidents.values()
    # Its age shows that it wasn't created just now.
    incident["created_at"] = "2026-01-01T00:00:00.000000Z"
    result = incident_io(event=event)
    assert result.code == 0, result.log
    assert len(sim.incident_io.state.incidents) == 1
    assert "already exists in incident.io." in result.log
    assert result.outputs["created"] == "false"

    incident["created_at"] = ""
    result = incident_io(event=event)
    assert "Unknown whether anybody was paged: Incident #1 Down" in result.log
    assert "whether this run created it isn't known." in result.log
    assert result.outputs["created"] == ""


LOST = Fault("reset", api="incident-io", method="POST", count=1, processed=True)


def test_a_lost_answer_opens_no_second_incident_and_trouble_that_heals_is_waited_for(
    sim: Simulator, incident_io: Callable[..., Result]
) -> None:
    body = json.dumps({"type": "rate_limit_error", "status": 429, "errors": []})
    for number, fault in enumerate(
        (
            LOST,
            replace(LOST, kind="status", status=502),
            replace(LOST, kind="status", status=429, body=body, processed=False),
        ),
        1,
    ):
        sim.faults.add(fault)
        result = incident_io(title=f"Down {number}", severity="Minor")
        assert result.code == 0, result.log
        assert len(sim.incident_io.state.incidents) == number
        assert len({e.json["idempotency_key"] for e in asked(sim, "POST")}) == number


def test_a_type_that_cannot_be_looked_up_does_not_hold_the_incident_back(
    sim: Simulator, incident_io: Callable[..., Result]
) -> None:
    for status in (403, 503):
        refused = Fault("status", path="/v1/incident_types", status=status, count=None)
        sim.faults.add(refused)
        given = {"title": f"Down {status}", "severity": "Minor", "incident_type": "default"}
        result = incident_io(**given)
        assert result.code == 0, result.log
        (warning,) = result.annotations("warning")
        assert "without its incident type: incident.io failed to list the incident" in warning
        assert str(status) in warning
        incident = [*sim.incident_io.state.incidents.values()][-1]
        incident["created_at"] = "2026-01-01T00:00:00Z"
        assert incident_io(**given).annotations("warning") == [], "it was there before"
        sim.faults.clear()
    assert len(sim.incident_io.state.incidents) == 2


def test_after_a_cancellation_the_incident_is_read(
    sim: Simulator, incident_io: Callable[..., Result]
) -> None:
    incident_io(title="Down", severity="Minor")
    (identifier,) = sim.incident_io.state.incidents
    settings = settings_of(incident_io_token=KEY, incident_io_api_url=sim.incident_io.url)
    clients = ClientFactory(settings=settings, deadline=Deadline(10))
    inputs = Update.Inputs(incident=identifier, title="Still down")
    context = build_context(Update, inputs, clients, RunIdentity(), Config())
    outcome = Update(inputs, context).recover()
    assert outcome is not None
    assert outcome.message == "Found incident #1 Down (Investigating, severity Minor)."


def test_it_is_updated_by_names_and_resolved(
    sim: Simulator, incident_io: Callable[..., Result]
) -> None:
    incident_io(title="Down", severity="Minor")
    (identifier,) = sim.incident_io.state.incidents
    event = from_port(sim, identifier, title="Still down", severity="Critical", status="Fixing")
    result = incident_io("update", event=event)
    assert result.code == 0, result.log
    (incident,) = sim.incident_io.state.incidents.values()
    assert incident["name"] == "Still down"
    assert incident["severity"]["name"] == "Critical"
    assert result.outputs["incident-status"] == "Fixing"

    result = incident_io("resolve", incident=identifier, resolution="Rolled back")
    assert result.code == 0, result.log
    (incident,) = sim.incident_io.state.incidents.values()
    assert incident["incident_status"]["name"] == "Closed"
    assert incident["summary"] == "Rolled back"
    properties = sim.port.state.entities["incidentIOIncident"][identifier]["properties"]
    assert (properties["status"], properties["severity"]) == ("Closed", "Critical")

    edits = len(asked(sim, "POST"))
    result = incident_io("resolve", incident=identifier)
    assert result.code == 0
    assert (
        "No changes: incident #1 Still down (Closed, severity Critical) is already over."
        in result.log
    )
    assert len(asked(sim, "POST")) == edits


def test_bad_input_is_refused_before_anything_is_sent(
    sim: Simulator, incident_io: Callable[..., Result]
) -> None:
    cases: list[tuple[str, dict[str, str | None], str]] = [
        ("create", {"title": None}, "Input 'title' is missing"),
        ("create", {"title": "x", "visibility": "secret"}, "must be one of public, private"),
        ("create", {"title": "x", "incident_io_token": None}, "'incident-io-token' is empty"),
        ("escalate", {}, "must be one of create, resolve, update with provider incident-io"),
        (
            "update",
            {"incident": "01A"},
            "needs at least one of 'title', 'details', 'severity'",
        ),
        ("resolve", {"incident": "../x"}, "Input 'incident'"),
    ]
    for operation, inputs, expected in cases:
        result = incident_io(operation, **inputs)
        assert result.code == 1
        assert expected in result.annotations("error")[0]
        assert [e for e in sim.exchanges if e.api != "port"] == []


def test_a_refusal_is_one_sentence_that_says_what_to_do(
    sim: Simulator, incident_io: Callable[..., Result]
) -> None:
    cases: list[tuple[dict[str, str | None], str]] = [
        ({"severity": None}, "set severity, for example severity: "),
        ({"severity": "Apocalyptic"}, "no severity 'Apocalyptic'"),
        ({"incident_io_token": "wrong"}, "incident-io-token"),
        ({"incident_io_token": "inc-readonly-key"}, "incidents.create"),
    ]
    for inputs, expected in cases:
        result = incident_io(**({"title": "Down", "severity": "Minor"} | inputs))
        assert result.code == 1
        (error,) = result.annotations("error")
        assert expected in error
        assert sim.incident_io.state.incidents == {}
