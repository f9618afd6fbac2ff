"""No secret is ever shown, in no form, also when an API repeats it."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from harness import (
    ACCOUNT_TOKEN,
    CLIENT_SECRET,
    ROUTING_KEY,
    Action,
    Result,
    from_port,
    run_id_of,
)
from pd_incident_simulator import Fault, Simulator

SECRETS = (ACCOUNT_TOKEN, ROUTING_KEY, CLIENT_SECRET, "port-access-token-1")
INPUTS = {"create": {"title": "Down"}, "trigger": {"summary": "Down"}}


def forms(secret: str) -> set[str]:
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], encoded[:-1]}


def assert_hidden(result: Result, sim: Simulator, *secrets: str) -> None:
    runs = [[*run.logs, run.summary, run.status_label] for run in sim.port.state.runs.values()]
    shown = result.everything + json.dumps([runs, sim.port.state.entities], ensure_ascii=False)
    for secret in secrets or SECRETS:
        for form in forms(secret):
            assert form.lower() not in shown.lower()


def assert_masked_before_use(result: Result, *secrets: str) -> None:
    lines = result.log.splitlines()
    for secret in secrets:
        (mask,) = [n for n, line in enumerate(lines) if line == f"::add-mask::{secret}"]
        assert not any(secret in line for line in lines[:mask])


@pytest.mark.parametrize(
    ("operation", "api"),
    [("create", "pagerduty"), ("create", "port"), ("trigger", "events")],
)
def test_an_api_that_repeats_the_request_gives_nothing_away(
    sim: Simulator, act: Action, operation: str, api: str
) -> None:
    sim.faults.add(Fault("echo", api=api, count=None, status=400))
    event = from_port(sim, "PSVC001", **INPUTS[operation])
    result = act(operation, event=event, timeout="4s")
    assert_hidden(result, sim)
    assert_masked_before_use(result, ACCOUNT_TOKEN, ROUTING_KEY, CLIENT_SECRET)
    assert "***" in result.log or api == "port"


def test_success_gives_nothing_away(sim: Simulator, act: Action) -> None:
    for operation, inputs in INPUTS.items():
        result = act(operation, event=from_port(sim, "PSVC001", **inputs))
        assert result.code == 0
        assert_hidden(result, sim)
        assert_masked_before_use(result, *SECRETS)


def test_a_secret_pasted_into_the_title_stays_out_of_logs_and_catalog(
    sim: Simulator, act: Action
) -> None:
    event = from_port(sim, "PSVC001", title=f"key is {ACCOUNT_TOKEN}", details=CLIENT_SECRET)
    result = act(event=event)
    assert result.code == 0
    assert_hidden(result, sim)
    (entity,) = sim.port.state.entities["pagerdutyIncident"].values()
    assert entity["title"] == "key is ***"
    assert sim.port.state.runs[run_id_of(event)].logs


def test_a_secret_pasted_into_a_key_stays_out_of_identifiers(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", summary="Down", dedup_key=f"host {CLIENT_SECRET}")
    result = act("trigger", event=event, pagerduty_token=None)
    assert result.code == 0
    assert_hidden(result, sim)
    assert [*sim.port.state.entities["pagerdutyIncident"]] == ["host-redacted"]


def test_a_dry_run_tries_out_the_entity_without_secrets(sim: Simulator, act: Action) -> None:
    result = act(title=f"x {CLIENT_SECRET}", service="PSVC001", dry_run="true")
    assert result.code == 0
    assert_hidden(result, sim)
    (tried,) = [e.json for e in sim.exchanges if "validation_only" in e.query]
    assert tried["title"] == "x ***"
