"""``operation: create``: an incident is opened, people are paged, and everybody is told."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from harness import Action, Anew, Result, from_port, run_id_of
from markdown import plain
from pd_incident_action.errors import Cancelled
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_simulator import Fault, Simulator

IN_USE = "Open incident with matching dedup key already exists on this service"


def page(act: Action, **inputs: Any) -> Result:  # noqa: ANN401 - any input
    return act(**{"title": "Down", "service": "PSVC001", "port_client_id": None, **inputs})


def calls(sim: Simulator) -> list[str]:
    """List the requests to PagerDuty, but for those that verify notifications."""
    asked = [f"{e.method} {e.path}" for e in sim.exchanges if e.api == "pagerduty"]
    return [one for one in asked if not one.endswith(("/log_entries", "/notification_rules"))]


def bodies(sim: Simulator) -> list[dict[str, Any]]:
    posts = [e for e in sim.exchanges if e.method == "POST" and e.path == "/incidents"]
    return [post.json["incident"] for post in posts]


def refusal(code: int, message: str, **options: Any) -> Fault:  # noqa: ANN401 - a fault's fields
    body = json.dumps({"error": {"code": code, "message": message}})
    options = {"method": "POST", "path": "/incidents", "status": 400, **options}
    return Fault("status", api="pagerduty", body=body, **options)


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
    assert result.annotations("warning") == []
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

    entity = sim.port.state.entities["pagerdutyIncident"][incident["id"]]
    assert entity["title"] == 'Checkout says "no"\nagain'
    assert entity["properties"] == {
        "status": "triggered",
        "url": incident["html_url"],
        "urgency": "low",
        "responder": "Ada Lovelace",
        "escalation_policy": "Platform",
        "created_at": incident["created_at"],
        "updated_at": incident["updated_at"],
    }
    assert entity["relations"] == {"pagerdutyService": ["PSVC001"]}
    assert result.outputs["entity-identifier"] == incident["id"]

    run = sim.port.state.runs[run_id_of(event)]
    log = "\n".join(run.logs)
    assert log.index("Creating an incident on service PSVC001") < log.index("Created incident")
    assert incident["html_url"] in run.link
    assert "https://github.com/octo/shop/actions/runs/4711" in run.link
    assert "Created incident" in run.summary
    assert not run.ended
    (upsert,) = [e for e in sim.exchanges if e.path.endswith("/entities") and e.method == "POST"]
    assert upsert.query["run_id"] == [run_id_of(event)]


def test_report_status_decides_whether_the_run_is_ended(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Checkout is down")
    act(event=event, report_status="always")
    run = sim.port.state.runs[run_id_of(event)]
    assert (run.status, run.status_label) == ("SUCCESS", "Paged")
    paths = [e.path for e in sim.exchanges if e.api == "port"]
    assert paths.index("/v1/blueprints/pagerdutyIncident/entities") < len(paths) - 1
    assert paths[-1] == f"/v1/actions/runs/{run_id_of(event)}"

    event = from_port(sim, "PSVC001", title="Checkout is down")
    assert act(event=event, from_="nobody@example.com", report_status="never").code == 1
    assert not sim.port.state.runs[run_id_of(event)].ended


def test_the_page_goes_out_beside_port_and_on_one_connection_each(
    sim: Simulator, act: Action
) -> None:
    act(event=from_port(sim, "PSVC001", title="Checkout is down"))

    by_api = {api: [e for e in sim.exchanges if e.api == api] for api in ("pagerduty", "port")}
    (incident,) = sim.pagerduty.state.incidents
    assert [(e.method, e.path) for e in by_api["pagerduty"]] == [
        ("POST", "/incidents"),
        ("GET", "/users/PUSER1/notification_rules"),
        ("GET", f"/incidents/{incident}/log_entries"),
        ("GET", "/oncalls"),
    ]
    assert len({e.connection for e in by_api["pagerduty"]}) == 1
    assert len({e.connection for e in by_api["port"]}) == 1
    # How many lines go to its log at once depends on when they are sent.
    assert len([e for e in by_api["port"] if not e.path.endswith("/logs")]) <= 5


def test_the_least_that_pages_is_a_title_and_a_service(sim: Simulator, act: Action) -> None:
    result = page(act)
    assert result.code == 0, result.log
    assert bodies(sim) == [
        {
            "type": "incident",
            "title": "Down",
            "service": {"id": "PSVC001", "type": "service_reference"},
            "urgency": "high",
            "incident_key": result.outputs["dedup-key"],
        }
    ]
    assert {e.api for e in sim.exchanges} == {"pagerduty"}
    assert calls(sim) == ["POST /incidents", "GET /oncalls"]
    assert (
        f"Created incident #{result.outputs['incident-number']} Down: triggered, high urgency, "
        "assigned to Ada Lovelace."
    ) in result.annotations("notice")[0]
    assert result.outputs["entity-identifier"] == result.outputs["incident-id"]


def test_all_optional_inputs_reach_pagerduty(sim: Simulator, act: Action) -> None:
    result = page(
        act,
        title="Checkout is down",
        details="It's bad",
        assignee="grace@example.com",
        priority="PPRIO01",
        incident_type="major_incident",
        conference_number="+1 415-555-1212",
        conference_url="https://meet.example.com/x",
        incident_key="checkout",
        urgency="LOW",
    )
    assert result.code == 0, result.log
    assert bodies(sim) == [
        {
            "type": "incident",
            "title": "Checkout is down",
            "service": {"id": "PSVC001", "type": "service_reference"},
            "urgency": "low",
            "incident_key": "checkout",
            "body": {"type": "incident_body", "details": "It's bad"},
            "assignments": [{"assignee": {"id": "PUSER2", "type": "user_reference"}}],
            "priority": {"id": "PPRIO01", "type": "priority_reference"},
            "incident_type": {"name": "major_incident"},
            "conference_bridge": {
                "conference_number": "+1 415-555-1212",
                "conference_url": "https://meet.example.com/x",
            },
        }
    ]
    assert calls(sim) == ["GET /users", "POST /incidents"]


def test_another_escalation_policy_can_be_paged(act: Action) -> None:
    result = page(act, escalation_policy="PPOL002")
    assert result.outputs["assignees"] == "Grace Hopper"
    assert result.outputs["escalation-policy"] == "Payments on-call"


def test_who_is_paged_is_never_guessed(sim: Simulator, act: Action) -> None:
    for inputs, words in [
        ({"assignee": "nobody@example.com"}, "no user 'nobody@example.com'"),
        ({"service": "Nonsense"}, "no service 'Nonsense'"),
        ({"assignee": "PUSER1", "escalation_policy": "PPOL002"}, "escalation-policy"),
    ]:
        result = page(act, **inputs)
        assert result.code == 1
        assert words in result.annotations("error")[0]
        assert {e.method for e in sim.exchanges} <= {"GET"}


def test_a_named_priority_is_set_after_the_page_and_only_once(sim: Simulator, act: Action) -> None:
    result = page(act, priority=" p1 ")
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["priority"]["summary"] == "P1"
    put = f"PUT /incidents/{incident['id']}"
    assert calls(sim) == ["POST /incidents", "GET /priorities", put, "GET /oncalls"]
    (change,) = [e.json for e in sim.exchanges if e.method == "PUT"]
    assert change["incident"]["priority"] == {"id": "PPRIO01", "type": "priority_reference"}
    assert json.loads(result.outputs["response"])["incident"]["priority"]["summary"] == "P1"
    assert result.annotations("warning") == []
    page(act, priority=" p1 ")
    assert calls(sim)[4:] == ["POST /incidents", "GET /incidents", "GET /oncalls"]


def test_trouble_with_the_priority_does_not_undo_the_page(anew: Anew) -> None:
    for priority, faults, words in [
        ("Urgent!", (), "no priority 'Urgent!'"),
        ("P1", (refusal(2014, "No", method="GET", path="/priorities", status=402),), "402"),
        ("P1", (refusal(2010, "No", method="PUT", path="/incidents/*", status=403),), "403"),
    ]:
        with anew() as (sim, act):
            for fault in faults:
                sim.faults.add(fault)
            result = page(act, priority=priority)
            assert result.code == 0
            assert result.outputs["created"] == "true"
            (warning,) = result.annotations("warning")
            assert re.match(r"Incident #\d+ Down is open, but without its priority: ", warning)
            assert words in warning


def test_either_the_code_or_the_words_are_a_hint_that_the_key_is_in_use(
    sim: Simulator, act: Action
) -> None:
    for service in ("PSVC001", "PSVC002"):
        page(act, service=service, incident_key="mine")
    for code, message in [(2002, "Arguments caused an error"), (2001, IN_USE)]:
        sim.faults.add(refusal(code, message))
        result = page(act, incident_key="mine")
        assert result.code == 0, result.log
        assert result.outputs["created"] == "false"
        assert result.outputs["incident-id"] == next(iter(sim.pagerduty.state.incidents))
    assert len(sim.pagerduty.state.incidents) == 2


def test_an_incident_whose_answer_was_lost_was_opened_by_this_run(anew: Anew) -> None:
    for created_at, inputs, created in [
        ("", {}, "true"),
        # Another run may have the same key.
        ("", {"incident_key": "mine"}, ""),
        ("2026-01-01T00:00:00Z", {}, "false"),
        ("2026-00-00T00:00:00Z", {}, "true"),
    ]:
        with anew() as (sim, act):
            if created_at:
                page(act)
                next(iter(sim.pagerduty.state.incidents.values()))["created_at"] = created_at
            sim.faults.add(Fault("reset", method="POST", path="/incidents", processed=True))
            result = page(act, **inputs)
            assert result.code == 0, result.log
            assert len(sim.pagerduty.state.incidents) == 1
            assert result.outputs["created"] == created


@pytest.mark.usefixtures("one_look")
def test_an_odd_answer_does_not_undo_a_page_that_is_out(anew: Anew) -> None:
    answers: list[dict[str, Any]] = [
        {"incident_number": 1},
        {"id": 3, "incident_number": "x", "assignments": "x", "service": None},
        {"id": "Q1", "incident_number": 1, "pending_actions": [1], "priority": "P1"},
    ]
    for answer in answers:
        with anew() as (sim, act):
            body = json.dumps({"incident": answer})
            fault = Fault("status", path="/incidents", status=201, body=body, processed=True)
            sim.faults.add(fault)
            result = act(title="Down", service="PSVC001", priority="P1", enrich="true")
            assert result.code == 0, result.log
            assert len(sim.pagerduty.state.incidents) == 1
            assert result.outputs["created"] == "true"


@pytest.mark.usefixtures("one_look")
def test_an_incident_that_was_resolved_in_between_is_opened_anew(
    sim: Simulator, act: Action
) -> None:
    sim.faults.add(refusal(2002, IN_USE))
    result = page(act)
    assert result.outputs["created"] == "true"
    assert calls(sim)[:3] == ["POST /incidents", "GET /incidents", "POST /incidents"]


@pytest.mark.usefixtures("one_look")
def test_a_refusal_for_another_reason_stays_one(sim: Simulator, act: Action) -> None:
    for code, asked in [(2002, ["POST /incidents", "GET /incidents"]), (2001, ["POST /incidents"])]:
        before = len(calls(sim))
        sim.faults.add(refusal(code, "Service not found"))
        result = page(act)
        assert result.code == 1
        assert "Service not found" in result.annotations("error")[0]
        assert calls(sim)[before:] == asked


def test_when_cancelled_it_reports_what_it_opened(
    anew: Anew, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancel(*_: object) -> None:
        raise Cancelled("SIGTERM")

    for named, service, status, is_open in [
        ("PSVC001", "PSVC001", "triggered", True),
        ("CHECKOUT", "PSVC001", "triggered", True),
        ("shop", "PSVC001", "triggered", True),
        ("PSVC001", "PSVC001", "resolved", False),
        ("PSVC001", "PSVC002", "triggered", False),
        ("PSVC001", "", "", False),
    ]:
        with anew() as (sim, act), monkeypatch.context() as patch:
            if service:
                page(act, service=service, incident_key="mine")
                next(iter(sim.pagerduty.state.incidents.values()))["status"] = status
            patch.setattr(Incidents, "create", cancel)
            event, config = from_port(sim, None), "services: {shop: PSVC001}"
            result = act(
                event=event, title="Down", service=named, incident_key="mine", config=config
            )
            assert result.code == 1
            words = "Down is triggered, high urgency, assigned to Ada Lovelace."
            assert (words in result.log) is is_open
            assert (result.outputs.get("incident-id", "") != "") is is_open
            assert result.outputs.get("dedup-key") == ("mine" if is_open else None)
            assert result.outputs.get("created", "") == ""
            page_is = "Page accepted" if is_open else "Nobody was paged"
            label = sim.port.state.runs[run_id_of(event)].status_label
            assert label == f"{page_is}: Cancelled"


def test_incidents_of_several_services_stand_without_their_links(
    sim: Simulator, act: Action
) -> None:
    sim.faults.add(refusal(2010, "No", path="/incidents/*/notes", status=403))
    result = page(act, service="PSVC001, PSVC002")
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert warning.startswith("The incidents are open, but PagerDuty failed to add the note")


def test_a_refusal_says_what_to_change_and_nobody_is_paged(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    result = act(event=event, from_="nobody@example.com")

    assert result.code == 1
    assert sim.pagerduty.state.incidents == {}
    (error,) = result.annotations("error")
    assert "no PagerDuty user has the address in 'from'" in error
    assert error in plain("\n".join(sim.port.state.runs[run_id_of(event)].logs))
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
