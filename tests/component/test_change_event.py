"""``operation: change-event``: responders see what was changed beside what broke."""

from __future__ import annotations

from harness import ROUTING_KEY, Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator

SHA = "0123456789abcdef0123456789abcdef01234567"


def test_a_deployment_is_shown_on_the_service(sim: Simulator, act: Action) -> None:
    act.environment |= {"GITHUB_SHA": SHA, "GITHUB_ACTOR": "ada"}
    event = from_port(sim, "PSVC001", summary="Checkout 1.4.2")
    result = act("change-event", event=event, pagerduty_token=None)

    assert result.code == 0, result.log
    (change,) = sim.pagerduty.state.change_events["PSVC001"]
    assert (change["summary"], change["source"]) == ("Checkout 1.4.2", "octo/shop")
    assert change["custom_details"]["commit"] == SHA
    assert change["custom_details"]["actor"] == "ada"
    hrefs = [link["href"] for link in change["links"]]
    assert hrefs == [
        "https://github.com/octo/shop/actions/runs/4711",
        f"https://github.com/octo/shop/commit/{SHA}",
    ]
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert "PagerDuty accepted the change event: Checkout 1.4.2." in log
    assert (result.outputs["entity"], result.outputs["incident-id"]) == ("", "")
    assert ROUTING_KEY not in result.everything


def test_without_any_input_the_run_is_named(sim: Simulator, act: Action) -> None:
    result = act("change-event")
    assert result.code == 0, result.log
    (change,) = sim.pagerduty.state.change_events["PSVC001"]
    assert change["summary"] == "octo/shop: Page ran (on main, run 12)"


def test_a_lost_answer_is_reported_and_the_event_not_repeated(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("reset", api="events", processed=True))
    result = act("change-event")
    assert result.code == 1
    assert len(sim.pagerduty.state.change_events["PSVC001"]) == 1
    assert act("change-event").code == 0


def test_a_routing_key_of_the_wrong_length_is_refused_by_pagerduty(act: Action) -> None:
    result = act("change-event", routing_key="R123")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "did not accept the change event: it answered 400" in error
    assert "check routing-key" in error


def test_a_routing_key_is_needed_and_times_are_checked(sim: Simulator, act: Action) -> None:
    result = act("change-event", routing_key=None, timestamp="noon")
    assert result.code == 1
    assert [error.split(";")[0].split(".")[0] for error in result.annotations("error")] == [
        "Input 'timestamp' must be an ISO 8601 time",
        "Input 'routing-key' is empty, but change-event needs it",
    ]
    assert all(e.api == "port" for e in sim.exchanges)
