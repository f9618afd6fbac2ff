"""``operation: change-event``: responders see what was changed next to incidents."""

from __future__ import annotations

from typing import Any

from harness import ROUTING_KEY, Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator

SHA = "0123456789abcdef0123456789abcdef01234567"
RUN = "https://github.com/octo/shop/actions/runs/4711"


def sent(sim: Simulator) -> dict[str, Any]:
    (event,) = [e.json for e in sim.exchanges if e.api == "events"]
    assert event["routing_key"] == ROUTING_KEY
    return {name: member for name, member in event.items() if name != "routing_key"}


def test_a_deployment_is_shown_on_the_service(sim: Simulator, act: Action) -> None:
    act.environment |= {"GITHUB_SHA": SHA, "GITHUB_ACTOR": "ada"}
    event = from_port(sim, "PSVC001")
    result = act("change-event", event=event, pagerduty_token=None, environment="production")

    assert result.code == 0, result.log
    summary = "octo/shop: Page ran (production, main, 0123456, run #12)"
    (change,) = sim.pagerduty.state.change_events["PSVC001"]
    assert change["summary"] == summary
    assert sent(sim) == {
        "payload": {
            "summary": summary,
            "source": "octo/shop",
            "custom_details": {
                "environment": "production",
                "repository": "octo/shop",
                "commit": SHA,
                "ref": "main",
                "run": RUN,
                "actor": "ada",
            },
        },
        "links": [
            {"href": RUN, "text": "Workflow run"},
            {"href": f"https://github.com/octo/shop/commit/{SHA}", "text": "Commit"},
        ],
    }
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert f"PagerDuty accepted the change event: {summary}." in log
    assert (result.outputs["entity"], result.outputs["incident-id"]) == ("", "")
    assert ROUTING_KEY not in result.everything


def test_what_the_user_gives_comes_first(sim: Simulator, act: Action) -> None:
    result = act(
        "change-event",
        summary="x" * 2000,
        source="checkout",
        custom_details='{"version": "1.4.2", "ref": "release"}',
        links="https://grafana.example.com",
        timestamp="2026-12-01T03:10:00Z",
    )
    event = sent(sim)
    payload, details = event["payload"], event["payload"]["custom_details"]
    assert (len(payload["summary"]), payload["source"]) == (1024, "checkout")
    assert payload["timestamp"] == "2026-12-01T03:10:00Z"
    assert (details["version"], details["ref"], details["run"]) == ("1.4.2", "release", RUN)
    assert event["links"][0] == {"href": "https://grafana.example.com"}
    assert "Input 'summary' has 2000 characters" in result.annotations("warning")[0]


def test_outside_of_github_only_what_is_known_is_sent(sim: Simulator, act: Action) -> None:
    names = ("REPOSITORY", "RUN_ID", "RUN_NUMBER", "WORKFLOW", "REF_NAME")
    act.environment = {f"GITHUB_{name}": "" for name in names}
    assert act("change-event").code == 0
    payload = {"summary": "GitHub Actions: a workflow ran", "source": "GitHub Actions"}
    assert sent(sim) == {"payload": payload}


def test_what_may_have_been_processed_is_not_repeated(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", api="events", status=429))
    assert act("change-event").code == 0
    sim.faults.add(Fault("reset", api="events", processed=True))
    assert act("change-event").code == 1
    assert len(sim.pagerduty.state.change_events["PSVC001"]) == 2


def test_without_a_routing_key_nothing_is_sent(sim: Simulator, act: Action) -> None:
    result = act("change-event", routing_key=None)
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "routing-key" in error
    assert all(e.api == "port" for e in sim.exchanges)
