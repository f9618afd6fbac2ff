"""``operation: trigger``: alerts are triggered, acknowledged and resolved through Events v2."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness import ACCOUNT_TOKEN, ROUTING_KEY, Action, Anew, Result, from_port, run_id_of, writes
from pd_incident_action.errors import Cancelled
from pd_incident_action.operations.resolve import Resolve
from pd_incident_action.pagerduty.events import PagerDutyEvents
from pd_incident_simulator import Fault, Simulator

STATUSES = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}


def send(act: Action, action: str = "trigger", **inputs: Any) -> Result:  # noqa: ANN401 - any input
    return act("trigger", event_action=action, port_client_id=None, **inputs)


def sent(sim: Simulator) -> list[dict[str, Any]]:
    return [e.json for e in sim.exchanges if e.api == "events"]


def clicked(
    sim: Simulator, entity: str, action: str, blueprint: str = "pagerdutyIncident"
) -> dict[str, Any]:
    """Make the event of a click on an entity, with no dedup key."""
    event = from_port(sim, None, event_action=action)
    context = json.loads(event["inputs"]["port_context"])
    context |= {"entity": entity, "blueprint": blueprint}
    event["inputs"]["port_context"] = json.dumps(context)
    return event


def test_an_alert_lives_from_trigger_to_resolve(sim: Simulator, act: Action) -> None:
    for step, status in STATUSES.items():
        event = from_port(sim, "PSVC001", summary="Disk full", event_action=step)
        result = act("trigger", event=event, dedup_key="disk-1", severity="critical")
        assert result.code == 0, result.log
        assert result.outputs["incident-status"] == status

    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["status"] == "resolved"
    entity = sim.port.state.entities["pagerdutyIncident"][incident["id"]]
    assert entity["properties"]["status"] == "resolved"
    assert entity["properties"]["url"] == incident["html_url"]
    assert result.outputs["dedup-key"] == "disk-1"
    assert result.outputs["created"] == "false"
    # Only a trigger says what is wrong.
    assert [set(event) - {"routing_key"} for event in sent(sim)[1:]] == [
        {"event_action", "dedup_key"}
    ] * 2


def test_every_field_reaches_the_event(sim: Simulator, act: Action) -> None:
    payload = {
        "summary": "Disk full",
        "source": "db-1.example.com",
        "severity": "warning",
        "component": "postgres",
        "group": "databases",
        "timestamp": "2026-12-01T03:10:00Z",
    }
    result = send(
        act,
        **payload,
        dedup_key="disk-1",
        class_="disk",
        custom_details='{"used": "99 %"}',
        links="https://example.com/dashboard",
        images='[{"src": "https://example.com/graph.png", "alt": "Disk"}]',
        client="Port",
        client_url="https://app.port.io",
    )
    assert result.code == 0, result.log
    assert sent(sim) == [
        {
            "routing_key": ROUTING_KEY,
            "event_action": "trigger",
            "dedup_key": "disk-1",
            "payload": {**payload, "class": "disk", "custom_details": {"used": "99 %"}},
            "links": [{"href": "https://example.com/dashboard"}],
            "images": [{"src": "https://example.com/graph.png", "alt": "Disk"}],
            "client": "Port",
            "client_url": "https://app.port.io",
        }
    ]


def test_a_failed_job_pages_with_a_routing_key_alone(sim: Simulator, act: Action) -> None:
    act.urls = {"pagerduty-events-url": f"{sim.events.url}/v2", "routing-key": ROUTING_KEY}
    result = act("trigger")

    assert result.code == 0, result.log
    summary = "octo/shop: Page failed (job page, main, run #12)"
    (exchange,) = sim.exchanges
    assert exchange.json["payload"] == {
        "summary": summary,
        "source": "octo/shop",
        "severity": "critical",
    }
    assert exchange.json["client"] == "GitHub Actions"
    assert exchange.json["client_url"] == "https://github.com/octo/shop/actions/runs/4711"
    assert "authorization" not in {name.lower() for name in exchange.headers}
    assert result.outputs["dedup-key"].startswith("pdia-")
    assert (result.outputs["incident-id"], result.outputs["created"]) == ("", "")
    assert "Sending an alert to PagerDuty for this workflow run\n" in result.log
    (notice,) = result.annotations("notice")
    assert notice == (
        f'Page accepted: PagerDuty accepted the alert "{summary}". Add pagerduty-token to check '
        "that somebody was notified."
    )
    assert result.annotations("warning") == []


def test_the_service_that_was_clicked_is_paged(anew: Anew) -> None:
    for entity, token, said in [
        ("PSVC002", ACCOUNT_TOKEN, "The alert goes to service Payments"),
        ("PNONE01", ACCOUNT_TOKEN, "The alert goes to the service of routing-key: PagerDuty"),
        ("PSVC003", ACCOUNT_TOKEN, "The alert goes to the service of routing-key: Database has no"),
        ("PSVC002", ACCOUNT_TOKEN, "The alert goes to the service of routing-key: Payments has no"),
        ("PSVC002", None, "without pagerduty-token, the key of PSVC002 isn't known"),
    ]:
        with anew() as (sim, act):
            sim.events.delay_ms = 0
            if "Payments has no" in said:
                hidden = {"id": "PINT002", "integration_key": None}
                for one in sim.pagerduty.state.integrations.values():
                    one["integration_key"] = None
                shown, path = json.dumps({"integration": hidden}), "/services/*/integrations/*"
                sim.faults.add(Fault("status", path=path, status=200, body=shown))
            event = from_port(sim, entity, summary="Disk full")
            result = act("trigger", event=event, pagerduty_token=token)
            assert result.code == 0, result.log
            assert said in result.log
            assert len(result.annotations("warning")) == ("of routing-key" in said)
            assert writes(sim.exchanges, "pagerduty") == []
            (alert,) = sent(sim)
            assert alert["routing_key"] not in result.everything
            assert alert["dedup_key"].startswith("pdia-"), "never the entity"
            (incident,) = sim.pagerduty.state.incidents.values()
            assert incident["service"]["id"] == (
                "PSVC002" if said.endswith("Payments") else "PSVC001"
            )


def test_outside_of_github_the_summary_names_what_is_known(sim: Simulator, act: Action) -> None:
    names = ("REPOSITORY", "RUN_ID", "RUN_NUMBER", "WORKFLOW", "JOB", "REF_NAME")
    act.environment = {f"GITHUB_{name}": "" for name in names}
    assert send(act).code == 0
    (event,) = sent(sim)
    assert event["payload"]["summary"] == "GitHub Actions: a workflow failed"
    assert event["payload"]["source"] == "GitHub Actions"
    assert "client_url" not in event


def test_without_a_rest_key_the_alert_itself_is_the_entity(anew: Anew) -> None:
    for severity, urgency in [
        ("critical", "high"),
        ("error", "high"),
        ("warning", "low"),
        ("info", "low"),
    ]:
        with anew() as (sim, act):
            event = from_port(
                sim, None, summary="Disk full", severity=severity, dedup_key="disk 1/é"
            )
            result = act("trigger", event=event, pagerduty_token=None)

            assert result.code == 0, result.log
            (entity,) = sim.port.state.entities["pagerdutyIncident"].values()
            assert (entity["identifier"], entity["title"]) == ("disk-1/-", "Disk full")
            assert entity["properties"]["status"] == "triggered"
            assert entity["properties"]["urgency"] == urgency
            assert {e.api for e in sim.exchanges} == {"events", "port"}


def test_an_alerts_entity_gives_way_to_its_incidents(sim: Simulator, act: Action) -> None:
    sim.events.delay_ms = 0
    for token in (None, ACCOUNT_TOKEN):
        event = from_port(sim, None, summary="Disk full", dedup_key="disk-1")
        result = act("trigger", event=event, pagerduty_token=token)
    assert [*sim.port.state.entities["pagerdutyIncident"]] == [result.outputs["incident-id"]]


def test_acknowledging_keeps_what_the_entity_already_says(sim: Simulator, act: Action) -> None:
    for step in ("trigger", "acknowledge"):
        event = from_port(sim, None, summary="Disk full", event_action=step, dedup_key="disk-1")
        result = act("trigger", event=event, pagerduty_token=None, severity="critical")
    assert "PagerDuty accepted the acknowledge event for disk-1." in result.log
    entity = sim.port.state.entities["pagerdutyIncident"]["disk-1"]
    assert entity["title"] == "Disk full"
    assert entity["properties"]["status"] == "acknowledged"
    assert entity["properties"]["urgency"] == "high"


def test_a_rerun_says_whether_it_paged(anew: Anew) -> None:
    for created_at, created, words in [
        ("2999-01-01T00:00:00Z", "true", "Page accepted: Incident #"),
        ("2026-01-01T00:00:00Z", "false", "Nobody was paged: The alert was already open: incident"),
        ("2026-00-00T00:00:00Z", "", "It isn't known whether the alert was already open: incident"),
    ]:
        with anew() as (sim, act):
            sim.events.delay_ms = 0
            assert send(act).outputs["created"] == "true"
            (incident,) = sim.pagerduty.state.incidents.values()
            incident["created_at"] = created_at
            result = send(act)
            assert len(sim.pagerduty.state.incidents) == 1
            assert result.outputs["incident-id"] == incident["id"]
            assert result.outputs["created"] == created
            assert words in result.log


def test_the_key_that_pagerduty_answers_with_counts(sim: Simulator, act: Action) -> None:
    for body, key in [
        ('{"status": "success", "dedup_key": "theirs"}', "theirs"),
        ("", "mine"),
        ("[]", "mine"),
        ("null", "mine"),
    ]:
        sim.faults.add(Fault("status", api="events", status=202, body=body))
        result = send(act, dedup_key="mine", pagerduty_token=None)
        assert result.code == 0, result.log
        assert result.outputs["dedup-key"] == key


def test_an_entity_may_stand_for_the_key(sim: Simulator, act: Action) -> None:
    triggered = act("trigger", dedup_key="disk-1")
    (incident,) = sim.pagerduty.state.incidents.values()
    for action in ("acknowledge", "resolve"):
        # The entity of an alert is its key; that of an incident is its id, which no alert has.
        for entity in ("disk-1", triggered.outputs["incident-id"]):
            result = act("trigger", event=clicked(sim, entity, action))
            assert result.code == 0, result.log
            assert result.outputs["dedup-key"] == "disk-1"
        assert incident["status"] == STATUSES[action]


@pytest.mark.usefixtures("one_look")
def test_an_entity_that_is_no_incident_is_the_key(sim: Simulator, act: Action) -> None:
    for entity in ("Q1UNKNOWN2345", "checkout-down", "QUALITY", "q1abcdef234567"):
        before = len(sim.exchanges)
        result = act("trigger", event=clicked(sim, entity, "resolve"))
        assert sent(sim)[-1]["dedup_key"] == entity
        lookups = [e for e in sim.exchanges[before:] if e.path.startswith("/incidents/")]
        assert len(lookups) == (entity in {"Q1UNKNOWN2345", "QUALITY"})
        assert ("as a dedup key" in result.log) is bool(lookups)
    # PagerDuty drops the event: nothing has happened, and nothing else is shown.
    assert sim.port.state.entities["pagerdutyIncident"] == {}


@pytest.mark.usefixtures("one_look")
@pytest.mark.parametrize(
    ("action", "key"), [("acknowledge", ""), ("resolve", "of-another-integration")]
)
def test_an_incident_that_no_event_reaches_is_changed_itself(
    sim: Simulator, act: Action, incident: str, action: str, key: str
) -> None:
    state = sim.pagerduty.state
    state.incidents[incident]["incident_key"] = key
    state.routing_keys[ROUTING_KEY] = "PSVC002"
    event = clicked(sim, incident, action)
    result = act("trigger", event=event)
    assert result.code == 0, result.log
    assert result.annotations("warning") == []
    assert len(sent(sim)) == bool(key)
    assert state.incidents[incident]["status"] == STATUSES[action]
    entity = sim.port.state.entities["pagerdutyIncident"][incident]
    assert entity["properties"]["status"] == STATUSES[action]
    assert result.outputs["incident-id"] == incident


@pytest.mark.usefixtures("one_look")
def test_an_incident_is_not_taken_for_another_with_its_key(
    sim: Simulator, act: Action, incident: str
) -> None:
    sim.events.delay_ms = 0
    sim.pagerduty.state.routing_keys[ROUTING_KEY] = "PSVC002"
    sim.pagerduty.state.incidents[incident]["incident_key"] = "disk-1"
    send(act, dedup_key="disk-1")
    result = act("trigger", event=clicked(sim, incident, "resolve"))
    assert result.outputs["incident-id"] == incident
    assert sim.pagerduty.state.incidents[incident]["status"] == "resolved"


@pytest.mark.usefixtures("one_look")
def test_an_incident_that_cannot_be_changed_is_not_shown_as_changed(
    sim: Simulator, act: Action, incident: str
) -> None:
    sim.pagerduty.state.incidents[incident]["incident_key"] = "of-another-integration"
    sim.pagerduty.state.routing_keys[ROUTING_KEY] = "PSVC002"
    result = act("trigger", event=clicked(sim, incident, "resolve"), from_=None)
    assert result.code == 1
    assert "set the input `from`" in result.annotations("error")[0]
    assert sim.port.state.entities["pagerdutyIncident"] == {}


def test_an_entity_that_may_not_be_a_key_is_refused(sim: Simulator, act: Action) -> None:
    for token, entity, blueprint in [
        (ACCOUNT_TOKEN, "PSVC001", "pagerdutyService"),
        (None, "checkout", "pagerduty_service"),
        (None, "Q1ABCDEF234567", "pagerdutyIncident"),
        (None, "PABCDEF", "pagerdutyIncident"),
        (None, "checkout", "service"),
    ]:
        event = clicked(sim, entity, "resolve", blueprint)
        result = act("trigger", event=event, pagerduty_token=token)
        assert result.code == 1
        (error,) = result.annotations("error")
        assert "dedup-key" in error
        assert sim.port.state.runs[run_id_of(event)].status == "FAILURE"
    assert sent(sim) == []


def test_without_a_rest_key_the_entity_of_an_alert_is_its_key(anew: Anew) -> None:
    # Only the action's own keys are known in another blueprint.
    for key, blueprint in [("disk-1", "pagerdutyIncident"), (None, "alert")]:
        with anew() as (sim, act):
            act("trigger", pagerduty_token=None, dedup_key=key)
            (entity,) = sim.port.state.entities["pagerdutyIncident"]
            event = clicked(sim, entity, "resolve", blueprint)
            result = act("trigger", event=event, pagerduty_token=None)
            assert result.code == 0, result.log
            assert {event["dedup_key"] for event in sent(sim)} == {entity}
            (shown,) = sim.port.state.entities["pagerdutyIncident"].values()
            assert shown["properties"]["status"] == "resolved"


def test_without_a_rest_key_no_status_is_written_of_a_key_that_nothing_shows_to_be_known(
    sim: Simulator, act: Action, incident: str
) -> None:
    act("get", incident=incident)
    for key, words in [
        ("unknown", "The catalog has no entity 'unknown', and none was written"),
        ("R1ABCDEF234567", "looks like an incident's id"),
    ]:
        result = act("trigger", event_action="resolve", dedup_key=key, pagerduty_token=None)
        assert result.code == 0, result.log
        assert {*sim.port.state.entities["pagerdutyIncident"]} == {incident}
        (warning,) = result.annotations("warning")
        assert words in warning
    paged = act("trigger", dedup_key=key, pagerduty_token=None)
    assert paged.annotations("warning") == []
    assert key in sim.port.state.entities["pagerdutyIncident"]


def test_no_event_is_sent_with_a_key_that_could_not_be_found_out(
    sim: Simulator, act: Action
) -> None:
    headers = {"Retry-After": "3600"}
    sim.faults.add(Fault("status", path="/incidents/*", status=503, headers=headers))
    result = act("trigger", event=from_port(sim, "Q1ABCDEF234567", event_action="resolve"))
    assert result.code == 1
    assert sent(sim) == []


def test_acknowledge_and_resolve_without_a_key_are_refused(sim: Simulator, act: Action) -> None:
    for step in ("acknowledge", "resolve"):
        result = act("trigger", event_action=step)
        assert result.code == 1
        (error,) = result.annotations("error")
        assert error.startswith(f"Nobody was paged: Set 'dedup-key' to {step} an alert: ")
    assert sim.exchanges == []


@pytest.mark.usefixtures("one_look")
def test_nothing_to_resolve_is_quick_and_quiet(sim: Simulator, act: Action) -> None:
    event = from_port(sim, None, event_action="resolve", dedup_key="disk-1")
    result = act("trigger", event=event)
    assert result.code == 0
    assert result.annotations("notice") == ["No changes: no open alert has dedup key 'disk-1'."]
    assert result.annotations("warning") == []
    assert sim.port.state.entities["pagerdutyIncident"] == {}


@pytest.mark.usefixtures("one_look")
def test_an_event_that_pagerduty_drops_is_not_passed_off_as_done(anew: Anew) -> None:
    for action in ("acknowledge", "resolve"):
        with anew() as (sim, act):
            sim.events.delay_ms = 0
            if action == "resolve":
                send(act, dedup_key="disk-1")
                body = '{"status": "success", "dedup_key": "disk-1"}'
                sim.faults.add(Fault("status", api="events", status=202, body=body))
            event = from_port(sim, None, event_action=action, dedup_key="disk-1")
            result = act("trigger", event=event)

            (warning,) = result.annotations("warning")
            assert "PagerDuty ignores events whose dedup key it hasn't seen" in warning
            assert "'disk-1'" in warning
            outputs = result.outputs
            assert (outputs["incident-status"], outputs["dedup-key"]) == ("", "disk-1")
            assert sim.port.state.entities["pagerdutyIncident"] == {}
            assert warning in "\n".join(sim.port.state.runs[run_id_of(event)].logs)


def test_trouble_with_the_look_up_does_not_undo_the_event(anew: Anew) -> None:
    for status in [403, 429]:
        with anew() as (sim, act):
            headers = {"Retry-After": "3600"}
            fault = Fault("status", api="pagerduty", status=status, headers=headers, count=None)
            sim.faults.add(fault)
            result = send(act, summary="Disk full")
            assert result.code == 0, result.log
            (warning,) = result.annotations("warning")
            assert warning.startswith(
                "PagerDuty accepted the event, but PagerDuty failed to look up"
            )
            assert result.annotations("notice") == [
                'Page accepted: PagerDuty accepted the alert "Disk full".'
            ]


def cancel(*_: object) -> None:
    raise Cancelled("SIGTERM")


def test_when_cancelled_it_reports_the_incident_of_the_alert(
    act: Action, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    sim.events.delay_ms = 0
    send(act, dedup_key="disk-1", summary="Disk full")
    monkeypatch.setattr(PagerDutyEvents, "enqueue", cancel)
    cases: list[tuple[str, dict[str, Any], bool]] = [
        ("trigger", {}, True),
        ("resolve", {}, True),
        ("trigger", {"dedup_key": "another"}, False),
        ("trigger", {"pagerduty_token": None}, False),
    ]
    for action, inputs, is_reported in cases:
        result = send(act, action, **{"dedup_key": "disk-1", **inputs})
        assert result.code == 1
        assert ("Disk full is triggered, high urgency" in result.log) is is_reported
    next(iter(sim.pagerduty.state.incidents.values()))["status"] = "resolved"
    assert "Disk full is" not in send(act, dedup_key="disk-1").log


def test_when_cancelled_it_reports_the_incident_that_was_clicked(
    act: Action, sim: Simulator, incident: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sim.pagerduty.state.incidents[incident]["incident_key"] = ""
    monkeypatch.setattr(Resolve, "run", cancel)
    result = act("trigger", event=clicked(sim, incident, "resolve"))
    assert result.code == 1
    assert "Down is triggered, high urgency" in result.log


def test_a_wrong_routing_key_is_explained(act: Action) -> None:
    for action, name in [("trigger", "alert"), ("resolve", "resolve event")]:
        result = send(act, action, routing_key="too-short", dedup_key="k")
        assert result.code == 1
        (error,) = result.annotations("error")
        assert f"PagerDuty Events failed to accept the {name}: it answered 400" in error
        assert error.startswith("Nobody was paged: ") is (action == "trigger")
        assert "check routing-key (32 characters" in error
        assert "too-short" not in result.everything


@pytest.mark.usefixtures("one_look")
def test_a_key_that_no_integration_has_is_a_failure(act: Action) -> None:
    for dry_run in ("true", "false"):
        result = send(act, routing_key="R" * 32, dry_run=dry_run)
        assert result.code == 1
        (error,) = result.annotations("error")
        # An event orchestration's keys belong to no service.
        said = "Unknown whether anybody was paged: PagerDuty accepted the alert and shows no"
        assert f"{said} incident for it: no service" in error
        assert "Nobody" not in result.everything
    assert send(act, routing_key="R" * 32, pagerduty_token=None).code == 0, "nobody can tell"


def test_a_rerun_does_not_wait_to_learn_whether_it_is_new(sim: Simulator, act: Action) -> None:
    sim.events.delay_ms = 0
    sim.faults.add(Fault("hang", "pagerduty", "GET", "/incidents", count=1, seconds=60))
    act.environment["GITHUB_RUN_ATTEMPT"] = "2"
    result = send(act)
    assert result.code == 0, result.log
    assert int(result.outputs["time-to-page-ms"]) < 8000


@pytest.mark.usefixtures("one_look")
def test_keys_that_pagerduty_hides_prove_nothing(sim: Simulator, act: Action) -> None:
    sim.events.delay_ms = 60_000
    for integration in sim.pagerduty.state.integrations.values():
        integration["integration_key"] = None
    result = send(act)
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert "no open incident with dedup key" in warning
    assert "routing-key: belongs to none of the services that can be seen" in act("doctor").log
