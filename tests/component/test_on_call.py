"""``operation: on-call``: who is on call, for a service, a policy or a schedule."""

from __future__ import annotations

import json

import pytest

from harness import Action, from_port, run_id_of
from markdown import plain
from pd_incident_action.pagerduty.directory import OnCalls
from pd_incident_action.pagerduty.models import OnCall
from pd_incident_simulator import Simulator


def test_a_click_on_the_service_tells_who_is_on_call(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001")
    result = act.succeed("on-call", event=event)

    assert result.outputs["on-call-emails"] == "ada@example.com,grace@example.com"
    first, second = json.loads(result.outputs["on-call"])
    assert (first["level"], first["user"]) == (1, "Ada Lovelace")
    assert (second["level"], second["email"]) == (2, "grace@example.com")
    entity = sim.port.state.entities["pagerdutyService"]["PSVC001"]
    assert entity["properties"]["oncall"] == "ada@example.com"
    assert result.outputs["entity-identifier"] == "PSVC001"
    log = plain("\n".join(sim.port.state.runs[run_id_of(event)].logs))
    assert "On call for service Checkout: Ada Lovelace (level 1" in log
    assert ", Grace Hopper (level 2, after 30 min, always)." in log
    assert (
        "Level 2: Grace Hopper grace@example.com, always, through Platform, paged after 30 min"
    ) in log
    assert (first["after_minutes"], second["after_minutes"]) == (0, 30)
    assert "Ada Lovelace" in result.summary
    assert result.outputs["incident-id"] == ""
    assert [e for e in sim.exchanges if e.api == "pagerduty" and e.method != "GET"] == []


def test_a_page_that_would_reach_nobody_is_a_warning(sim: Simulator, act: Action) -> None:
    checkout = sim.pagerduty.state.services["PSVC001"]
    sim.pagerduty.state.escalation_policies["PPOL002"]["escalation_rules"] = []
    then = "2020-01-01T00:00:00Z"
    for given, status, warning in [
        ({"escalation_policy": "nobody"}, "active", "escalation policy Nobody would reach nobody"),
        ({"schedule": "PSCHED2", "at": then}, "active", f"at {then}, or no escalation policy uses"),
        ({"service": "PSVC001"}, "disabled", "Service Checkout is disabled: a page would reach"),
        ({"service": "PSVC001", "at": "1d"}, "disabled", ""),
        ({"service": "PSVC001"}, "active", "Service Checkout is in maintenance: a page"),
    ]:
        checkout["status"] = status
        if "in maintenance" in warning:
            act("maintenance", service="PSVC001", end="1h")
        result = act.succeed("on-call", **given)
        assert [warning in one for one in result.annotations("warning")] == [True] * bool(warning)


def test_levels_with_nobody_on_call_are_named(act: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    grace = OnCall.read({"escalation_level": 2, "user": {"summary": "Grace Hopper"}})
    monkeypatch.setattr(OnCalls, "find", lambda *_, **__: iter([grace]))
    result = act("on-call", escalation_policy="Platform")
    assert (
        "for escalation policy Platform: Grace Hopper (level 2, after 30 min, always)."
        in result.log
    )
    assert result.annotations("warning") == [
        "Nobody is on call on level 1 of escalation policy Platform."
    ]


def test_a_schedule_that_several_policies_use_counts_once(sim: Simulator, act: Action) -> None:
    policies = sim.pagerduty.state.escalation_policies
    policies["PPOL003"]["escalation_rules"] = policies["PPOL001"]["escalation_rules"][:1]
    result = act("on-call", schedule="PSCHED1")
    (entry,) = json.loads(result.outputs["on-call"])
    assert (entry["email"], entry["schedule"]) == ("ada@example.com", "Platform primary")
    assert result.outputs["entity"] == ""
    assert "On call for schedule Platform primary: Ada Lovelace (level 1, until" in result.log


def test_who_is_next_is_told_where_it_is_known(sim: Simulator, act: Action) -> None:
    sim.pagerduty.state.schedules["PSCHED1"].users = ("PUSER1", "PUSER3", "PUSER2")
    result = act("on-call", schedule="Platform primary")
    (entry,) = json.loads(result.outputs["on-call"])
    assert entry["next"]["from"] == entry["until"]
    assert f"; next {entry['next']['user']} from {entry['until']}" in result.log
    first, second = json.loads(act("on-call", service="Checkout").outputs["on-call"])
    assert (first["next"], second["next"]) == (entry["next"], None)


def test_another_time_leaves_the_catalog_alone(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC002")
    before = json.dumps(sim.port.state.entities["pagerdutyService"], sort_keys=True)
    result = act.succeed("on-call", event=event, at="7d")
    assert result.outputs["on-call-emails"] == "grace@example.com,linus@example.com"
    after = json.dumps(sim.port.state.entities["pagerdutyService"], sort_keys=True)
    assert after == before


def test_what_is_wrong_is_refused(sim: Simulator, act: Action) -> None:
    for given, words in [
        ({"at": "someday"}, "Input 'at' must be a time such as"),
        ({}, "Set 'service', 'escalation-policy' or 'schedule'."),
        (
            {"schedule": "a", "escalation_policy": "b"},
            "'escalation-policy' or 'schedule', not both",
        ),
        ({"schedule": "PSCHED1", "at": "91d"}, "PagerDuty plans shifts 90 days ahead"),
        ({"service": "Chekout"}, "did you mean Checkout (PSVC001)"),
        ({"service": "PSVC999"}, "find service PSVC999 of input 'service': it answered 404"),
    ]:
        assert words in act.fail("on-call", **given)
        assert any(one.api == "pagerduty" for one in sim.exchanges) is ("service" in given)
