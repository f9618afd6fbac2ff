"""What a severity sets off: responders, workflows and a status update, after the page, once."""

from __future__ import annotations

from typing import Any

from harness import Action, from_port
from pd_incident_simulator import Fault, Simulator

CONFIG = """\
severities:
  SEV-1:
    urgency: high
    responders: grace@example.com
    workflows: [Major incident bridge]
    status-update: On it
custom-fields: {cause: root_cause}
"""
PAGE: dict[str, Any] = {"title": "Down", "service": "PSVC001", "config": CONFIG}
SEV_1 = {**PAGE, "severity": "sev-1"}
EFFECTS = ["responder_requests", "instances", "status_updates"]


def effects(sim: Simulator) -> list[str]:
    """List what was done to incidents, in order, besides notes."""
    posts = [e.path.rpartition("/")[2] for e in sim.exchanges if e.method == "POST"]
    return [one for one in posts if one in {*EFFECTS, "incidents"}]


def test_effects_follow_the_page_once_in_the_incidents_life(sim: Simulator, act: Action) -> None:
    result = act(**SEV_1)
    assert result.code == 0, result.log
    assert effects(sim) == ["incidents", *EFFECTS]
    assert "Asked grace@example.com to help with incident #1234 Down" in result.log
    assert "Started workflow Major incident bridge on incident #1234 Down" in result.log
    assert 'Status update posted to #1234 Down: "On it"' in result.log

    act.environment["GITHUB_RUN_ATTEMPT"] = "2"
    assert act(**SEV_1).code == 0
    act.environment["GITHUB_RUN_ATTEMPT"] = "1"
    (incident,) = sim.pagerduty.state.incidents
    assert act("update", incident=incident, severity="SEV-1", config=CONFIG).code == 0
    assert [one for one in effects(sim) if one != "incidents"] == EFFECTS


def test_an_attempt_that_was_killed_after_the_page_leaves_them_to_the_next(
    sim: Simulator, act: Action
) -> None:
    plain: dict[str, Any] = {**SEV_1, "config": "severities: {SEV-1: {urgency: high}}"}
    assert act(**plain).code == 0
    act.environment["GITHUB_RUN_ATTEMPT"] = "2"
    assert act(**SEV_1).code == 0
    assert len(sim.pagerduty.state.incidents) == 1
    assert [one for one in effects(sim) if one != "incidents"] == EFFECTS


def test_a_twin_of_the_port_run_leaves_them_to_the_run_that_opened_it(
    sim: Simulator, act: Action
) -> None:
    event = from_port(sim, "PSVC001", title="Down", severity="SEV-1")
    assert act(event=event).code == 0
    result = act(event=event, config=CONFIG)
    assert "is already open" in result.log
    assert effects(sim) == ["incidents", "incidents"]

    another = from_port(sim, "PSVC001", title="Down", severity="SEV-1")
    assert act(event=another, config=CONFIG).code == 0
    assert effects(sim)[2:] == ["incidents", *EFFECTS]


def test_a_new_incident_has_them_where_another_was_open_already(
    sim: Simulator, act: Action
) -> None:
    asked = {"title": "Down", "severity": "SEV-1", "incident_key": "down", "enrich": "true"}
    for service in ("PSVC002", "PSVC001,PSVC002"):
        event = from_port(sim, None, **asked, service=service)
        assert act(event=event, config=CONFIG, custom_fields='{"cause": "x"}').code == 0
    done = [one for one in effects(sim) if one != "incidents"]
    assert done == [*EFFECTS, *EFFECTS]
    for incident in sim.pagerduty.state.incidents:
        notes = [one["content"] for one in sim.pagerduty.state.notes[incident]]
        assert sum(note.startswith("Workflow run") for note in notes) == 1
        assert sim.pagerduty.state.custom_field_values[incident] == {"root_cause": "x"}


def test_an_app_gets_the_scopes_that_they_take(sim: Simulator, act: Action) -> None:
    result = act(
        **SEV_1,
        pagerduty_token=None,
        pagerduty_client_id="pd-oauth-client",
        pagerduty_client_secret="pd-oauth-secret",
        pagerduty_subdomain="acme",
    )
    assert (result.code, result.annotations("warning")) == (0, []), result.log
    assert effects(sim) == ["incidents", *EFFECTS]


def test_a_resolved_incident_sets_nothing_off(sim: Simulator, act: Action) -> None:
    act(**PAGE)
    (incident,) = sim.pagerduty.state.incidents
    act("resolve", incident=incident)
    result = act("update", incident=incident, title="Was down", severity="SEV-1", config=CONFIG)
    assert (result.code, result.annotations("warning")) == (0, []), result.log
    assert effects(sim) == ["incidents"]


def test_what_fails_is_a_warning_and_spoils_no_other(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", api="pagerduty", path="*/responder_requests", status=403))
    sim.pagerduty.state.missing_abilities = {"incident_workflows"}
    result = act(**SEV_1)
    assert result.code == 0, result.log
    first, second = result.annotations("warning")
    opening = "Incident #1234 Down is open, but not everything that sev-1 sets off was done: "
    assert first.startswith(opening)
    assert "plan does not include Incident Workflows" in second
    assert "Status update posted" in result.log


def test_a_name_that_is_none_is_refused_where_it_is_configured(act: Action) -> None:
    config = CONFIG.replace("responders", f"responder-policy: {'x' * 256}\n    responders")
    result = act(**SEV_1 | {"config": config})
    assert "'severities.SEV-1.responder-policy' must be a name or an id" in result.log


def test_a_dry_run_shows_them(sim: Simulator, act: Action) -> None:
    result = act(**SEV_1, dry_run="true")
    assert result.code == 0, result.log
    assert {e.method for e in sim.exchanges if e.api == "pagerduty"} == {"GET"}
    assert "Major incident bridge" in result.summary


def test_custom_fields_are_set_on_the_new_incident(sim: Simulator, act: Action) -> None:
    result = act(**PAGE, custom_fields='{"cause": "disk full"}')
    assert result.code == 0, result.log
    assert 'Set root_cause to "disk full" on incident #1234 Down.' in result.log

    for value, warning in (
        ('{"nonsense": 1}', "without its custom fields: PagerDuty has no custom field 'nonsense'"),
        ("[1]", "Input 'custom-fields' was left out: it must be a JSON object"),
    ):
        result = act(**PAGE | {"title": value}, custom_fields=value)
        assert result.code == 0, result.log
        assert warning in "\n".join(result.annotations("warning"))
    assert len(sim.pagerduty.state.incidents) == 3
