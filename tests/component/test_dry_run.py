"""A dry run looks everything up and shows what would be done; it changes nothing."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from effects import EFFECTS
from harness import ACCOUNT_TOKEN, Action, Result, from_port
from pd_incident_action.errors import Cancelled
from pd_incident_action.operations.create import Create
from pd_incident_simulator import Exchange, Fault, Simulator
from scenes import CONFIG, INCIDENT_IO_KEY, SCENES, scene

READS = {"GET"}


def changes(exchanges: list[Exchange]) -> list[Exchange]:
    """List what was sent to change something."""
    return [
        e
        for e in exchanges
        if e.method not in READS
        and not e.path.endswith("/search")
        and not e.path.endswith("/access_token")
        and e.query.get("validation_only") != ["true"]
    ]


def test_nothing_is_opened_and_the_exact_request_is_shown(sim: Simulator, act: Action) -> None:
    event = from_port(sim, None, title='Down "x"', service="Checkout", assignee="Ada@example.com")
    result = act(event=event, dry_run="true")
    assert result.code == 0, result.log
    assert changes(sim.exchanges) == []
    assert sim.pagerduty.state.incidents == {}
    assert sim.port.state.entities["pagerdutyIncident"] == {}
    (run,) = sim.port.state.runs.values()
    assert (run.logs, run.ended) == ([], False)

    plan = json.loads(result.outputs["plan"])
    (request,) = plan["requests"]
    assert request["url"] == f"{sim.pagerduty.url}/incidents"
    incident = request["body"]["incident"]
    assert (incident["title"], incident["service"]["id"]) == ('Down "x"', "PSVC001")
    assert incident["assignments"][0]["assignee"]["id"] == "PUSER1"
    (entity,) = plan["entities"]
    assert (entity["blueprint"], entity["new"]) == ("pagerdutyIncident", True)
    assert "Would send: PagerDuty: POST" in result.log
    assert "(pagerdutyIncident) would be created: " in result.log
    assert "nothing was sent" in result.summary
    assert result.outputs["incident-id"] == ""
    assert ACCOUNT_TOKEN not in result.everything


def test_a_change_shows_what_would_change_in_the_catalog(sim: Simulator, act: Action) -> None:
    act(event=from_port(sim, "PSVC001", title="Down"))
    (incident,) = sim.pagerduty.state.incidents
    before = len(sim.exchanges)
    event = from_port(sim, incident, urgency="low")
    result = act("escalate", event=event, dry_run="true")
    assert result.code == 0, result.log
    assert changes(sim.exchanges[before:]) == []
    assert sim.pagerduty.state.incidents[incident]["urgency"] == "high"
    assert f"Entity {incident} (pagerdutyIncident) would change: urgency: high → low" in result.log


def test_an_event_is_planned_without_waiting_for_its_incident(sim: Simulator, act: Action) -> None:
    result = act("trigger", summary="Down", dry_run="true", port_client_id=None)
    assert result.code == 0, result.log
    assert changes(sim.exchanges) == []
    (request,) = json.loads(result.outputs["plan"])["requests"]
    assert request["body"]["payload"]["summary"] == "Down"
    assert request["body"]["routing_key"] == "***"
    assert result.seconds < 5


def test_what_an_event_would_do_to_an_alert_is_foreseen(sim: Simulator, act: Action) -> None:
    sim.events.delay_ms = 0
    given: dict[str, Any] = {"dedup_key": "disk-1", "port_client_id": None}
    act("trigger", summary="Disk full", **given)
    result = act("trigger", event_action="resolve", dry_run="true", **given)
    assert "Disk full is resolved, high urgency." in result.log

    sim.pagerduty.state.services["PSVC001"]["status"] = "disabled"
    before = len(sim.exchanges)
    result = act("trigger", summary="Down", dry_run="true", port_client_id=None)
    (warning,) = result.annotations("warning")
    assert "no open incident with dedup key" in warning
    assert [one.path for one in sim.exchanges[before:]].count("/services") == 1


def test_each_of_several_services_is_planned(sim: Simulator, act: Action) -> None:
    result = act(title="Down", service="PSVC001,PSVC002", dry_run="true")
    assert result.code == 0, result.log
    plan = json.loads(result.outputs["plan"])
    pages = [one for one in plan["requests"] if one["url"].endswith("/incidents")]
    assert len(pages) == 2
    assert len({one["identifier"] for one in plan["entities"]}) == 2
    assert changes(sim.exchanges) == []


def test_what_would_fail_fails(sim: Simulator, act: Action) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"service": "Chekcout"}, "no service 'Chekcout'"),
        ({"service": "PSVC001", "dry_run": "perhaps"}, "must be true or false"),
    ]
    for inputs, expected in cases:
        result = act(**({"title": "Down", "dry_run": "true"} | inputs))
        assert result.code == 1
        assert expected in result.annotations("error")[0]
        assert sim.pagerduty.state.incidents == {}


def test_an_entity_that_port_would_refuse_is_a_warning(sim: Simulator, act: Action) -> None:
    sim.port.state.blueprints["pagerdutyIncident"]["schema"]["required"] = ["owner"]
    sim.port.state.blueprints["pagerdutyIncident"]["schema"]["properties"]["owner"] = {
        "type": "string"
    }
    result = act(event=from_port(sim, "PSVC001", title="Down"), dry_run="true")
    assert result.code == 0, result.log
    assert "Port failed to accept entity" in " ".join(result.annotations("warning"))


def test_what_port_has_already_would_not_change(sim: Simulator, act: Action) -> None:
    act(event=from_port(sim, "PSVC001", title="Down"))
    (incident,) = sim.pagerduty.state.incidents
    result = act("get", event=from_port(sim, incident), dry_run="true")
    assert result.code == 0, result.log
    assert f"Entity {incident} (pagerdutyIncident) would not change" in result.log
    assert "#### Unchanged entity in Port" in result.summary


def test_without_port_the_page_is_planned_all_the_same(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", "port", "GET", "*/blueprints/*", status=404, count=None))
    result = act(title="Down", service="PSVC001", dry_run="true")
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert f"(pagerdutyIncident) would be refused by Port: {warning}" in result.log
    assert warning.startswith("Port failed to")


def test_a_bug_in_a_dry_run_has_paged_nobody(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("pd_incident_action.reporting.dry_run.render", fail)
    result = act(title="Down", service="PSVC001", dry_run="true")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "(ZeroDivisionError); please report it" in error
    assert sim.pagerduty.state.incidents == {}


def test_a_cancelled_dry_run_has_done_nothing(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancel(*_arguments: object) -> None:
        raise Cancelled("SIGTERM")

    act(title="Down", service="PSVC001")
    monkeypatch.setattr(Create, "after", cancel)
    result = act(title="Down", service="PSVC001", dry_run="true")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "(SIGTERM)" in error
    assert "Before cancellation" not in result.summary
    assert len(sim.pagerduty.state.incidents) == 1


# Beside each operation as it is: what PagerDuty or incident.io would refuse, or do nothing about.
ASKED: tuple[tuple[str, dict[str, str | None]], ...] = (
    ("acknowledge", {"service": "Checkout", "incident": None}),
    ("add-responders", {"responders": "PUSER99"}),
    ("create", {"service": "PSVC999"}),
    ("create", {"service": "PSVC001, PSVC002, PSVC999"}),
    ("create", {"escalation_policy": "PPOL999"}),
    ("create", {"assignee": "PUSER99"}),
    ("create", {"assignee": "ada@example.com"}),
    ("create", {"priority": "P1", "enrich": "true"}),
    ("create-service", {"escalation_policy": "PPOL999"}),
    ("create-service", {"name": "Checkout"}),
    ("escalate", {"escalation_level": "9"}),
    ("escalate", {"escalation_level": "next"}),
    ("escalate", {"escalation_policy": "PPOL999", "escalation_level": None}),
    ("escalate", {"escalation_policy": "Payments on-call", "escalation_level": None}),
    ("escalate", {"urgency": "low", "escalation_level": None}),
    ("maintenance", {"service": "PSVC999"}),
    ("merge", {"source_incidents": "Q0NOTHERE"}),
    ("override", {"assignee": "PUSER99"}),
    ("reassign", {"assignee": "PUSER99"}),
    ("reassign", {"assignee": None, "escalation_policy": "Payments on-call"}),
    ("run-workflow", {"workflow": "PWFLOW9"}),
    ("set-priority", {"priority": "PPRIO99"}),
    ("trigger", {"event_action": "resolve", "dedup_key": "unknown"}),
    ("incident-io-update", {"severity": "01NOTHERE"}),
)
PIPELINES = ("expect", "follow", "guard")
OF_SOMEBODY = ("create", "maintenance", "note", "snooze")


def in_general(text: str) -> str:
    """Leave out of a text what a dry run can't know: ids, numbers, times, who was notified."""
    for pattern, general in (
        (r"https?://[^\s\"]+", ""),
        (r"R0123456789ABCDEF0123456789ABCDE|R{32}", "***"),
        (r"Dry run: nothing was sent\. A real run would .*? and report: ", ""),
        (r"\bPaged: .*?\)\. ", "Page accepted: "),
        (r" Escalates at .*? unless acknowledged\.", ""),
        (r"#\d+ ", ""),
        (r"\b(to-be-created(-\d+)?|(Q0INC|PSVC|PWEBHOOK)\d{4,}|01[A-Z0-9]{24})\b", "<id>"),
        (r"[\dT:-]{16,}Z|\d\d:\d\d UTC|\bin \d+ s", "<time>"),
        (r"\"(duration|secret)\": [^,}]+", ""),
    ):
        text = re.sub(pattern, general, text)
    return text.strip()


def said(result: Result) -> list[str]:
    """List what annotations say, whatever comes first."""
    levels = ("notice", "warning", "error")
    return [f"{one}: {in_general(text)}" for one in levels for text in result.annotations(one)]


def sent(exchanges: list[Exchange]) -> set[str]:
    """Show what was sent to change something, but for reports to Port and entities."""
    return {
        in_general(f"{e.method} {e.path} {json.dumps(e.json)}")
        for e in changes(exchanges)
        if not re.search(r"^/v1/actions/runs|/entities|^/simulatedkey", e.path)
    }


def planned(result: Result) -> set[str]:
    """Show what a dry run would send, as `sent` does."""
    plan = json.loads(result.outputs["plan"])["requests"] if result.outputs["plan"] else []
    paths = [(urlsplit(one["url"]).path, one) for one in plan]
    return {
        in_general(f"{one['method']} {path} {json.dumps(one['body'])}")
        for path, one in paths
        if "/entities" not in path
    }


def run_dry_and_real(
    sim: Simulator, act: Action, slug: str, changed: dict[str, str | None]
) -> tuple[Result, Result, list[Exchange]]:
    """Run an operation dry and then for real, from the same fresh state."""
    for api in (sim.pagerduty, sim.incident_io, sim.port):
        api.state.reset()
    sim.events.delay_ms = 0
    entity, filled_in, _ = scene(slug, sim)
    event = from_port(sim, entity, **filled_in)
    event["inputs"] = {n: v for n, v in event["inputs"].items() if n not in changed}
    inputs: dict[str, Any] = {"config": CONFIG, "incident_io_token": INCIDENT_IO_KEY, **changed}
    inputs |= EFFECTS[slug].inputs if slug in PIPELINES else {}
    name = slug.removeprefix("incident-io-")
    inputs |= {} if name == slug else {"provider": "incident-io"}
    before = len(sim.exchanges)
    dry = act(name, event=event, **inputs, dry_run="true")
    assert changes(sim.exchanges[before:]) == []
    before = len(sim.exchanges)
    return dry, act(name, event=event, **inputs), sim.exchanges[before:]


@pytest.mark.usefixtures("one_look")
def test_a_dry_run_tells_what_the_real_run_then_does(sim: Simulator, act: Action) -> None:
    cases: list[tuple[str, dict[str, str | None]]] = [(slug, {}) for slug in SCENES]
    cases += ASKED
    cases += [(slug, {"from": who}) for slug in OF_SOMEBODY for who in (None, "no@example.com")]
    for slug, changed in cases:
        dry, real, exchanges = run_dry_and_real(sim, act, slug, changed)
        assert (dry.code, said(dry)) == (real.code, said(real)), (slug, changed)
        if dry.outputs.get("plan"):
            assert planned(dry) == sent(exchanges), (slug, changed)
