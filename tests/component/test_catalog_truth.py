"""The catalog says what is true, and Port says what the catalog lacks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness import Action, Result, from_port, run_id_of
from markdown import plain
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.pagerduty.seed_history import seed_incidents

USERS = {"type": "array", "items": {"type": "string", "format": "user"}}


def properties_of(sim: Simulator) -> dict[str, Any]:
    """Give the schema of incidents, to be changed."""
    found: dict[str, Any] = sim.port.state.blueprints["pagerdutyIncident"]["schema"]["properties"]
    return found


def page(sim: Simulator, act: Action, **inputs: str) -> tuple[Result, str, str]:
    """Open an incident, and give the result with Port's run log and summary."""
    event = from_port(sim, "PSVC001", title="Down", **inputs)
    result = act(event=event)
    assert result.code == 0, result.log
    run = sim.port.state.runs[run_id_of(event)]
    return result, plain("\n".join(run.logs)), plain(run.summary)


def entity_of(sim: Simulator) -> dict[str, Any]:
    (entity,) = sim.port.state.entities["pagerdutyIncident"].values()
    found: dict[str, Any] = entity["properties"]
    return found


@pytest.mark.parametrize("operation", ["create", "sync"])
def test_users_of_port_are_written_by_their_addresses(
    sim: Simulator, act: Action, operation: str
) -> None:
    schema = properties_of(sim)
    schema["assignees"], schema["responder"] = USERS, {"type": "string", "format": "user"}
    if operation == "create":
        act(title="Down", service="PSVC001")
    else:
        act(title="Down", service="PSVC001", port_client_id=None)
        assert act("sync").code == 0
    assert entity_of(sim)["assignees"] == ["ada@example.com"]
    assert entity_of(sim)["responder"] == "ada@example.com"
    assert len([e for e in sim.exchanges if e.path == "/users/PUSER1"]) == 1


def test_without_an_address_a_user_is_left_out(sim: Simulator, act: Action) -> None:
    properties_of(sim)["assignees"] = USERS
    sim.faults.add(Fault("status", path="/users/*", status=403, count=None))
    result, log, _ = page(sim, act)
    assert "assignees" not in entity_of(sim)
    (warning,) = result.annotations("warning")
    assert "'assignees' of the entity takes e-mail addresses, and not all of Ada" in warning
    assert warning in log


def test_who_has_no_user_of_port_as_a_property_asks_for_none(sim: Simulator, act: Action) -> None:
    page(sim, act)
    assert entity_of(sim)["responder"] == "Ada Lovelace"
    assert [e for e in sim.exchanges if e.path == "/users/PUSER1"] == []


def test_a_value_outside_an_enum_is_left_out_with_a_true_sentence(
    sim: Simulator, act: Action
) -> None:
    properties_of(sim)["urgency"] = {"type": "string", "enum": ["loud", "quiet"]}
    properties_of(sim)["priority"] = {"type": "string", "enum": ["SEV-1"]}
    result, log, _ = page(sim, act, priority="P1")
    assert {"urgency", "priority"} & {*entity_of(sim)} == set()
    warnings = result.annotations("warning")
    assert warnings == [
        "Property 'urgency' of the entity takes only loud, quiet, not high; that was left out.",
        "Property 'priority' of the entity takes only SEV-1, not P1; that was left out.",
    ]
    assert all(text in log for text in warnings)
    planned = act(title="Down", service="PSVC001", dry_run="true")
    assert "takes only loud, quiet, not high" in planned.annotations("warning")[0]
    synced = act("sync", what="incidents")
    assert "takes only loud, quiet, not high" in " ".join(synced.annotations("warning"))


@pytest.mark.parametrize("status", [403, 422])
def test_an_entity_that_was_refused_is_told_in_port(
    sim: Simulator, act: Action, status: int
) -> None:
    body = json.dumps({"ok": False, "error": "no", "message": "Not this one"})
    sim.faults.add(Fault("status", path="*/entities", status=status, body=body, count=None))
    result, log, summary = page(sim, act)
    assert "Created incident" in summary
    for text in (log, summary, plain(result.summary)):
        assert f'it answered {status}, code no "Not this one' in text
    assert "Port wasn't fully updated: " in log
    assert "Port wasn't fully updated: " in summary
    assert log.count("Not this one") == 1


@pytest.mark.parametrize("status", [413, 422])
def test_what_port_refuses_together_is_written_one_by_one(
    sim: Simulator, act: Action, status: int
) -> None:
    seed_incidents(sim.pagerduty.state, 3, "PSVC001", status="triggered")
    sim.faults.add(Fault("status", path="*/entities/bulk", status=status))
    result = act("acknowledge", service="PSVC001")
    assert (result.code, result.annotations("warning")) == (0, []), result.log
    written = sim.port.state.entities["pagerdutyIncident"].values()
    assert [one["properties"]["status"] for one in written] == ["acknowledged"] * 3
