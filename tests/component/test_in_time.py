"""A run ends within its timeout and five seconds, whatever the network does."""

from __future__ import annotations

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Simulator
from slow_servers import SLOW, serving, silent_resolver


def test_pagerduty_that_never_ends_its_answer(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    with serving(SLOW["drops of a header"]) as server:
        act.urls = {**act.urls, "pagerduty-api-url": f"http://{server.host}"}
        result = act(event=event, timeout="1s")
    assert (result.code, result.stderr) == (1, "")
    assert result.seconds < 1 + 5
    assert "it gave no answer in time" in result.annotations("error")[0]
    run = sim.port.state.runs[run_id_of(event)]
    assert run.status == "FAILURE"


def test_port_that_never_ends_its_answer(sim: Simulator, act: Action) -> None:
    with serving(SLOW["drops of a body"]) as server:
        act.urls = {**act.urls, "port-api-url": f"http://{server.host}"}
        result = act(title="Down", service="PSVC001", timeout="1s")
    assert (result.code, result.stderr) == (0, "")
    assert result.seconds < 1 + 5
    assert len(sim.pagerduty.state.incidents) == 1
    assert "it gave no answer in time" in result.annotations("warning")[0]


def test_a_resolver_that_does_not_answer(sim: Simulator, act: Action) -> None:
    with silent_resolver():
        result = act(title="Down", service="PSVC001", timeout="1s")
    assert (result.code, result.stderr) == (1, "")
    assert result.seconds < 1 + 5
    assert "it gave no answer in time" in result.annotations("error")[0]
    assert sim.pagerduty.state.incidents == {}
