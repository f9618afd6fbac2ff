"""``operation: trigger``: alerts are triggered, acknowledged and resolved through Events v2."""

from __future__ import annotations

import json

from harness import ROUTING_KEY, Action, from_port, run_id_of
from pd_incident_simulator import Simulator


def test_an_alert_lives_from_trigger_to_resolve(sim: Simulator, act: Action) -> None:
    statuses = []
    for step in ("trigger", "acknowledge", "resolve"):
        event = from_port(sim, "PSVC001", summary="Disk full", event_action=step)
        result = act("trigger", event=event, dedup_key="disk-1", severity="critical")
        assert result.code == 0, result.log
        statuses.append(result.outputs["incident-status"])

    assert statuses == ["triggered", "acknowledged", "resolved"]
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["status"] == "resolved"
    entity = sim.port.state.entities["pagerdutyIncident"][incident["id"]]
    assert entity["properties"]["status"] == "resolved"
    assert entity["properties"]["url"] == incident["html_url"]
    assert result.outputs["dedup-key"] == "disk-1"


def test_every_field_reaches_the_event(sim: Simulator, act: Action) -> None:
    result = act(
        "trigger",
        summary="Disk full",
        source="db-1.example.com",
        severity="warning",
        dedup_key="disk-1",
        component="postgres",
        group="databases",
        class_="disk",
        custom_details='{"used": "99 %"}',
        links="https://example.com/dashboard",
        images='[{"src": "https://example.com/graph.png", "alt": "Disk"}]',
        client="Port",
        client_url="https://app.port.io",
        timestamp="2026-12-01T03:10:00Z",
    )
    assert result.code == 0, result.log
    (event,) = [e.json for e in sim.exchanges if e.api == "events"]
    assert event == {
        "routing_key": ROUTING_KEY,
        "event_action": "trigger",
        "dedup_key": "disk-1",
        "payload": {
            "summary": "Disk full",
            "source": "db-1.example.com",
            "severity": "warning",
            "component": "postgres",
            "group": "databases",
            "class": "disk",
            "custom_details": {"used": "99 %"},
            "timestamp": "2026-12-01T03:10:00Z",
        },
        "links": [{"href": "https://example.com/dashboard"}],
        "images": [{"src": "https://example.com/graph.png", "alt": "Disk"}],
        "client": "Port",
        "client_url": "https://app.port.io",
    }


def test_a_failed_job_pages_with_a_routing_key_alone(sim: Simulator, act: Action) -> None:
    act.urls = {"pagerduty-events-url": f"{sim.events.url}/v2", "routing-key": ROUTING_KEY}
    result = act("trigger")

    assert result.code == 0, result.log
    (exchange,) = sim.exchanges
    assert exchange.json["payload"] == {
        "summary": "octo/shop: Page needs attention (job page, on main, run 12)",
        "source": "octo/shop",
        "severity": "error",
    }
    assert exchange.json["client"] == "GitHub Actions"
    assert exchange.json["client_url"] == "https://github.com/octo/shop/actions/runs/4711"
    assert result.outputs["dedup-key"].startswith("pdia-")
    assert result.outputs["incident-id"] == ""
    assert result.annotations("warning") == []


def test_a_rerun_of_the_failed_job_does_not_page_again(sim: Simulator, act: Action) -> None:
    first = act("trigger")
    (incident,) = sim.pagerduty.state.incidents.values()
    incident["created_at"] = "2026-01-01T00:00:00Z"
    second = act("trigger")

    assert len(sim.pagerduty.state.incidents) == 1
    assert (first.outputs["created"], second.outputs["created"]) == ("true", "false")
    assert second.outputs["incident-id"] == incident["id"]


def test_without_a_rest_key_the_entity_is_keyed_by_the_dedup_key(
    sim: Simulator, act: Action
) -> None:
    event = from_port(sim, None, summary="Disk full", severity="warning", dedup_key="disk 1/é")
    result = act("trigger", event=event, pagerduty_token=None)

    assert result.code == 0, result.log
    (entity,) = sim.port.state.entities["pagerdutyIncident"].values()
    assert entity["identifier"] == "disk-1/-"
    assert entity["title"] == "Disk full"
    assert entity["properties"]["status"] == "triggered"
    assert entity["properties"]["urgency"] == "low"
    assert {e.api for e in sim.exchanges} == {"events", "port"}


def test_acknowledging_keeps_what_the_entity_already_says(sim: Simulator, act: Action) -> None:
    for step in ("trigger", "acknowledge"):
        event = from_port(sim, None, summary="Disk full", event_action=step, dedup_key="disk-1")
        act("trigger", event=event, pagerduty_token=None, severity="critical")
    entity = sim.port.state.entities["pagerdutyIncident"]["disk-1"]
    assert entity["title"] == "Disk full"
    assert entity["properties"]["status"] == "acknowledged"
    assert entity["properties"]["urgency"] == "high"


def test_acknowledge_takes_the_key_from_the_entity_it_was_run_on(
    sim: Simulator, act: Action
) -> None:
    act("trigger", dedup_key="disk-1", pagerduty_token=None)
    event = from_port(sim, "disk-1", event_action="acknowledge")
    result = act("trigger", event=event, pagerduty_token=None)
    assert result.code == 0
    assert result.outputs["dedup-key"] == "disk-1"


def test_resolve_on_an_incidents_entity_finds_the_alerts_key(sim: Simulator, act: Action) -> None:
    triggered = act("trigger", dedup_key="disk-1")
    event = from_port(sim, triggered.outputs["incident-id"], event_action="resolve")
    result = act("trigger", event=event)

    assert result.code == 0, result.log
    assert result.outputs["dedup-key"] == "disk-1"
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["status"] == "resolved"


def test_acknowledge_and_resolve_without_a_key_are_refused(sim: Simulator, act: Action) -> None:
    for step in ("acknowledge", "resolve"):
        result = act("trigger", event_action=step)
        assert result.code == 1
        (error,) = result.annotations("error")
        assert "'dedup-key'" in error
    assert sim.exchanges == []


def test_an_event_that_pagerduty_drops_is_not_passed_off_as_done(
    sim: Simulator, act: Action
) -> None:
    event = from_port(sim, None, event_action="resolve", dedup_key="never-heard-of")
    result = act("trigger", event=event, timeout="4")

    (warning,) = result.annotations("warning")
    assert "drops events for keys that the integration does not know" in warning
    assert sim.port.state.entities["pagerdutyIncident"] == {}
    assert warning in "\n".join(sim.port.state.runs[run_id_of(event)].logs)


def test_the_older_guides_payload_input_is_understood(sim: Simulator, act: Action) -> None:
    payload = {"summary": "Disk full", "source": "db-1", "severity": "info"}
    event = {"inputs": {"payload": json.dumps(payload), "event_action": "trigger"}}
    act("trigger", event=event)
    (sent,) = [e.json["payload"] for e in sim.exchanges if e.api == "events"]
    assert sent == payload


def test_a_wrong_routing_key_is_explained(act: Action) -> None:
    result = act("trigger", routing_key="too-short")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "check routing-key (32 characters" in error
    assert "too-short" not in result.everything
