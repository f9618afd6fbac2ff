"""What an API says when it refuses is shown: in whatever shape, redacted and shortened."""

from __future__ import annotations

import json

from harness import CLIENT_SECRET, ROUTING_KEY, Action, from_port, run_id_of
from markdown import plain
from pd_incident_simulator import Fault, Simulator

WORDS = "Not on a Sunday"
BODIES = [
    json.dumps({"error": WORDS}),
    json.dumps({"error": {"message": WORDS}}),
    json.dumps({"message": WORDS, "code": 2001}),
    json.dumps({"errors": [WORDS]}),
    json.dumps({"errors": {"service": [WORDS]}}),
    json.dumps([{"message": WORDS}]),
    f"{WORDS}\n",
    f"<!DOCTYPE html><title>{WORDS}</title><body>…</body>",
]


def test_pagerdutys_and_ports_words_are_shown(sim: Simulator, act: Action) -> None:
    for body in BODIES:
        sim.faults.add(Fault("status", api="pagerduty", method="POST", status=400, body=body))
        (error,) = act(title="Down", service="PSVC001", port_client_id=None).annotations("error")
        assert WORDS in error
        sim.faults.add(Fault("status", api="events", status=400, body=body))
        (error,) = act("trigger", port_client_id=None).annotations("error")
        assert WORDS in error
        sim.faults.add(Fault("status", path="*/entities", status=422, body=body))
        result = act(title="Down", service="PSVC001")
        assert WORDS in " ".join(result.annotations("warning"))
        sim.faults.add(Fault("status", api="incident-io", status=422, body=body))
        result = act(provider="incident-io", incident_io_token="inc-api-key", title="Down")
        assert WORDS in result.annotations("error")[0]


def test_an_apis_words_are_redacted_before_they_are_shortened(sim: Simulator, act: Action) -> None:
    # The secret is where the text is cut.
    for length in range(440, 510, 10):
        words = "x" * length + ROUTING_KEY + " ::error::" + "y" * 10_000
        sim.faults.add(Fault("status", api="events", status=400, body=words))
        result = act("trigger", port_client_id=None)
        (error,) = result.annotations("error")
        assert len(error) < 1000
        assert ROUTING_KEY[:12] not in result.everything


def test_port_gets_no_secret_that_a_refusal_repeats(sim: Simulator, act: Action) -> None:
    body = json.dumps({"error": f"{CLIENT_SECRET} is wrong"})
    sim.faults.add(Fault("status", api="pagerduty", method="POST", status=403, body=body))
    event = from_port(sim, "PSVC001", title="Down")
    act(event=event)
    log = plain("\n".join(sim.port.state.runs[run_id_of(event)].logs))
    assert "*** is wrong" in log
    assert CLIENT_SECRET not in log


def test_the_routing_key_is_not_blamed_for_everything(sim: Simulator, act: Action) -> None:
    for status in [403, 404, 413]:
        sim.faults.add(Fault("status", api="events", status=status, body="<html>Blocked</html>"))
        (error,) = act("trigger", port_client_id=None).annotations("error")
        assert f'it answered {status} "Blocked"' in error
        assert "routing" not in error


def test_a_missing_from_is_named_by_the_input(sim: Simulator, act: Action) -> None:
    body = json.dumps({"error": "From header is required"})
    sim.faults.add(Fault("status", api="pagerduty", method="POST", status=400, body=body))
    (error,) = act(title="Down", service="PSVC001", from_=None).annotations("error")
    assert 'answered 400 "From header is required"' in error
    assert "set the input `from`" in error
