"""``enrich: true``: responders find on the incident what is known around it, after the page."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, Result, from_port
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.pagerduty.seed_history import seed_incidents

RUN = "https://github.com/octo/shop/actions/runs/4711"


@pytest.fixture
def service(sim: Simulator) -> dict[str, Any]:
    """The service in Port's catalog, and what happened to it before."""
    entity: dict[str, Any] = {
        "identifier": "PSVC001",
        "title": "Checkout",
        "team": ["shop"],
        "properties": {"url": "https://acme.pagerduty.com/services/PSVC001", "oncall": "ada@x.com"},
        "relations": {"domain": "payments", "systems": ["web", "app"], "nothing": None},
    }
    sim.port.state.entities["pagerdutyService"]["PSVC001"] = entity
    seed_incidents(sim.pagerduty.state, 1, title="Checkout is down")
    return entity


def notes(sim: Simulator) -> list[str]:
    return [note["content"] for found in sim.pagerduty.state.notes.values() for note in found]


def page(sim: Simulator, act: Action, operation: str = "create") -> Result:
    inputs = {"summary" if operation == "trigger" else "title": "Checkout is down"}
    event = from_port(sim, "PSVC001", **inputs)
    return act(operation, event=event, enrich="true")


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("operation", ["create", "trigger"])
def test_the_note_says_all_that_is_known(sim: Simulator, act: Action, operation: str) -> None:
    link = "https://example.com/42"
    act("change-event", summary="Deployed 42", links=link, port_client_id=None)
    (before,) = sim.pagerduty.state.incidents.values()
    result = page(sim, act, operation)

    assert result.code == 0, result.log
    (note,) = notes(sim)
    blocks = dict(block.split("\n", 1) for block in note.split("\n\n"))
    assert blocks["Workflow run"] == RUN
    assert blocks["Port entity"].splitlines() == [
        "Checkout (PSVC001)",
        "team: shop",
        "oncall: ada@x.com",
        "url: https://acme.pagerduty.com/services/PSVC001",
        "domain: payments",
        "systems: web, app",
    ]
    assert blocks["Recent changes"].endswith("Deployed 42 https://example.com/42")
    url = f"https://acme.pagerduty.com/incidents/{before['id']}"
    assert blocks["Similar past incidents"].endswith(f"{before['title']} {url}")
    assert result.annotations("warning") == []


@pytest.mark.usefixtures("service")
def test_it_follows_the_page_and_a_re_run_writes_no_second_one(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    for _ in range(2):
        assert act(event=event, enrich="true").code == 0
    asked = [(e.method, e.path) for e in sim.exchanges if e.api == "pagerduty"]
    assert asked[0] == ("POST", "/incidents")
    assert len(notes(sim)) == 1


def test_it_is_not_written_unasked(sim: Simulator, act: Action) -> None:
    act(event=from_port(sim, "PSVC001", title="Checkout is down"))
    assert notes(sim) == []


@pytest.mark.usefixtures("service")
def test_a_source_that_fails_is_left_out(sim: Simulator, act: Action) -> None:
    for api, path, heading in [
        ("port", "/v1/blueprints/pagerdutyService/entities/*", "Port entity"),
        ("pagerduty", "/incidents/*/past_incidents", "Similar past incidents"),
    ]:
        sim.faults.add(Fault("status", api=api, path=path, status=402, body="{}", count=None))
        result = page(sim, act)
        assert result.code == 0, result.log
        note = notes(sim)[-1]
        assert heading not in note
        assert RUN in note
        assert f"leaves out '{heading}': " in result.log
        assert "it answered 402" in result.log
        assert result.annotations("warning") == []


def test_each_of_several_incidents_gets_what_is_known_without_port(
    sim: Simulator, act: Action
) -> None:
    result = act(title="Down", service="PSVC001, PSVC002", enrich="true", port_client_id=None)
    assert result.code == 0, result.log
    assert [note for note in notes(sim) if note.startswith("Workflow run")] == [
        f"Workflow run\n{RUN}"
    ] * 2


def test_without_an_entity_that_port_knows_its_part_is_left_out(
    sim: Simulator, act: Action
) -> None:
    for entity in (None, "nobody-knows"):
        event = from_port(sim, entity, title="Down")
        result = act(event=event, service="PSVC001", enrich="true")
        assert notes(sim)[-1] == f"Workflow run\n{RUN}"
        assert "leaves out" not in result.log


def test_a_note_without_content_or_incident_is_not_written(sim: Simulator, act: Action) -> None:
    result = act("trigger", port_client_id=None, enrich="true", pagerduty_token=None)
    assert result.code == 0, result.log
    act.environment = {"GITHUB_RUN_ID": ""}
    assert act("trigger", port_client_id=None, enrich="true").code == 0
    assert notes(sim) == []


def test_a_note_that_is_refused_is_a_warning(sim: Simulator, act: Action) -> None:
    body = '{"error": {"code": 2010, "message": "Access Denied"}}'
    sim.faults.add(Fault("status", method="POST", path="/incidents/*/notes", status=403, body=body))
    result = page(sim, act)
    assert result.code == 0
    (warning,) = result.annotations("warning")
    assert warning.startswith("Incident #")
    assert (
        "is open, but may lack its note: PagerDuty failed to add the note: it answered 403"
        in warning
    )
    assert result.outputs["notified"] == "Ada Lovelace"
