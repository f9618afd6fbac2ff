"""After a page: who was and will be notified, and a warning or a failure if nobody is notified."""

from __future__ import annotations

import io
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness import Action, Anew, Result, from_port, run_id_of
from markdown import plain
from pd_incident_action.http import deadline
from pd_incident_action.notification import verify
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import LogEntry
from pd_incident_simulator import Fault, Simulator

pytestmark = pytest.mark.usefixtures("one_look")
ROUTING_KEY_OF_PAYMENTS = "R1123456789ABCDEF0123456789ABCDE"
SILENCE = '{"log_entries": []}'


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a busy machine more time to answer than users have to wait."""
    monkeypatch.setattr(verify, "_SECONDS", 25.0)
    monkeypatch.setattr(verify, "_SECONDS_NEXT", 20.0)


def silence(count: int | None = None) -> Fault:
    """Leave PagerDuty's log empty for now."""
    path = "/incidents/*/log_entries"
    return Fault("status", method="GET", path=path, status=200, body=SILENCE, count=count)


def warning_of(result: Result) -> str:
    """Give the only warning of a run that worked."""
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    return warning


def page(act: Action, **inputs: Any) -> Result:  # noqa: ANN401 - any input
    return act(**{"title": "Down", "service": "PSVC001", "port_client_id": None, **inputs})


def test_everybody_reads_who_was_notified_and_what_comes_next(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    result = act(event=event, require_responder="true")

    assert result.code == 0, result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    (due,) = incident["pending_actions"]
    assert result.outputs["notified"] == "Ada Lovelace"
    assert result.outputs["next-escalation-at"] == due["at"]
    assert result.outputs["notification-plan"] == "Ada Lovelace: push now, phone after 5 min"
    at = datetime.fromisoformat(due["at"])
    line = "Ada Lovelace was notified (push), then phone after 5 min."
    assert line in result.log
    (notice,) = result.annotations("notice")
    assert notice.startswith("Paged: Ada Lovelace (push). Created incident")
    # Tomorrow's times have their date.
    escalates = rf"Escalates at ({at:%Y-%m-%d} )?{at:%H:%M} UTC to Grace Hopper unless ackn"
    assert re.search(escalates, notice)
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert log.index("Created incident") < log.index(line)
    assert result.annotations("warning") == []


def test_the_page_is_reported_before_it_is_verified(
    act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[str] = []
    read = Incidents.log_entries

    def log_entries(incidents: Incidents, incident_id: str, limit: int) -> list[LogEntry]:
        assert isinstance(sys.stdout, io.StringIO)
        reported.append(sys.stdout.getvalue())
        return read(incidents, incident_id, limit)

    monkeypatch.setattr(Incidents, "log_entries", log_entries)
    assert page(act).outputs["notified"] == "Ada Lovelace"
    assert "Page accepted: Created incident" in reported[0]


def test_a_notification_that_takes_a_moment_is_waited_for(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "_FIRST_WAIT", 0.01)
    sim.faults.add(silence(count=2))
    result = page(act)
    assert result.annotations("warning") == []
    assert result.outputs["notified"] == "Ada Lovelace"
    # Where somebody has to be notified and nothing else shows it, for longer.
    monkeypatch.setattr(verify, "_SECONDS", 0.0)
    sim.faults.add(Fault("status", path="/users/*/notification_rules", status=403, count=None))
    sim.faults.add(silence(count=2))
    result = page(act, title="Down again", require_responder="true")
    assert result.code == 0, result.log
    assert result.outputs["notified"] == "Ada Lovelace"


def test_every_operation_that_pages_says_who_was_notified(anew: Anew) -> None:
    for operation in ["trigger", "escalate", "reassign"]:
        with anew() as (sim, act):
            sim.events.delay_ms = 0
            inputs: dict[str, Any] = {"summary": "Disk full", "severity": "critical"}
            if operation != "trigger":
                inputs = {"incident": page(act).outputs["incident-id"]}
            inputs |= {
                "trigger": {},
                "escalate": {"escalation_policy": "PPOL002"},
                "reassign": {"assignee": "grace@example.com"},
            }[operation]
            result = act(operation, port_client_id=None, require_responder="true", **inputs)
            assert result.code == 0, result.log
            who = "Ada Lovelace" if operation == "trigger" else "Grace Hopper"
            assert result.outputs["notified"] == who
            assert (result.outputs["next-escalation-at"] == "") is (operation == "reassign")


def test_each_of_several_incidents_is_verified(act: Action) -> None:
    result = page(act, service="PSVC001, PSVC002", require_responder="true")
    assert result.code == 0, result.log
    assert result.outputs["notified"] == "Ada Lovelace, Grace Hopper"
    for who in (
        r"Ada Lovelace was notified \(push\), then phone after 5 min",
        r"Grace Hopper was notified \(sms\), then phone after 10 min",
    ):
        line = rf"^#\d+ Down: {who}\. Escalates at"
        assert re.search(line, result.log, re.MULTILINE)


def test_a_service_in_maintenance_notifies_nobody(sim: Simulator, act: Action) -> None:
    now = datetime.now(UTC)
    at = [(now + timedelta(hours=h)).isoformat(timespec="seconds") for h in (-1, 1)]
    sim.pagerduty.state.maintenance_windows["PMAINT1"] = {
        "id": "PMAINT1",
        "start_time": at[0],
        "end_time": at[1],
        "services": [{"id": "PSVC001"}],
    }
    result = page(act)
    assert "service Checkout is in maintenance" in warning_of(result)
    assert (result.outputs["notified"], result.outputs["notification-plan"]) == ("", "")


def test_an_incident_for_its_own_requester_notifies_nobody(act: Action) -> None:
    asked = {"assignee": "ada@example.com", "incident_key": "down"}
    for services in ("PSVC001", "PSVC001,PSVC002"):
        result = page(act, **asked, service=services)
        assert "it started as acknowledged" in warning_of(result)
    assert "'from'" in warning_of(result)


def test_what_the_rules_will_do_is_told_before_it_is_logged(sim: Simulator, act: Action) -> None:
    sim.faults.add(silence())
    result = page(act, require_responder="true")
    assert result.code == 0, result.log
    assert "Ada Lovelace: push now, phone after 5 min.\n" in result.log
    assert result.annotations("warning") == []
    assert result.outputs["notified"] == ""
    assert result.outputs["notification-plan"] == "Ada Lovelace: push now, phone after 5 min"


def test_a_notification_that_is_due_later_is_not_waited_for(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "_FIRST_WAIT", 0.01)
    sim.pagerduty.state.notification_rules["PUSER1"].pop(0)
    result = page(act)
    assert "Ada Lovelace: phone after 5 min.\n" in result.log
    looks = [one for one in sim.exchanges if one.path.endswith("/log_entries")]
    assert len(looks) == 1


def test_people_whom_no_rule_reaches_hear_of_nothing(anew: Anew) -> None:
    for assignee, urgency, obstacle in [
        ("PUSER4", "high", "Margaret Hamilton can't be reached (no contact method)"),
        ("PUSER3", "low", "Linus Low can't be reached (no notification rule for low urgency)"),
        ("PUSER2", "high", "Grace Hopper can't be reached (sms, phone disabled or blocked)"),
    ]:
        with anew() as (sim, act):
            state = sim.pagerduty.state
            state.notification_rules["PUSER3"].pop()
            _, sms, phone = state.contact_methods["PUSER2"]
            sms["enabled"], phone["blacklisted"] = False, True
            result = page(act, assignee=assignee, urgency=urgency)
            warning = warning_of(result)
            assert warning.startswith("Nobody was paged about incident #")
            assert obstacle in warning
            assert (result.outputs["notified"], result.outputs["notification-plan"]) == ("", "")


def test_where_a_responder_is_required_an_unreachable_one_is_a_failure(act: Action) -> None:
    result = page(act, assignee="PUSER4", require_responder="true")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "Margaret Hamilton can't be reached (no contact method)" in error


def test_rules_that_cannot_be_read_raise_no_alarm(sim: Simulator, act: Action) -> None:
    sim.faults.add(silence())
    sim.faults.add(Fault("status", path="/users/*/notification_rules", status=403, count=None))
    result = page(act)
    assert result.annotations("warning") == []
    assert "Ada Lovelace hasn't been notified yet.\n" in result.log
    assert result.outputs["next-escalation-at"] != ""


def test_rules_that_do_not_come_are_not_asked_for_twice(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", path="/users/*/notification_rules", status=503, count=None))
    result = page(act)
    assert result.outputs["notified"] == "Ada Lovelace"
    asked = [one for one in sim.exchanges if one.path.endswith("/notification_rules")]
    assert len(asked) == 1


def test_who_comes_next_is_not_waited_for(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    sim.faults.add(Fault("hang", path="/oncalls", count=None, seconds=60))
    monkeypatch.setattr(verify, "_SECONDS_NEXT", 1.0)
    result = page(act)
    assert result.seconds < 20
    (notice,) = result.annotations("notice")
    assert re.search(r"Escalates at [-\d: ]+ UTC unless acknowledged\.", notice)
    assert result.annotations("warning") == []
    monkeypatch.setattr(verify, "_SECONDS", 0.5)
    before = len(sim.exchanges)
    page(act, title="Down again")
    assert "/oncalls" not in {one.path for one in sim.exchanges[before:]}


def test_an_app_reads_the_rules_if_it_may(anew: Anew) -> None:
    for may_read in (True, False):
        with anew() as (sim, act):
            if not may_read:
                refused = '{"error": "invalid_scope"}'
                fault = Fault("status", path="/oauth/token", status=400, body=refused, skip=1)
                sim.faults.add(fault)
            result = page(
                act,
                pagerduty_token=None,
                pagerduty_client_id="pd-oauth-client",
                pagerduty_client_secret="pd-oauth-secret",
                pagerduty_subdomain="acme",
            )
            assert result.code == 0, result.log
            assert result.annotations("warning") == []
            assert ("phone after 5 min" in result.log) is may_read
            assert "Ada Lovelace was notified (push)" in result.log


def test_no_address_is_shown(sim: Simulator, act: Action) -> None:
    act.environment["RUNNER_DEBUG"] = "1"
    result = page(act, assignee="PUSER2", require_responder="true")
    methods = sim.pagerduty.state.contact_methods["PUSER2"]
    assert not [one for one in methods if one["address"] in result.everything]


def test_a_service_that_cannot_be_read_leaves_the_other_causes(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", path="/services/*", status=403))
    assert "Margaret Hamilton can't be reached" in warning_of(page(act, assignee="PUSER4"))


def test_where_a_responder_is_required_silence_is_a_failure(sim: Simulator, act: Action) -> None:
    sim.faults.add(silence())
    sim.faults.add(Fault("status", path="/users/*/notification_rules", status=403, count=None))
    event = from_port(sim, "PSVC001", title="Down")
    result = act(event=event, require_responder="true")

    assert result.code == 1
    (error,) = result.annotations("error")
    assert error.startswith("Couldn't confirm that anybody was notified of incident #")
    assert "Created incident" in result.annotations("notice")[0]
    assert result.outputs["created"] == "true"
    assert "❌ Couldn't confirm that anybody was notified" in plain(result.summary)
    run = sim.port.state.runs[run_id_of(event)]
    assert (run.status, run.status_label) == ("FAILURE", "Unknown whether anybody was paged")
    assert error in plain("\n".join(run.logs))
    assert list(sim.port.state.entities["pagerdutyIncident"]) == [result.outputs["incident-id"]]


def test_an_event_that_opens_no_incident_notifies_nobody(sim: Simulator, act: Action) -> None:
    for required in ["true", "false"]:
        # Nobody is on call on the policy of that name: PagerDuty takes the event, and drops it.
        policies = sim.pagerduty.state.escalation_policies
        sim.pagerduty.state.services["PSVC002"]["escalation_policy"] = policies["PPOL003"]
        result = act(
            "trigger",
            summary="Disk full",
            routing_key=ROUTING_KEY_OF_PAYMENTS,
            require_responder=required,
        )
        assert result.code == (1 if required == "true" else 0)
        (warning,) = result.annotations("warning")
        assert "no open incident with dedup key" in warning
        errors = result.annotations("error")
        assert len(errors) == result.code
        assert all("no incident was found for this alert" in error for error in errors)
        assert sim.port.state.entities["pagerdutyIncident"] == {}


def test_an_acknowledgement_needs_no_verification(sim: Simulator, act: Action) -> None:
    act("trigger", dedup_key="disk-1", port_client_id=None)
    before = len(sim.exchanges)
    result = act("trigger", event_action="acknowledge", dedup_key="disk-1", port_client_id=None)
    assert result.code == 0, result.log
    assert [e for e in sim.exchanges[before:] if e.path.endswith("/log_entries")] == []


def test_an_incident_that_somebody_took_needs_no_more(sim: Simulator, act: Action) -> None:
    page(act, incident_key="checkout")
    (incident,) = sim.pagerduty.state.incidents.values()
    incident["status"] = "acknowledged"
    sim.faults.add(silence())
    result = page(act, incident_key="checkout", require_responder="true")
    assert result.code == 0, result.log
    assert result.annotations("warning") == []


def test_a_log_with_odd_entries_notifies_nobody(sim: Simulator, act: Action) -> None:
    body = '{"log_entries": [{"type": 5, "user": "x"}, {"type": "notify_log_entry", "user": null}]}'
    sim.faults.add(Fault("status", path="/incidents/*/log_entries", status=200, body=body))
    result = page(act)
    assert result.outputs["notified"] == ""
    assert "Ada Lovelace: push now, phone after 5 min" in result.log


def test_a_log_that_cannot_be_read_leaves_the_page_alone(sim: Simulator, act: Action) -> None:
    refusal = '{"error": {"code": 2010, "message": "Access Denied"}}'
    sim.faults.add(
        Fault("status", path="/incidents/*/log_entries", status=403, body=refusal, count=None)
    )
    warning = warning_of(page(act))
    assert warning.startswith("The page went out. Couldn't confirm that anybody was notified: ")
    assert "it answered 403" in warning
    assert warning_of(page(act)) == warning.removeprefix("The page went out. "), "not again"
