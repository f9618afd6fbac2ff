"""Decoration never holds a page back: what can't be used is left out, with one warning each."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from harness import Action, Anew, from_port, run_id_of
from markdown import plain
from pd_incident_simulator import Fault, Simulator

URL = "https://runbook.example.com"
LINK = {"href": URL}
IMAGE = {"src": URL}
# Inputs of trigger, what the event has of them, and the warning, if any.
EVENTS: list[tuple[dict[str, str], dict[str, Any], str]] = [
    ({"links": "docs"}, {}, "'links' must have http(s) URLs"),
    ({"links": f"docs {URL}"}, {"links": [LINK]}, "1 of 2 left out"),
    ({"links": "[]"}, {}, ""),
    ({"links": '[""]'}, {}, "1 of 1 left out"),
    ({"links": "[null, 1, {}]"}, {}, "3 of 3 left out"),
    ({"links": f'["", {{"href": "{URL}", "text": null}}]'}, {"links": [LINK]}, "1 of 2 left out"),
    ({"links": '{"href": {"a": 1}}'}, {}, "with 'href': 1 of 1 left out"),
    ({"images": "api"}, {}, "'images' must have http(s) URLs"),
    ({"images": f'[{{"src": null}}, "{URL}"]'}, {"images": [IMAGE]}, "with 'src': 1 of 2 left out"),
    (
        {"client_url": "x.example.com"},
        {"client_url": "https://github.com/octo/shop/actions/runs/4711"},
        "'client-url' was left out: it must be an http(s) URL",
    ),
    ({"timestamp": "noon"}, {}, "'timestamp' was left out: it must be an ISO 8601 time"),
    ({"severity": "SEV2"}, {"severity": "critical"}, "'severity' was left out: it must be one of"),
    ({"custom_details": "since noon"}, {"custom_details": {"details": "since noon"}}, ""),
    ({"custom_details": "[1]"}, {"custom_details": {"details": "[1]"}}, "is not a JSON object"),
    ({"custom_details": '{"a"'}, {"custom_details": {"details": '{"a"'}}, "sent as text"),
    ({"enrich": "x"}, {}, "'enrich' was left out: it must be true or false, not 'x'"),
    ({"require_responder": "x"}, {}, "'require-responder' was left out"),
    ({"report_status": "yes"}, {}, "'report-status' was left out: it must be one of never"),
    ({"catalog_errors": "x"}, {}, "'catalog-errors' was left out"),
    ({"create_missing_related": "x"}, {}, "'create-missing-related' was left out"),
    ({"blueprint": "a b"}, {}, "'blueprint' was left out: it must be the identifier"),
    ({"port_run_id": "r 1"}, {}, "'port-run-id' was left out"),
    ({"port_region": "asia"}, {}, "'port-region' was left out"),
    ({"port_client_secret": "a\nb"}, {}, "'port-client-secret' was left out"),
    (
        {"config": "regions: eu"},
        {},
        "'config' was left out: it (config, line 1) has an unknown key",
    ),
    ({"timeout": "30"}, {}, "'timeout' was left out: it has no unit: is it 30m, 30h or 30s?"),
]


def warnings_of(act: Action, operation: str, inputs: dict[str, Any]) -> list[str]:
    result = act(operation, **inputs)
    assert result.code == 0, result.log
    for text in result.annotations("warning"):
        assert text in plain(result.summary)
    return result.annotations("warning")


def test_an_alert_goes_out_without_what_cannot_be_used(sim: Simulator, act: Action) -> None:
    for number, (given, expected, warning) in enumerate(EVENTS, 1):
        found = warnings_of(act, "trigger", {"summary": "Down", "source": "api"} | given)
        assert len(found) == bool(warning)
        assert warning in "".join(found)
        *before, event = [e.json for e in sim.exchanges if e.api == "events"]
        assert len(before) == number - 1
        sent = {**event, **event["payload"]}
        names = {*given, *expected} & {
            "links",
            "images",
            "client_url",
            "timestamp",
            "custom_details",
        }
        assert {name: sent.get(name) for name in names} == dict.fromkeys(names) | {
            name: expected[name] for name in names & {*expected}
        }
        assert sent["severity"] == "critical"


def test_an_incident_is_opened_without_what_is_wrong_of_it(anew: Anew) -> None:
    for given, warning in [
        ({"urgency": "asap"}, "'urgency' was left out: it must be one of high, low, not 'asap'"),
        ({"urgency": 'low", "status": "resolved'}, "'urgency' was left out"),
        ({"conference_url": "x.example.com"}, "'conference-url' was left out"),
        ({"severity": "SEV-9"}, "'severity' was left out: it is 'SEV-9', but"),
        ({"fallback": "evnts"}, "'fallback' was left out"),
    ]:
        with anew() as (sim, act):
            (found,) = warnings_of(act, "create", {"title": "Down", "service": "PSVC001"} | given)
            assert warning in found
            (incident,) = sim.pagerduty.state.incidents.values()
            assert incident["urgency"] == "high"


def test_what_pagerduty_refuses_of_an_incident_is_left_out(anew: Anew) -> None:
    for given in [{"priority": "PNONE01"}, {"incident_type": "x"}, {"conference_number": "x"}]:
        with anew() as (sim, act):
            body = json.dumps({"error": {"message": "Invalid Input Provided", "code": 2001}})
            refused = Fault("status", path="/incidents", method="POST", status=400, body=body)
            sim.faults.add(refused)
            asked = {"title": "Down", "service": "PSVC001"} | given
            (warning,) = warnings_of(act, "create", asked)
            (name,) = given
            assert (
                f"The page went out without its {name.replace('_number', ' bridge')}"
                in warning.replace("incident type", "incident_type")
            )
            assert "Invalid Input Provided" in warning
            assert len(sim.pagerduty.state.incidents) == 1
            sim.faults.add(replace(refused))
            assert warnings_of(act, "create", asked) == [], "no page goes out any more"


def test_a_service_that_pagerduty_refuses_stays_an_error(sim: Simulator, act: Action) -> None:
    result = act(title="Down", service="PSVC999", priority="PPRIO01")
    assert result.code == 1
    assert sim.pagerduty.state.incidents == {}


def test_an_incident_of_incident_io_goes_without_an_unknown_type(
    sim: Simulator, act: Action
) -> None:
    result = act(
        provider="incident-io",
        incident_io_token="inc-api-key",
        title="Down",
        severity="Minor",
        incident_type="Odd",
    )
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert "created without its incident type: incident.io has no incident type 'Odd'" in warning
    assert len(sim.incident_io.state.incidents) == 1


def test_port_and_later_readers_learn_of_it(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down", urgency="asap", conference_url="x")
    result = act(event=event)
    assert result.code == 0, result.log
    warnings = result.annotations("warning")
    assert len(warnings) == 2
    log = plain("\n".join(sim.port.state.runs[run_id_of(event)].logs))
    assert all(text in log for text in warnings)
    planned = act(event=event, dry_run="true")
    assert planned.annotations("warning") == warnings


def test_a_page_that_fails_still_tells_what_was_left_out(act: Action) -> None:
    result = act(title="Down", service="Nowhere", urgency="asap")
    assert result.code == 1
    (warning,) = result.annotations("warning")
    assert "'urgency' was left out" in warning
    assert warning in plain(result.summary)


def test_escalating_and_change_events_go_ahead(sim: Simulator, act: Action, incident: str) -> None:
    inputs = {"incident": incident, "escalation_policy": "PPOL002", "urgency": "asap"}
    (warning,) = warnings_of(act, "escalate", inputs)
    assert "'urgency' was left out" in warning
    assert len(warnings_of(act, "change-event", {"links": "docs", "timestamp": "noon"})) == 2
    (change,) = [e.json for e in sim.exchanges if e.path == "/v2/change/enqueue"]
    assert "timestamp" not in change["payload"]


def test_what_decides_whom_it_is_about_is_refused(sim: Simulator, act: Action) -> None:
    cases: list[tuple[str, dict[str, Any], list[str]]] = [
        ("trigger", {"event_action": "deploy"}, ["'event-action' must be one of"]),
        ("create", {"title": "Down", "service": "PSVC001", "dry_run": "x"}, ["'dry-run' must be"]),
        (
            "create",
            {"title": "T", "service": "a\tb", "urgency": "x"},
            ["'service'", "'urgency'"],
        ),
        ("escalate", {"incident": "Q1", "urgency": "asap"}, ["'urgency'", "needs at least one of"]),
        ("escalate", {"incident": "Q1", "escalation_level": "99", "urgency": "low"}, ["'next'"]),
        ("update", {"incident": "Q1", "title": "T", "conference_url": "x"}, ["'conference-url'"]),
        ("sync", {"blueprint": "a b"}, ["'blueprint' must be the identifier"]),
    ]
    for operation, given, expected in cases:
        result = act(operation, **given)
        assert result.code == 1
        errors = result.annotations("error")
        assert len(errors) == len(expected)
        for error, words in zip(errors, expected, strict=True):
            assert words in error
        assert [e for e in sim.exchanges if e.api != "port"] == []


def test_an_empty_object_of_details_is_fine(act: Action) -> None:
    assert warnings_of(act, "trigger", {"custom_details": json.dumps({})}) == []


def test_a_page_goes_out_without_a_from_that_is_no_address(sim: Simulator, act: Action) -> None:
    inputs = {"title": "Down", "service": "PSVC001", "port_client_id": None}
    wrong = {"from_": "ada@example.com\r\nX-Injected: yes", "pagerduty_token": "pd-user-token"}
    (warning,) = warnings_of(act, "create", inputs | wrong)
    assert warning == "Input 'from' was left out: it must be a single e-mail address."
    assert not {"from", "x-injected"} & {name for e in sim.exchanges for name in e.headers}
