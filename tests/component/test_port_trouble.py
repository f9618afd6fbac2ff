"""Port in trouble: the page stands, and Port is told as soon as it listens again."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, Result, from_port, run_id_of
from pd_incident_action.port.client import SIGN_IN
from pd_incident_simulator import Simulator
from port_troubles import TROUBLES, Trouble, port_fault


def page(act: Action, event: dict[str, Any], **inputs: str) -> Result:
    given: dict[str, Any] = {"timeout": "6"} | inputs
    return act(event=event, **given)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
def test_the_page_stands_whatever_port_does(sim: Simulator, act: Action, trouble: Trouble) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    for fault in trouble.faults:
        sim.faults.add(fault)
    result = page(act, event)

    assert result.code == 0, result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    assert result.outputs["incident-id"] == incident["id"]
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert ("Created incident" in log) is trouble.told
    assert (incident["id"] in sim.port.state.entities["pagerdutyIncident"]) is trouble.written
    warnings = " ".join(result.annotations("warning"))
    assert trouble.says in warnings
    assert bool(warnings) is bool(trouble.says)
    assert ("could not be written" in result.summary) is not trouble.written
    assert "Traceback" not in result.everything
    posted = next(e for e in sim.exchanges if e.api == "pagerduty")
    # What Port is told comes after, and whatever it answered to the sign-in beside the page. Which
    # of two is read first by a busy simulator is chance.
    told = (e for e in sim.exchanges if e.api == "port" and e.path != SIGN_IN)
    assert all(posted.arrived < e.arrived + 0.1 for e in told), "the page goes out first"


@pytest.mark.parametrize("trouble", [TROUBLES[0], TROUBLES[3]], ids=lambda t: t.name)
def test_catalog_errors_fail_turns_port_trouble_into_exit_code_1(
    sim: Simulator, act: Action, trouble: Trouble
) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    for fault in trouble.faults:
        sim.faults.add(fault)
    result = page(act, event, catalog_errors="fail", timeout="3")
    assert result.code == 1
    assert len(sim.pagerduty.state.incidents) == 1
    assert result.annotations("error") != []


def test_trouble_that_healed_is_no_failure(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    sim.faults.add(port_fault("status", count=1))
    assert page(act, event, catalog_errors="fail").code == 0


def test_an_unknown_run_does_not_keep_the_entity_out(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    sim.port.state.runs.clear()
    result = page(act, event)
    assert result.code == 0
    assert len(sim.port.state.entities["pagerdutyIncident"]) == 1
    assert "was not found" in " ".join(result.annotations("warning"))


@pytest.mark.parametrize("status", [409, 422])
def test_an_ended_run_does_not_keep_the_entity_out(
    sim: Simulator, act: Action, status: int
) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    sim.port.state.runs[run_id_of(event)].status = "SUCCESS"
    sim.port.state.ended_status = status
    result = page(act, event, report_status="always")
    assert result.code == 0
    assert len(sim.port.state.entities["pagerdutyIncident"]) == 1
    assert "it has ended" in " ".join(result.annotations("warning"))


def test_a_property_that_the_blueprint_lacks_is_left_out_with_one_warning(
    sim: Simulator, act: Action
) -> None:
    schema = sim.port.state.blueprints["pagerdutyIncident"]["schema"]["properties"]
    del schema["urgency"], schema["created_at"]
    result = page(act, from_port(sim, "PSVC001", title="Checkout is down"))
    (entity,) = sim.port.state.entities["pagerdutyIncident"].values()
    assert entity["properties"]["status"] == "triggered"
    (warning,) = result.annotations("warning")
    assert "The blueprint lacks urgency, created_at" in warning


def test_a_relation_to_a_service_that_port_lacks_is_explained(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    del sim.port.state.entities["pagerdutyService"]["PSVC001"]
    result = page(act, event)
    assert result.code == 0
    (incident,) = sim.pagerduty.state.incidents
    entity = sim.port.state.entities["pagerdutyIncident"].get(incident)
    assert entity is not None, "the incident stands in the catalog without its service"
    assert "PSVC001" in " ".join(result.annotations("warning"))


def test_a_port_workflows_node_run_is_told_through_its_own_api(sim: Simulator, act: Action) -> None:
    run_id = sim.port.state.start_run("wfnr_AbC123")
    result = act(title="Down", service="PSVC001", port_run_id=run_id, report_status="always")
    assert result.code == 0, result.log
    run = sim.port.state.runs[run_id]
    assert run.status == "SUCCESS"
    assert any("Created incident" in line for line in run.logs)
    assert result.outputs["incident-url"] in run.link
    (upsert,) = [e for e in sim.exchanges if e.path.endswith("/entities")]
    assert "run_id" not in upsert.query
