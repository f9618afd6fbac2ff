"""``operation: create``: an incident is opened, people are paged, and everybody is told."""

from __future__ import annotations

import json

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Simulator


def test_a_click_in_port_opens_an_incident_and_tells_everybody(sim: Simulator, act: Action) -> None:
    event = from_port(
        sim,
        "PSVC001",
        title='Checkout says "no"\nagain',
        extra_details="40 % errors",
        urgency="low",
    )
    result = act(event=event)

    assert result.code == 0, result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["title"] == 'Checkout says "no"\nagain'
    assert incident["urgency"] == "low"
    assert incident["service"]["id"] == "PSVC001"
    assert result.outputs["incident-id"] == incident["id"]
    assert result.outputs["incident-number"] == str(incident["incident_number"])
    assert result.outputs["incident-url"] == incident["html_url"]
    assert result.outputs["incident-status"] == "triggered"
    assert result.outputs["assignees"] == "Ada Lovelace"
    assert result.outputs["escalation-policy"] == "Platform"
    assert result.outputs["created"] == "true"
    assert json.loads(result.outputs["response"])["incident"]["id"] == incident["id"]
    (notice,) = result.annotations("notice")
    assert incident["html_url"] in notice
    assert incident["html_url"] in result.summary
    assert "Ada Lovelace" in result.summary
    assert "Time to page" in result.summary


def test_the_entity_stands_in_the_catalog_with_every_property_of_the_blueprint(
    sim: Simulator, act: Action
) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    result = act(event=event)

    (incident,) = sim.pagerduty.state.incidents.values()
    entity = sim.port.state.entities["pagerdutyIncident"][incident["id"]]
    assert entity["title"] == "Checkout is down"
    assert entity["properties"] == {
        "status": "triggered",
        "url": incident["html_url"],
        "urgency": "high",
        "responder": "Ada Lovelace",
        "escalation_policy": "Platform",
        "created_at": incident["created_at"],
        "updated_at": incident["updated_at"],
    }
    assert entity["relations"] == {"pagerdutyService": ["PSVC001"]}
    assert result.outputs["entity-identifier"] == incident["id"]
    assert result.annotations("warning") == []


def test_ports_run_shows_what_happens(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    act(event=event)

    (incident,) = sim.pagerduty.state.incidents.values()
    run = sim.port.state.runs[run_id_of(event)]
    log = "\n".join(run.logs)
    assert log.index("Creating an incident on service PSVC001") < log.index("Created incident")
    assert incident["html_url"] in run.link
    assert "https://github.com/octo/shop/actions/runs/4711" in run.link
    assert "Created incident" in run.summary
    assert not run.ended
    (upsert,) = [e for e in sim.exchanges if e.path.endswith("/entities") and e.method == "POST"]
    assert upsert.query["run_id"] == [run_id_of(event)]


def test_report_status_always_ends_the_run_after_the_upsert(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    act(event=event, report_status="always")

    run = sim.port.state.runs[run_id_of(event)]
    assert (run.status, run.status_label) == ("SUCCESS", "Triggered")
    paths = [e.path for e in sim.exchanges if e.api == "port"]
    assert paths.index("/v1/blueprints/pagerdutyIncident/entities") < len(paths) - 1
    assert paths[-1] == f"/v1/actions/runs/{run_id_of(event)}"


def test_the_page_goes_out_beside_port_and_on_one_connection_each(
    sim: Simulator, act: Action
) -> None:
    act(event=from_port(sim, "PSVC001", title="Checkout is down"))

    by_api = {api: [e for e in sim.exchanges if e.api == api] for api in ("pagerduty", "port")}
    (incident,) = sim.pagerduty.state.incidents
    assert [(e.method, e.path) for e in by_api["pagerduty"]] == [
        ("POST", "/incidents"),
        ("GET", f"/incidents/{incident}/log_entries"),
    ]
    assert len({e.connection for e in by_api["pagerduty"]}) == 1
    assert len({e.connection for e in by_api["port"]}) == 1
    assert len(by_api["port"]) <= 6


def test_all_optional_inputs_reach_pagerduty(sim: Simulator, act: Action) -> None:
    result = act(
        title="Checkout is down",
        service="PSVC001",
        details="It's bad",
        assignee="grace@example.com",
        priority="P1",
        incident_type="major_incident",
        conference_number="+1 415-555-1212",
        conference_url="https://meet.example.com/x",
        incident_key="checkout",
    )
    assert result.code == 0, result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["assignments"][0]["assignee"]["id"] == "PUSER2"
    assert incident["priority"]["id"] == "PPRIO01"
    assert incident["incident_key"] == "checkout"
    (post,) = [
        e.json["incident"] for e in sim.exchanges if e.method == "POST" and e.api == "pagerduty"
    ]
    assert post["body"] == {"type": "incident_body", "details": "It's bad"}
    assert post["incident_type"] == {"name": "major_incident"}
    assert post["conference_bridge"] == {
        "conference_number": "+1 415-555-1212",
        "conference_url": "https://meet.example.com/x",
    }


def test_another_escalation_policy_can_be_paged(act: Action) -> None:
    result = act(title="Down", service="PSVC001", escalation_policy="PPOL002")
    assert result.outputs["assignees"] == "Grace Hopper"
    assert result.outputs["escalation-policy"] == "Payments on-call"


def test_an_unknown_priority_does_not_prevent_the_page(sim: Simulator, act: Action) -> None:
    result = act(title="Down", service="PSVC001", priority="Urgent!")
    assert result.code == 0
    assert len(sim.pagerduty.state.incidents) == 1
    (warning,) = result.annotations("warning")
    assert "no priority 'Urgent!'" in warning
    assert "P1" in warning


def test_a_rerun_finds_the_incident_instead_of_paging_again(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    first = act(event=event)
    second = act(event=event)

    assert second.code == 0
    assert len(sim.pagerduty.state.incidents) == 1
    assert (first.outputs["created"], second.outputs["created"]) == ("true", "false")
    assert second.outputs["incident-id"] == first.outputs["incident-id"]


def test_two_clicks_with_the_same_title_page_twice(sim: Simulator, act: Action) -> None:
    for _ in range(2):
        act(event=from_port(sim, "PSVC001", title="Checkout is down"))
    assert len(sim.pagerduty.state.incidents) == 2


def test_port_being_down_does_not_fail_the_page(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    sim.port.stop()
    result = act(event=event, timeout="3")

    assert result.code == 0
    assert len(sim.pagerduty.state.incidents) == 1
    (warning,) = result.annotations("warning")
    assert "The page went out" in warning
    assert "pagerdutyIncident" in result.summary, "the entity that couldn't be written"


def test_catalog_errors_fail_makes_it_an_error_that_the_page_survives(
    sim: Simulator, act: Action
) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    sim.port.stop()
    result = act(event=event, timeout="3", catalog_errors="fail")
    assert result.code == 1
    assert len(sim.pagerduty.state.incidents) == 1
    assert result.outputs["created"] == "true"


def test_without_port_it_is_a_plain_paging_action(sim: Simulator, act: Action) -> None:
    result = act(title="Down", service="PSVC001", port_client_id=None, port_client_secret=None)
    assert result.code == 0
    assert {e.api for e in sim.exchanges} == {"pagerduty"}
    assert result.outputs["entity-identifier"] == result.outputs["incident-id"]


def test_a_refusal_says_what_to_change_and_nobody_is_paged(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    result = act(event=event, from_="nobody@example.com")

    assert result.code == 1
    assert sim.pagerduty.state.incidents == {}
    (error,) = result.annotations("error")
    assert "no PagerDuty user has the address in 'from'" in error
    assert error in "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert sim.port.state.runs[run_id_of(event)].status == "FAILURE"
    assert "no PagerDuty user" in result.summary


def test_the_inputs_of_the_older_action_work_as_they_are(sim: Simulator, act: Action) -> None:
    run_id = sim.port.state.start_run()
    act.environment = {
        f"INPUT_{name.upper()}": value
        for name, value in {
            "token": "pd-account-token",
            "portClientId": "port-client-id",
            "portClientSecret": "simulated-port-secret",
            "portRunId": run_id,
            "incidentTitle": "Checkout is down",
            "extraDetails": "It's bad",
            "actorEmail": "ada@example.com",
            "service": "PSVC001",
            "urgency": "low",
            "blueprintIdentifier": "pagerdutyIncident",
        }.items()
    }
    urls = {name: url for name, url in act.urls.items() if name.endswith("-url")}
    act.urls = urls
    result = act(None)
    assert result.code == 0, result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    assert (incident["title"], incident["urgency"]) == ("Checkout is down", "low")
    assert any("Created incident" in line for line in sim.port.state.runs[run_id].logs)
