"""``operation: sync``: PagerDuty's account is synced to Port's catalog, again and again."""

from __future__ import annotations

import json
import re
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from harness import ROOT, Action, Anew, from_port, run_id_of
from pd_incident_action.pagerduty import incident_lists
from pd_incident_action.sync import readers
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.pagerduty.schedule_model import Override
from pd_incident_simulator.pagerduty.seed_history import seed_incidents

BULK = "/v1/blueprints/pagerdutyIncident/entities/bulk"


def entities(sim: Simulator, blueprint: str = "pagerdutyIncident") -> dict[str, dict[str, Any]]:
    return sim.port.state.entities[blueprint]


def count(sim: Simulator, api: str, method: str, path: str) -> int:
    asked = [one for one in sim.exchanges if (one.api, one.method, one.path) == (api, method, path)]
    return len(asked)


def test_services_incidents_and_who_is_on_call_are_synced(sim: Simulator, act: Action) -> None:
    state = sim.pagerduty.state
    seed_incidents(state, 130, "PSVC001", status="triggered")
    seed_incidents(state, 20, "PSVC002", status="acknowledged", days=500)
    seed_incidents(state, 10, "PSVC001", status="resolved")
    event = from_port(sim, None)
    result = act("sync", event=event)

    assert result.code == 0, result.log
    assert len(entities(sim)) == 150
    for identifier, entity in entities(sim).items():
        incident = state.incidents[identifier]
        assert entity["title"] == incident["title"]
        assert entity["properties"]["status"] == incident["status"]
        assert entity["properties"]["created_at"] == incident["created_at"]
        assert entity["relations"] == {"pagerdutyService": [incident["service"]["id"]]}
    services = entities(sim, "pagerdutyService")
    on_call = {name: service["properties"].get("oncall") for name, service in services.items()}
    assert on_call == {
        "PSVC001": "ada@example.com",
        "PSVC002": "grace@example.com",
        "PSVC003": "ada@example.com",
    }
    outputs = {name: result.outputs[name] for name in ("written", "failed", "deleted", "entity")}
    assert outputs == {"written": "153", "failed": "0", "deleted": "0", "entity": ""}
    assert "153 entities written" in result.annotations("notice")[0]
    assert "153 entities written" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert "Synced to Port" in result.summary
    assert count(sim, "port", "POST", BULK) == 8
    assert count(sim, "pagerduty", "GET", "/oncalls") == 1


def test_a_second_run_changes_nothing_and_a_third_what_changed(sim: Simulator, act: Action) -> None:
    first, *_ = seed_incidents(sim.pagerduty.state, 25, status="triggered")
    act("sync")
    before = json.loads(json.dumps(entities(sim)))
    result = act("sync")
    assert result.code == 0, result.log
    assert entities(sim) == before

    first |= {"status": "resolved", "assignments": []}
    result = act("sync")
    assert result.code == 0, result.log
    properties = entities(sim)[first["id"]]["properties"]
    assert properties["status"] == "resolved"
    assert properties["responder"] is None
    assert result.outputs["written"] == "28"


def test_only_what_is_named_is_synced(anew: Anew) -> None:
    for what, never, properties in [
        ("incidents", {"/services", "/oncalls"}, set()),
        ("services", {"/incidents", "/oncalls"}, {"status", "url"}),
        ("on-call", {"/incidents"}, {"oncall"}),
        ("on-call, Services", {"/incidents"}, {"oncall", "status", "url"}),
    ]:
        with anew() as (sim, act):
            seed_incidents(sim.pagerduty.state, 1, status="triggered")
            entities(sim, "pagerdutyService").clear()
            result = act("sync", what=what)
            assert result.code == 0, result.log
            assert not {one.path for one in sim.exchanges} & never
            assert bool(entities(sim)) is ("incidents" in what)
            services = entities(sim, "pagerdutyService").values()
            # An incident brings its service along.
            assert len(services) == (1 if what == "incidents" else 3)
            assert {name for one in services for name in one["properties"]} == properties


def test_a_click_on_a_service_syncs_that_service_alone(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 5, "PSVC001", status="triggered")
    seed_incidents(sim.pagerduty.state, 7, "PSVC002", status="triggered")
    result = act("sync", event=from_port(sim, "PSVC002", what="incidents"))
    assert result.code == 0, result.log
    assert len(entities(sim)) == 7
    assert "oncall" not in entities(sim, "pagerdutyService")["PSVC002"]["properties"]


def test_names_of_services_and_a_period_are_understood(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 10, "PSVC001", days=100)
    seed_incidents(sim.pagerduty.state, 10, "PSVC003", days=100)
    result = act("sync", service="checkout, Payments", status="resolved", since="55d")
    assert result.code == 0, result.log
    assert len(entities(sim)) == 5


def test_more_incidents_than_pagerduty_lists_at_once_are_synced(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (incident_lists, readers):
        monkeypatch.setattr(module, "MAX_LISTED", 200)
    seed_incidents(sim.pagerduty.state, 350, status="resolved", days=300)
    result = act("sync", status="resolved", what="incidents")
    assert result.code == 0, result.log
    assert len(entities(sim)) == 350
    assert result.outputs["written"] == "350"
    pages = [e for e in sim.exchanges if e.path == "/incidents" and e.query["limit"] == ["100"]]
    assert 4 <= len(pages) <= 8
    assert all("since" in page.query for page in pages)


def test_entities_of_incidents_that_are_gone_are_deleted_only_on_request(
    sim: Simulator, act: Action
) -> None:
    kept, gone = seed_incidents(sim.pagerduty.state, 2, status="triggered")
    act("sync")
    del sim.pagerduty.state.incidents[gone["id"]]
    result = act("sync")
    assert result.code == 0
    (warning,) = result.annotations("warning")
    assert f"PagerDuty doesn't have: {gone['id']}" in warning
    assert set(entities(sim)) == {kept["id"], gone["id"]}
    result = act("sync", delete_missing="true")
    assert result.outputs["deleted"] == "1"
    assert set(entities(sim)) == {kept["id"]}


def test_another_account_does_not_empty_the_catalog(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 30, status="triggered")
    act("sync", what="incidents")
    sim.pagerduty.state.incidents.clear()
    result = act("sync", what="incidents", delete_missing="true")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "Nothing was deleted: PagerDuty has none of the 30 incidents" in error
    assert "another PagerDuty account" in error
    assert "Partly synced PagerDuty to Port: 0 entities written" in result.summary
    assert len(entities(sim)) == 30


def test_a_rate_limit_is_kept_without_a_refusal(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 10, status="triggered")
    act("sync", what="incidents")
    needed = len([one for one in sim.exchanges if one.api == "pagerduty"])
    sim.pagerduty.state.rate_limit = (needed - 1, 300)
    result = act("sync", what="incidents")
    assert result.code == 1
    error = "PagerDuty was not asked to list the incidents: it allows the next requests"
    assert error in result.annotations("error")[0]
    assert [one for one in sim.exchanges if one.status == 429] == []


def test_trouble_that_heals_loses_nothing(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 100, status="triggered")
    sim.faults.add(Fault("status", api="port", path=BULK, status=503, count=2))
    sim.faults.add(Fault("reset", api="pagerduty", path="/incidents", skip=1))
    result = act("sync")
    assert result.code == 0, result.log
    assert len(entities(sim)) == 100


def test_an_entity_that_port_refuses_is_named_and_the_others_are_written(
    sim: Simulator, act: Action
) -> None:
    wrong, *_ = seed_incidents(sim.pagerduty.state, 30, status="triggered")
    wrong["html_url"] = "nonsense"
    result = act("sync")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert f"Port failed to write entity '{wrong['id']}': it answered 422" in error
    assert "url" in error
    assert len(entities(sim)) == 29
    assert (result.outputs["written"], result.outputs["failed"]) == ("32", "1")


def test_what_is_not_there_is_named(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 3, status="triggered")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"blueprint": "noSuchBlueprint"}, "show blueprint 'noSuchBlueprint'"),
        # It isn't one without incidents.
        ({"service": "PGONE01"}, "find service PGONE01 of input 'service'"),
        ({"pagerduty_token": "wrong"}, "PagerDuty failed to count the incidents: it answered 401"),
    ]
    for inputs, problem in cases:
        result = act("sync", what="incidents", **inputs)
        assert result.code == 1
        assert problem in result.annotations("error")[0]
        assert entities(sim) == {}
    assert "Stopped early. Incidents: 0 read, 0 written" in result.log


def test_wrong_inputs_are_named_before_anything_is_sent(sim: Simulator, act: Action) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"what": "teams"}, "'what' must be one of services, incidents, on-call"),
        ({"what": " , "}, "'what' must name at least one"),
        ({"status": "open"}, "must be one of triggered, acknowledged, resolved, not 'open'"),
        ({"since": "soon"}, "'since' must be a time"),
        ({"since": "2d", "until": "3d"}, "'since' is not before the end"),
        ({"delete_missing": "perhaps"}, "'delete-missing' must be true or false"),
        ({"port_client_id": None}, "port-client-id' is empty, but sync needs it"),
    ]
    for inputs, problem in cases:
        result = act("sync", **inputs)
        assert result.code == 1
        assert problem in "\n".join(result.annotations("error"))
        assert [one for one in sim.exchanges if one.api == "pagerduty"] == []


def test_port_that_is_down_ends_it_and_tells_how_far_it_got(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 100, status="triggered")
    down = Fault("status", api="port", path=BULK, status=503, headers={"Retry-After": "1000"})
    sim.faults.add(replace(down, count=None))
    result = act("sync", what="incidents")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert re.search(r"Port may have failed to write 20 entities .* it answered 503", error)
    assert "Stopped early. Incidents: " in result.log
    assert entities(sim) == {}


def test_a_dry_run_reads_and_writes_nothing(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 250, status="triggered")
    result = act("sync", what="incidents", dry_run="true")
    assert result.code == 0, result.log
    assert entities(sim) == {}
    assert "250 entities written" in result.annotations("notice")[0]
    assert "Further requests like these, not shown: 8." in result.annotations("warning")
    assert len(json.loads(result.outputs["plan"])["requests"]) == 5


def test_cancelled_it_tells_how_far_it_got_and_another_run_completes_it(
    sim: Simulator, act: Action
) -> None:
    seed_incidents(sim.pagerduty.state, 300, status="triggered")
    sim.faults.add(Fault("slow", api="port", path=BULK, count=None, seconds=0.3))
    process = act.start("sync", event=from_port(sim, None), what="incidents")
    latest = time.monotonic() + 15
    while count(sim, "port", "POST", BULK) < 6:
        assert time.monotonic() < latest, "it never began"
        time.sleep(0.01)
    cancelled = time.monotonic()
    process.process.send_signal(signal.SIGTERM)
    result = process.wait(20)
    assert result.code == 1
    assert time.monotonic() - cancelled < 5
    assert "Stopped early. Incidents:" in result.log
    assert "cancelled" in result.annotations("error")[0]
    assert 0 < len(entities(sim)) < 300

    sim.faults.clear()
    assert act("sync", what="incidents").code == 0
    assert len(entities(sim)) == 300


def test_when_the_time_is_up_it_tells_how_far_it_got(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 300, status="triggered")
    sim.faults.add(Fault("slow", api="port", path=BULK, count=None, seconds=1.5))
    result = act("sync", what="incidents", timeout="2s")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "Not everything was synced in time (Incidents:" in error
    assert "raise timeout" in error
    assert int(result.outputs["written"]) < 300


def test_the_scheduled_examples_sync_everything(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 30, "PSVC001", status="triggered")
    seed_incidents(sim.pagerduty.state, 20, "PSVC002", status="resolved", days=60)
    folder = ROOT / "examples/scheduled"
    example = yaml.safe_load((folder / "sync.yml").read_text(encoding="utf-8"))
    result = act(**inputs_of(example["jobs"]["sync"]["steps"][0]))
    assert result.code == 0, result.log
    assert len(entities(sim)) == 30

    jobs = yaml.safe_load((folder / "sync-sharded.yml").read_text(encoding="utf-8"))["jobs"]
    planned = act(**inputs_of(jobs["plan"]["steps"][0]))
    assert set(jobs["plan"]["outputs"]) == {"matrix", "count"} <= set(planned.outputs)
    for job in json.loads(planned.outputs["matrix"])["include"]:
        values = {f"${{{{ matrix.{name} }}}}": value for name, value in job.items()}
        result = act(**inputs_of(jobs["sync"]["steps"][0], values))
        assert result.code == 0, result.log
    assert len(entities(sim)) == 50


def inputs_of(step: dict[str, Any], values: dict[str, str] | None = None) -> dict[str, Any]:
    """Fill in a step's inputs; credentials come from elsewhere."""
    filled = {name: (values or {}).get(value, value) for name, value in step["with"].items()}
    return {
        name.replace("-", "_"): value for name, value in filled.items() if "secrets." not in value
    }


def test_who_is_paged_now_and_next_is_synced(sim: Simulator, act: Action) -> None:
    schedule = sim.pagerduty.state.schedules["PSCHED1"]
    begin = datetime.now(UTC) + timedelta(days=1)
    schedule.overrides.append(Override("QO", begin, begin + timedelta(hours=8), "PUSER4"))
    act("setup", actions="none", webhooks="false")
    result = act("sync")
    assert (result.code, result.annotations("warning")) == (0, []), result.log
    found = {
        name: entities(sim, f"pagerduty{kind}")[name]
        for kind, name in (
            ("EscalationPolicy", "PPOL001"),
            ("Schedule", "PSCHED1"),
            ("Schedule", "PSCHED3"),
            ("User", "PUSER1"),
            ("User", "PUSER4"),
            ("Service", "PSVC001"),
        )
    }
    shown = {name: entity["properties"] for name, entity in found.items()}
    assert found["PPOL001"]["relations"] == {"pagerdutySchedule": ["PSCHED1"]}
    assert shown["PPOL001"]["primaryOncall"] == "ada@example.com"
    assert shown["PPOL001"]["levels"] == [
        "1 (after 0 min): Platform primary",
        "2 (after 30 min): Grace Hopper",
    ]
    assert shown["PSCHED1"]["users"] == shown["PSCHED1"]["oncall"] == ["ada@example.com"]
    assert shown["PSCHED1"]["next_oncall"] == "margaret@example.com"
    for name in ("PSCHED1", "PUSER4"):
        assert shown[name]["next_oncall_at"] == f"{begin:%FT%TZ}"
    assert shown["PSCHED3"]["oncall"] == ["linus@example.com"]
    assert (shown["PUSER1"]["oncall"], shown["PUSER4"]["oncall"]) == (True, False)
    assert shown["PUSER1"]["oncall_for"] == ["Platform, level 1"]
    service = sim.pagerduty.state.services["PSVC001"]
    assert shown["PSVC001"]["escalation_policy"] == "Platform"
    assert shown["PSVC001"]["created_at"] == service["created_at"]

    schedule.overrides.clear()
    entities(sim, "pagerdutyUser")["PUSER1"]["properties"]["teams"] = ["Platform"]
    assert act("sync", what="schedules, users").code == 0
    assert entities(sim, "pagerdutyUser")["PUSER1"]["properties"]["teams"] == []
    assert entities(sim, "pagerdutySchedule")["PSCHED1"]["properties"]["next_oncall"] is None


def test_what_is_not_to_be_had_is_only_missed_if_it_was_asked_for(
    sim: Simulator, act: Action
) -> None:
    result = act("sync")
    assert (result.code, result.annotations("warning")) == (0, []), result.log
    assert "The users are not synced: Port failed to show blueprint 'pagerdutyUser'" in result.log
    assert act("sync", what="users").code == 1
    act("setup", actions="none", webhooks="false")
    sim.faults.add(Fault("status", api="pagerduty", path="/users", status=403, count=None))
    sim.faults.add(Fault("status", api="pagerduty", path="/v3/schedules", status=404, count=None))
    result = act("sync")
    assert result.code == 0, result.log
    assert "The users are not synced: PagerDuty failed to look up the user" in result.log
    assert len(entities(sim, "pagerdutyEscalationPolicy")) == 3
    assert act("sync", what="users").code == 1


def test_what_oceans_integration_has_is_filled_as_it_fills_it(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 1, "PSVC001", status="acknowledged")
    user = {"type": "string", "format": "user"}
    texts = {name: {"type": "string"} for name in ("status", "url", "escalation_policy")}
    service, incident = (
        sim.port.state.blueprints[f"pagerduty{one}"] for one in ("Service", "Incident")
    )
    service["schema"]["properties"] = texts | {
        "oncall": user,
        "secondaryOncall": user,
        "escalationLevels": {"type": "number"},
    }
    incident["schema"]["properties"] = texts | {
        "assignees": {"type": "array", "items": user},
        "priority": {"type": "string", "enum": ["P1", "P2"]},
        "triggered_by": {"type": "string"},
    }
    incident["relations"]["pagerdutyService"]["many"] = False
    result = act("sync", what="services, incidents, on-call")
    assert result.code == 0, result.log
    shown = entities(sim, "pagerdutyService")["PSVC001"]["properties"]
    assert (shown["oncall"], shown["secondaryOncall"]) == ("ada@example.com", "grace@example.com")
    assert shown["escalationLevels"] == 2
    (one,) = entities(sim).values()
    assert one["properties"]["assignees"] == ["ada@example.com"]
    assert one["properties"]["triggered_by"]
    assert one["relations"] == {"pagerdutyService": "PSVC001"}
