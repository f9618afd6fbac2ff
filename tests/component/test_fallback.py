"""``fallback: events``: what the REST API won't open goes out as an alert, and never twice."""

from __future__ import annotations

from typing import Any

from harness import CLIENT_ID, Action, Anew, Result, from_port, run_id_of
from markdown import plain
from pd_incident_simulator import Fault, Simulator

DOWN = Fault("status", api="pagerduty", path="/incidents", status=503, count=None)
# So that nothing is waited for.
REVOKED: dict[str, Any] = {"pagerduty_token": "revoked"}


def page(act: Action, **inputs: Any) -> Result:  # noqa: ANN401 - any input
    given = {"title": "Down", "service": "PSVC001", "fallback": "events", "timeout": "8s"}
    return act(**{**given, "port_client_id": None, **inputs})


def sent(sim: Simulator) -> list[dict[str, Any]]:
    return [e.json for e in sim.exchanges if e.api == "events"]


def test_while_the_rest_api_is_down_the_alert_pages_and_says_all_that_was_asked_for(
    sim: Simulator, act: Action
) -> None:
    sim.faults.add(DOWN)
    asked = {
        "details": "40 % errors",
        "priority": "P1",
        "assignee": "ada@example.com",
        "incident_type": "major_incident",
        "conference_number": "+1",
        "conference_url": "https://meet.example.com/x",
    }
    event = from_port(sim, "PSVC001", title="Checkout is down", **asked)
    result = act(event=event, fallback=" Events ", timeout="4s")

    assert result.code == 0, result.log
    tries = [e for e in sim.exchanges if e.path == "/incidents"]
    assert len(tries) > 1
    (alert,) = sent(sim)
    assert alert["dedup_key"] == result.outputs["dedup-key"]
    assert alert["client_url"] == "https://github.com/octo/shop/actions/runs/4711"
    assert alert["payload"] == {
        "summary": "Checkout is down",
        "source": "PSVC001",
        "severity": "critical",
        "custom_details": {**asked, "service": "PSVC001", "urgency": "high"},
    }
    (warning,) = result.annotations("warning")
    assert warning.startswith("The page went out through the Events API")
    assert "it answered 503" in warning
    assert (
        "Sent an alert instead of opening an incident: Checkout is down "
        f"(dedup key {alert['dedup_key']})."
    ) in result.annotations("notice")[0]
    assert (result.outputs["created"], result.outputs["notified"]) == ("", "")
    entity = sim.port.state.entities["pagerdutyIncident"][alert["dedup_key"]]
    assert (entity["properties"]["status"], entity["properties"]["urgency"]) == (
        "triggered",
        "high",
    )
    log = plain("\n".join(sim.port.state.runs[run_id_of(event)].logs))
    assert "sending the alert through PagerDuty's Events API instead" in log
    assert warning in plain(log)


def test_an_incident_that_was_opened_unheard_is_joined(sim: Simulator, act: Action) -> None:
    lost = Fault("reset", api="pagerduty", path="/incidents", count=None, processed=True)
    sim.faults.add(lost)
    sim.events.delay_ms = 0
    result = page(act, timeout="2s")
    assert result.code == 0, result.log
    assert len(sent(sim)) == 1
    assert len(sim.pagerduty.state.incidents) == 1


def test_a_re_run_finds_what_the_alert_opened(sim: Simulator, act: Action) -> None:
    sim.events.delay_ms = 0
    page(act, **REVOKED)
    again = page(act)
    assert again.code == 0, again.log
    (incident,) = sim.pagerduty.state.incidents
    assert again.outputs["incident-id"] == incident
    assert again.outputs["created"] == "false"
    assert len(sent(sim)) == 1


def test_the_alerts_entity_gives_way_to_the_incidents(anew: Anew) -> None:
    for is_alert in (True, False):
        with anew() as (sim, act):
            sim.events.delay_ms = 0
            page(act, **REVOKED, port_client_id=CLIENT_ID)
            ((key, alert),) = sim.port.state.entities["pagerdutyIncident"].items()
            if not is_alert:
                alert["properties"]["url"] = "https://wiki.example.com"
            again = page(act, port_client_id=CLIENT_ID)
            assert again.code == 0, again.log
            expected = {again.outputs["incident-id"]} | (set() if is_alert else {key})
            assert set(sim.port.state.entities["pagerdutyIncident"]) == expected
            assert again.annotations("warning") == []


def test_an_alerts_entity_that_port_keeps_is_reported(sim: Simulator, act: Action) -> None:
    sim.events.delay_ms = 0
    page(act, port_client_id=CLIENT_ID, **REVOKED)
    sim.faults.add(Fault("status", api="port", method="DELETE", status=403, count=None))
    again = page(act, port_client_id=CLIENT_ID)
    (warning,) = again.annotations("warning")
    assert "Port failed to delete entity" in warning
    assert len(sim.port.state.entities["pagerdutyIncident"]) == 2


def test_a_requester_that_is_refused_counts_as_down(sim: Simulator, act: Action) -> None:
    fields = '{"impact": "12 customers"}'
    result = page(act, urgency="low", from_="nobody@example.com", custom_fields=fields)
    assert result.code == 0, result.log
    (_,) = result.annotations("warning")
    (alert,) = sent(sim)
    assert alert["payload"]["custom_details"]["custom_fields"] == {"impact": "12 customers"}
    assert alert["payload"]["severity"] == "warning"


def test_what_is_wrong_stays_refused(sim: Simulator, act: Action) -> None:
    result = page(act, service="PSVC999")
    assert result.code == 1
    assert sent(sim) == []


def test_a_fallback_that_could_not_work_holds_nothing_back(act: Action) -> None:
    result = page(act, routing_key=None)
    assert (result.code, result.outputs["created"]) == (0, "true")
    (warning,) = result.annotations("warning")
    assert warning.startswith("Input 'routing-key' is empty, but fallback: events needs it.")


def test_it_is_not_for_whoever_fills_in_the_form(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down", fallback="events")
    assert act(event=event, **REVOKED).code == 1
    assert sent(sim) == []


def test_when_both_are_down_both_are_named(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", api="events", status=400, body='{"message": "No"}'))
    result = page(act, **REVOKED)
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "it answered 401" in error
    assert "The fallback failed as well: PagerDuty Events failed to accept the alert" in error


def test_of_several_services_one_alert_stands_for_all(anew: Anew) -> None:
    for down, services, code, alerts in [
        (True, "PSVC001, PSVC002", 0, 1),
        (False, "PSVC001, PSVC002", 0, 0),
        ("once", "PSVC001, PSVC002", 1, 0),
        (False, "PSVC001, PSVC999", 1, 0),
        (False, "PSVC998, PSVC999", 1, 0),
    ]:
        with anew() as (sim, act):
            if refused := down == "once":
                sim.faults.add(Fault("status", method="POST", path="/incidents", status=403))
            result = page(act, service=services, **(REVOKED if down and not refused else {}))
            assert result.code == code, result.log
            assert [alert["payload"]["source"] for alert in sent(sim)] == [services] * alerts


def test_a_required_responder_cannot_be_seen_through_an_alert(sim: Simulator, act: Action) -> None:
    result = page(act, require_responder="true", **REVOKED)
    assert result.code == 1
    assert len(sent(sim)) == 1
    (error,) = result.annotations("error")
    assert error == (
        "Couldn't confirm that anybody was notified: no incident was found for this alert; look in "
        "PagerDuty; add pagerduty-token if it is missing."
    )
