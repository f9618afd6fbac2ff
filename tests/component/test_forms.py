"""Whose form it is: a stranger's changes nothing, ours counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from harness import Action, Anew, Result
from pd_incident_simulator import Simulator

# What workflows of all kinds ask for; each collides with an input of ours.
FOREIGN = {
    "dry_run": "true",
    "provider": "aws",
    "timeout": "30m",
    "from": "v1.2.3",
    "severity": "SEV2",
    "links": "docs",
    "images": "api",
    "client_url": "x.example.com",
    "event_action": "deploy",
    "blueprint": "a b",
    "report_status": "yes",
    "enrich": "x",
    "run_id": "9876543210",
    "service": "payments",
    "assignee": "octocat",
    "urgency": "asap",
}
PAGES: dict[str, dict[str, str]] = {
    "trigger": {},
    "create": {"title": "Down", "service": "PSVC001"},
}


def sent(sim: Simulator) -> list[Any]:
    """List what was asked of PagerDuty."""
    return [(e.path, e.json, e.headers.get("from")) for e in sim.exchanges if e.method == "POST"]


def page(act: Action, operation: str, event: Mapping[str, Any] | None, **inputs: Any) -> Result:  # noqa: ANN401 - any input
    """Run an operation that has nothing but its credentials and what makes its page."""
    token = None if operation == "trigger" else act.urls["pagerduty-token"]
    inputs = {"pagerduty_token": token, "port_client_id": None, **PAGES[operation], **inputs}
    return act(operation, event=event, **inputs)


@pytest.mark.parametrize("operation", PAGES)
def test_a_strangers_form_changes_nothing(sim: Simulator, act: Action, operation: str) -> None:
    without = page(act, operation, None)
    expected = sent(sim)
    result = page(act, operation, {"inputs": FOREIGN})
    assert (result.code, sent(sim)) == (0, expected * 2), result.log
    assert result.annotations("warning") == without.annotations("warning")
    act.environment["GITHUB_RUN_ID"] = "4712"
    assert page(act, operation, {"inputs": FOREIGN}).code == 0
    name = {"trigger": "dedup_key", "create": "incident_key"}[operation]
    bodies = [body.get("incident", body) for _, body, _ in sent(sim)]
    assert len({body[name] for body in bodies}) == len(bodies) - 1 == 2


def test_a_strangers_form_is_named_in_the_log(act: Action) -> None:
    result = page(act, "trigger", {"inputs": {"dry_run": "true", "environment": "prod"}})
    assert "This workflow's inputs (dry_run, environment) are not read" in result.log
    assert "are not read" not in page(act, "trigger", None).log


def test_dispatch_inputs_false_switches_our_form_off(sim: Simulator, act: Action) -> None:
    event = {"inputs": {"summary": "Release 1.2", "port_context": '{"run_id": "r_1"}'}}
    assert page(act, "trigger", event, dispatch_inputs="false").code == 0
    assert page(act, "trigger", event, dispatch_inputs="true").code == 0
    summaries = [body["payload"]["summary"] for _, body, _ in sent(sim)]
    assert summaries == ["octo/shop: Page failed (job page, main, run #12)", "Release 1.2"]
    result = page(act, "trigger", event, dispatch_inputs="maybe")
    assert "'dispatch-inputs' must be true or false" in result.annotations("error")[0]


PAYLOAD = {
    "action": "page",
    "resourceType": "run",
    "trigger": {"by": {"user": {"email": "grace@example.com"}}, "origin": "UI"},
    "context": {"entity": "PSVC002", "blueprint": "pagerdutyService", "runId": "r_1"},
    "payload": {"entity": None, "properties": {"title": "Down", "urgency": "low"}},
}
FORM = {
    "title": "Down",
    "urgency": "low",
    "extra_details": "since noon",
    "from": "grace@example.com",
}
CONTEXT = {"entity": "PSVC002", "blueprint": "pagerdutyService"}


def test_our_form_counts_in_every_shape(anew: Anew) -> None:
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (FORM | {"port_context": json.dumps(CONTEXT)}, {}),
        (FORM | {"port_context": CONTEXT}, {}),
        (FORM | {"port_payload": json.dumps({"context": CONTEXT})}, {}),
        (FORM | {"port_payload": json.dumps(PAYLOAD), "urgency": "null"}, {}),
        ({"port_payload": json.dumps(PAYLOAD)}, {}),
        # The form passes Port's context under a name of its own.
        (FORM | {"click": json.dumps(CONTEXT)}, {"port_context": json.dumps(CONTEXT)}),
        # Dispatched by hand: the workflow has the field, and nobody filled it in.
        (FORM | {"service": "PSVC002", "port_context": ""}, {"title": "Down"}),
        (FORM | {"port_context": "null"}, {"config": "services: {default: PSVC002}"}),
        # The workflow doesn't have the field.
        (FORM, {"service": "PSVC002"}),
        (FORM | {"service": "Payments"}, {}),
        (
            {"incidentTitle": "Down", "urgency": "low", "from": "grace@example.com"},
            {"service_id": "PSVC002"},
        ),
        ({"payload": json.dumps(FORM)}, {"service": "PSVC002"}),
    ]
    for form, inputs in cases:
        with anew() as (sim, act):
            result = act(event={"inputs": form}, from_=None, port_client_id=None, **inputs)
            assert result.code == 0, result.log
            ((_, body, requester),) = [one for one in sent(sim) if one[0] == "/incidents"]
            incident = body["incident"]
            assert (incident["title"], incident["urgency"]) == ("Down", "low")
            assert (incident["service"]["id"], requester) == ("PSVC002", "grace@example.com")
            warnings = result.annotations("warning")
            assert all(one.startswith("Nothing is reported to Port") for one in warnings)
