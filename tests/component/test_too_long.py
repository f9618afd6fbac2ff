"""Too long, too odd: a page matters more than its text, and no text is lost."""

from __future__ import annotations

import json

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Simulator

LONG = "x" * 3000
LONGER = "é" * 200_000


def test_a_long_title_and_details_are_cut_and_the_whole_text_is_in_the_summary(
    sim: Simulator, act: Action
) -> None:
    event = from_port(sim, "PSVC001", title=LONG, details=LONGER)
    result = act(event=event)

    assert result.code == 0, result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["title"] == "x" * 1023 + "…"
    assert incident["body"]["details"].startswith("éééé")
    warnings = " ".join(result.annotations("warning"))
    assert "'title' has 3000 characters" in warnings
    assert "'details' has 200000 characters" in warnings
    assert LONG in result.summary
    assert LONGER in result.summary


def test_a_long_event_is_cut_below_pagerdutys_512_kb(sim: Simulator, act: Action) -> None:
    details = json.dumps({"log": '"\\' * 400_000})
    event = from_port(
        sim, "PSVC001", summary=LONG, source=LONG, dedup_key="k" * 400, custom_details=details
    )
    result = act("trigger", event=event)

    assert result.code == 0, result.log
    (sent,) = [e for e in sim.exchanges if e.api == "events"]
    assert len(sent.body) <= 512 * 1024
    assert len(sent.json["payload"]["summary"]) == 1024
    assert len(sent.json["dedup_key"]) == 255
    assert result.outputs["dedup-key"] == sent.json["dedup_key"]
    warnings = " ".join(result.annotations("warning"))
    for name in ("summary", "source", "dedup-key", "custom-details"):
        assert f"'{name}' has" in warnings


def test_two_long_keys_that_differ_at_the_end_stay_two(sim: Simulator, act: Action) -> None:
    for end in ("a", "b"):
        act("trigger", dedup_key="k" * 300 + end, summary="Down")
    assert len(sim.pagerduty.state.incidents) == 2


@pytest.mark.parametrize("odd", ["NUL \x00 here", "lone \ud800 surrogate", "\udcff"])
def test_nul_and_lone_surrogates_do_not_break_the_page(
    sim: Simulator, act: Action, odd: str
) -> None:
    event = from_port(sim, "PSVC001", title=odd, details=odd)
    result = act(event=event)

    assert result.code == 0, result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    expected = odd.replace("\x00", "\ufffd").replace("\ud800", "\ufffd").replace("\udcff", "\ufffd")
    assert incident["title"] == expected
    assert incident["body"]["details"] == expected
    assert incident["id"] in sim.port.state.entities["pagerdutyIncident"]


def test_neither_do_those_that_json_escapes(sim: Simulator, act: Action) -> None:
    details = r'{"a\u0000": ["x\ud800", 1, {"b": "\u0000"}, null]}'
    result = act("trigger", custom_details=details, port_client_id=None)
    assert result.code == 0, result.log
    (sent,) = [e.json["payload"]["custom_details"] for e in sim.exchanges if e.api == "events"]
    assert sent == {"a\ufffd": ["x\ufffd", 1, {"b": "\ufffd"}, None]}


def test_a_log_line_over_ports_limit_is_cut(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="y" * 30_000)
    act(event=event)
    run = sim.port.state.runs[run_id_of(event)]
    assert all(len(text) <= 10_000 for text in run.logs)
    assert run.logs[0].startswith("Creating an incident on service PSVC001 in PagerDuty: yyy")
