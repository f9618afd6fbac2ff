"""The configuration file, names instead of ids, and an incident on each of several services."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness import Action, from_port
from markdown import plain
from pd_incident_simulator import Fault, Simulator

CONFIG = """\
from: grace@example.com
services: {default: shop, shop: PSVC001, pay: PSVC002}
escalation-policies: {pay: Platform}
severities:
  SEV-1: {urgency: high, priority: P1, severity: critical}
  SEV-4: {urgency: low}
assignees: {boss: linus@example.com}
"""


@pytest.fixture
def workspace(act: Action, tmp_path: Path) -> Path:
    """Check out a repository that has the file."""
    folder = tmp_path / "workspace"
    (folder / ".github").mkdir(parents=True)
    (folder / ".github/pd-incident.yml").write_text(CONFIG, encoding="utf-8")
    act.environment["GITHUB_WORKSPACE"] = str(folder)
    return folder


def reads(sim: Simulator) -> list[str]:
    """List what was looked up at PagerDuty, but for who was notified."""
    paths = [e.path for e in sim.exchanges if e.api == "pagerduty" and e.method == "GET"]
    return [path for path in paths if not path.endswith(("/log_entries", "/notification_rules"))]


@pytest.mark.usefixtures("workspace")
def test_the_file_stands_in_for_what_nobody_gave_and_costs_no_lookup(
    sim: Simulator, act: Action
) -> None:
    result = act(title="Down", severity="SEV-4", from_=None)
    assert result.code == 0, result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    assert (incident["service"]["id"], incident["urgency"]) == ("PSVC001", "low")
    (page,) = [e for e in sim.exchanges if e.method == "POST" and e.path == "/incidents"]
    assert page.headers["from"] == "grace@example.com"
    assert reads(sim) == []


@pytest.mark.usefixtures("workspace")
def test_the_file_names_the_policy_and_the_people(sim: Simulator, act: Action) -> None:
    assert act(title="Down", service="pay").code == 0
    assert act(title="Ask the boss", service="shop", assignee="boss").code == 0
    one, other = sim.pagerduty.state.incidents.values()
    assert one["escalation_policy"]["summary"] == "Platform"
    assert [a["assignee"]["summary"] for a in other["assignments"]] == ["Linus Low"]


def test_pagerdutys_own_names_are_looked_up_exactly(sim: Simulator, act: Action) -> None:
    result = act(title="Down", service="payments", escalation_policy="Platform")
    assert result.code == 0, result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["service"]["id"] == "PSVC002"
    assert incident["escalation_policy"]["summary"] == "Platform"


def test_an_unknown_name_pages_nobody_and_says_which_there_are(sim: Simulator, act: Action) -> None:
    result = act(title="Down", service="Chekcout")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "no service 'Chekcout'" in error
    assert "Checkout (PSVC001)" in error
    assert sim.pagerduty.state.incidents == {}


def test_a_wrong_file_is_reported_before_anything_is_sent(sim: Simulator, act: Action) -> None:
    for config, problem in [
        ("servces: {a: PSVC001}", "line 1) has an unknown key 'servces'. Did you mean"),
        ("region: mars", "'region' must be one of us or eu"),
        ("missing.yml", "names the file missing.yml, which can't be read"),
    ]:
        result = act(title="Down", service="PSVC001", config=config)
        assert result.code == 1
        (error,) = result.annotations("error")
        assert problem in error
        assert [e for e in sim.exchanges if e.api == "pagerduty"] == []


def test_who_dispatches_cannot_choose_the_file(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down", config="region: mars")
    assert act(event=event).code == 0


@pytest.mark.usefixtures("workspace")
def test_each_of_several_services_gets_an_incident(sim: Simulator, act: Action) -> None:
    event = from_port(sim, None, title="Down", service="shop, pay, Database", details="Since 3:10")
    result = act(event=event)
    assert result.code == 0, result.log
    incidents = list(sim.pagerduty.state.incidents.values())
    assert sorted(i["service"]["id"] for i in incidents) == ["PSVC001", "PSVC002", "PSVC003"]

    key = result.outputs["dedup-key"]
    assert {incident["incident_key"] for incident in incidents} == {key}
    for incident in incidents:
        assert "Since 3:10" in incident["body"]["details"]
        assert f"Correlation id: {key}" in incident["body"]["details"]
        (note,) = sim.pagerduty.state.notes[incident["id"]]
        assert f"Correlation id: {key}" in note["content"]
        others = [i["html_url"] for i in incidents if i is not incident]
        assert all(url in note["content"] for url in others)

    ids = result.outputs["incident-ids"].split(",")
    assert sorted(ids) == sorted(sim.pagerduty.state.incidents)
    assert sorted(sim.port.state.entities["pagerdutyIncident"]) == sorted(ids)
    assert (result.outputs["created"], result.outputs["incident-id"]) == ("true", ids[0])
    assert len(json.loads(result.outputs["response"])["incidents"]) == 3
    assert all(incident["html_url"] in result.summary for incident in incidents)


def test_everybody_hears_of_the_page_before_what_goes_with_it_is_done(
    sim: Simulator, act: Action
) -> None:
    for method, path in (("POST", "/incidents/*/notes"), ("GET", "/priorities")):
        sim.faults.add(Fault("status", "pagerduty", method, path, status=429, count=None))
    log = act(title="Down", service="PSVC001, PSVC002", port_client_id=None).log
    assert log.index("Created 2 of 2 incidents") < log.index("PagerDuty failed to add the note")
    result = act(title="Down", service="PSVC003", priority="P1", port_client_id=None)
    assert "without its priority" in result.annotations("warning")[0]
    asked = [one for one in sim.exchanges if one.path == "/priorities"]
    assert len(asked) < 10, "it took as long as it could"


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize(
    "service", ["Checkout,checkout", "pay, PSVC002, PAYMENTS", '["pay", "Pay"]']
)
def test_a_service_that_is_named_twice_gets_one_incident(
    sim: Simulator, act: Action, service: str
) -> None:
    result = act(title="Down", service=service)
    assert result.code == 0, result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    assert result.outputs["incident-ids"] == incident["id"]
    assert result.outputs["created"] == "true"
    assert sim.pagerduty.state.notes.get(incident["id"], []) == []
    assert [*sim.port.state.entities["pagerdutyIncident"]] == [incident["id"]]


@pytest.mark.usefixtures("workspace")
def test_several_pages_are_sent_concurrently(sim: Simulator, act: Action) -> None:
    sim.faults.add(
        Fault(api="pagerduty", method="POST", path="/incidents", kind="slow", seconds=2, count=3)
    )
    act(title="Down", service="shop,pay,PSVC003", port_client_id=None)
    pages = [e for e in sim.exchanges if e.method == "POST" and e.path == "/incidents"]
    assert len(pages) == 3
    assert max(e.arrived for e in pages) - min(e.arrived for e in pages) < 1.9


@pytest.mark.usefixtures("workspace")
def test_failures_are_reported_by_service_and_the_others_are_paged(
    sim: Simulator, act: Action
) -> None:
    event = from_port(sim, None, title="Down", service="shop,nonsense,PSVC999,pay")
    result = act(event=event)
    assert result.code == 1
    assert len(sim.pagerduty.state.incidents) == 2
    errors = result.annotations("error")
    assert [error.split("'")[1] for error in errors] == ["nonsense", "PSVC999"]
    assert all(error.startswith("Nobody was paged on service") for error in errors)
    assert len(sim.port.state.entities["pagerdutyIncident"]) == 2
    run = next(iter(sim.port.state.runs.values()))
    assert run.status == "FAILURE"
    assert "Created 2 of 4 incidents: " in result.annotations("notice")[0]
    assert all(error in plain("\n".join(run.logs)) for error in errors)
    assert all("nonsense" in text for text in (result.summary, run.summary))


def test_when_all_of_them_fail_nobody_is_said_to_be_paged(sim: Simulator, act: Action) -> None:
    result = act(title="Down", service="nonsense,PSVC999")
    assert result.code == 1
    assert len(result.annotations("error")) == 2
    assert result.annotations("notice") == []
    assert sim.pagerduty.state.incidents == {}


@pytest.mark.usefixtures("workspace")
def test_a_rerun_pages_none_of_them_twice(sim: Simulator, act: Action) -> None:
    event = from_port(sim, None, title="Down", service="shop,pay")
    act(event=event)
    result = act(event=event)
    assert result.code == 0, result.log
    assert len(sim.pagerduty.state.incidents) == 2
    assert result.outputs["created"] == "false"
    assert "Nobody was paged: Already open: #123" in result.log
