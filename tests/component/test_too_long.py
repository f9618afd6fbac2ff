"""Too long, too odd: a page matters more than its text, and no text is lost."""

from __future__ import annotations

import json
from typing import Any

from harness import Action, Anew, from_port, run_id_of
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


def test_a_long_title_is_short_in_lines_and_annotations(sim: Simulator, act: Action) -> None:
    for operation in ["create", "trigger", "change-event"]:
        name = "title" if operation == "create" else "summary"
        event = from_port(sim, "PSVC001", **{name: "x" * 1000})
        result = act(operation, event=event)
        assert result.code == 0, result.log
        assert "x" * 119 + "…" in result.log
        lines = [*result.log.splitlines(), *sim.port.state.runs[run_id_of(event)].logs]
        assert [line for line in lines if "x" * 120 in line] == []


TEXTS = ("summary", "source", "component", "group", "class", "client")


def test_a_long_event_is_cut_below_pagerdutys_512_kb(sim: Simulator, act: Action) -> None:
    for text in ("x" * 100_000, "🔥" * 100_000, "\x01" * 100_000):
        links = [{"href": f"https://a.example/{n}", "text": text[:2000]} for n in range(99)]
        texts: dict[str, Any] = {name.replace("class", "class_"): text for name in TEXTS}
        result = act(
            "trigger",
            **texts,
            dedup_key=text,
            custom_details=json.dumps({"log": text * 4}),
            links=json.dumps(links),
            images=json.dumps(links).replace("href", "src"),
            port_client_id=None,
        )

        assert result.code == 0, result.log
        sent = [e for e in sim.exchanges if e.api == "events"][-1]
        # What is left over is for the details, which are the last to be cut no more than needed.
        assert 400_000 < len(sent.body) <= 500_100
        assert [len(sent.json["payload"][name]) for name in TEXTS[:-1]] == [1024] * 5
        assert len(sent.json["client"]) == 1024
        assert len(sent.json["dedup_key"]) == 255
        assert {len(link["text"]) for link in sent.json["links"]} == {1024}
        assert result.outputs["dedup-key"] == sent.json["dedup_key"]
        warnings = " ".join(result.annotations("warning"))
        for name in (*TEXTS, "dedup-key", "custom-details", "links", "images"):
            assert f"'{name}' has" in warnings


def test_long_change_events_and_fallback_alerts_are_cut_as_well(
    sim: Simulator, act: Action
) -> None:
    long = "🔥" * 200_000
    act("change-event", summary=long, source=long, custom_details=json.dumps({"log": long}))
    result = act(
        title=long,
        service="PSVC001",
        details=long,
        priority=long,
        incident_type=long,
        fallback="events",
        pagerduty_token="revoked",
    )
    assert result.code == 0, result.log
    change, alert = [e for e in sim.exchanges if e.api == "events"]
    assert 400_000 < len(change.body) <= 500_100
    details = alert.json["payload"].pop("custom_details")
    assert len(alert.json["payload"]["summary"]) == len(details["priority"]) == 1024
    assert len(details["details"]) == 65_535
    warnings = " ".join(result.annotations("warning"))
    for name in ("title", "details", "priority", "incident-type"):
        assert f"Input '{name}' has 200000 characters" in warnings


def test_a_url_that_is_too_long_for_a_link_is_left_out(sim: Simulator, act: Action) -> None:
    url = f"https://a.example/{'x' * 3000}"
    result = act("trigger", client_url=url, links=f"{url} https://b.example")
    (sent,) = [e.json for e in sim.exchanges if e.api == "events"]
    assert sent["links"] == [{"href": "https://b.example"}]
    assert sent["client_url"].startswith("https://github.com/")
    assert len(result.annotations("warning")) == 2


def test_two_long_keys_that_differ_at_the_end_stay_two(sim: Simulator, act: Action) -> None:
    for end in ("a", "b"):
        act("trigger", dedup_key="k" * 300 + end, summary="Down")
    assert len(sim.pagerduty.state.incidents) == 2


def test_nul_and_lone_surrogates_do_not_break_the_page(anew: Anew) -> None:
    for odd in ["NUL \x00 here", "lone \ud800 surrogate", "\udcff"]:
        with anew() as (sim, act):
            event = from_port(sim, "PSVC001", title=odd, details=odd)
            result = act(event=event)

            assert result.code == 0, result.log
            (incident,) = sim.pagerduty.state.incidents.values()
            expected = (
                odd.replace("\x00", "\ufffd")
                .replace("\ud800", "\ufffd")
                .replace("\udcff", "\ufffd")
            )
            assert incident["title"] == expected
            assert incident["body"]["details"] == expected
            assert incident["id"] in sim.port.state.entities["pagerdutyIncident"]


def test_nul_and_lone_surrogates_in_json_do_not_break_the_page(sim: Simulator, act: Action) -> None:
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
