"""Port in trouble: the page stands, and Port hears the rest as soon as it listens again."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, Result, from_port, run_id_of
from markdown import plain
from pd_incident_action.port.client import SIGN_IN
from pd_incident_simulator import Fault, Simulator
from port_faults import PORT_FAULTS, PortFault, port_fault


def page(sim: Simulator, act: Action, **inputs: str) -> tuple[Result, Any]:
    """Page from Port; give the result and Port's run."""
    event = from_port(sim, "PSVC001", title="Checkout is down")
    given: dict[str, Any] = {"timeout": "30s"} | inputs
    return act(event=event, **given), sim.port.state.runs.get(run_id_of(event))


@pytest.mark.parametrize("fault", PORT_FAULTS, ids=lambda fault: fault.name)
def test_the_page_stands_whatever_port_does(sim: Simulator, act: Action, fault: PortFault) -> None:
    for one in fault.faults:
        sim.faults.add(one)
    result, run = page(sim, act, timeout=fault.timeout)

    assert result.code == 0, result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    assert result.outputs["incident-id"] == incident["id"]
    assert ("Created incident" in "\n".join(run.logs)) is fault.logged
    assert (incident["id"] in sim.port.state.entities["pagerdutyIncident"]) is fault.written
    warnings = result.annotations("warning")
    assert fault.warning in " ".join(warnings)
    assert bool(warnings) is bool(fault.warning)
    assert len({*warnings}) == len(warnings)
    assert ("could not be written" in result.summary) is not fault.written
    assert "Traceback" not in result.everything
    posted = next(e for e in sim.exchanges if e.api == "pagerduty")
    # What Port hears comes after, but for the sign-in beside the page. Which of two is read first
    # by a busy simulator is chance.
    heard = (e for e in sim.exchanges if e.api == "port" and e.path != SIGN_IN)
    assert all(posted.arrived < e.arrived + 0.1 for e in heard), "the page goes out first"


@pytest.mark.parametrize("report_status", ["never", "failure", "always"])
def test_with_catalog_errors_fail_step_and_run_fail_if_port_refuses(
    sim: Simulator, act: Action, report_status: str
) -> None:
    sim.faults.add(port_fault("status", "*/entities", count=None, status=403))
    result, run = page(sim, act, catalog_errors="fail", report_status=report_status)
    assert result.code == 1
    assert len(sim.pagerduty.state.incidents) == 1
    error = result.annotations("error")[0]
    assert error.startswith("The page went out. Port failed to write entity")
    assert (run.status == "FAILURE") is run.ended is (report_status != "never")


def test_trouble_that_healed_is_no_failure(sim: Simulator, act: Action) -> None:
    sim.faults.add(port_fault("status", count=1))
    result, run = page(sim, act, catalog_errors="fail", report_status="always")
    assert (result.code, run.status) == (0, "SUCCESS")


def test_port_hears_the_end_even_if_paging_took_all_the_time(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("hang", api="pagerduty", method="POST", count=None, seconds=30))
    result, run = page(sim, act, timeout="2s")
    assert result.code == 1
    label = "Unknown whether anybody was paged: PagerDuty gave no clear answer"
    assert (run.status, run.status_label) == ("FAILURE", label)
    assert result.annotations("error")[0] in plain("\n".join(run.logs))


def test_an_ended_run_does_not_keep_the_entity_out(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    sim.port.state.runs[run_id_of(event)].status = "SUCCESS"
    result = act(event=event, report_status="always")
    assert result.code == 0
    assert len(sim.port.state.entities["pagerdutyIncident"]) == 1
    assert "it has ended" in " ".join(result.annotations("warning"))


def test_a_property_that_the_blueprint_lacks_is_left_out_with_one_warning(
    sim: Simulator, act: Action
) -> None:
    schema = sim.port.state.blueprints["pagerdutyIncident"]["schema"]["properties"]
    del schema["urgency"], schema["created_at"]
    result, _ = page(sim, act)
    (entity,) = sim.port.state.entities["pagerdutyIncident"].values()
    assert entity["properties"]["status"] == "triggered"
    (warning,) = result.annotations("warning")
    assert "The blueprint lacks urgency, created_at" in warning


def test_a_relation_to_a_service_that_port_lacks_does_not_cost_the_entity(
    sim: Simulator, act: Action
) -> None:
    del sim.port.state.entities["pagerdutyService"]["PSVC001"]
    result, _ = page(sim, act)
    assert result.code == 0
    (incident,) = sim.pagerduty.state.incidents
    assert incident in sim.port.state.entities["pagerdutyIncident"]
    assert "PSVC001" in " ".join(result.annotations("warning"))


def test_a_port_workflows_node_run_is_reported_to(sim: Simulator, act: Action) -> None:
    run_id = sim.port.state.start_run("wfnr_AbC123")
    result = act(title="Down", service="PSVC001", port_run_id=run_id, report_status="always")
    assert result.code == 0, result.log
    run = sim.port.state.runs[run_id]
    assert run.status == "SUCCESS"
    assert any("Created incident" in line for line in run.logs)
    assert result.outputs["incident-url"] in run.link
    (upsert,) = [e for e in sim.exchanges if e.path.endswith("/entities")]
    assert "run_id" not in upsert.query
