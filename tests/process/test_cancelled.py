"""A process that is sent a signal, at any moment of its life."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator

GRACE = 5.0


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("module", "number"),
    [
        ("pd_incident_action.process", signal.SIGTERM),
        ("ssl", signal.SIGINT),
        ("pydantic", signal.SIGTERM),
        ("pd_incident_action.operations.create", signal.SIGINT),
    ],
)
def test_cancelled_while_modules_are_loading(
    sim: Simulator, act: Action, module: str, number: signal.Signals
) -> None:
    code = (
        "import os, runpy, sys\n"
        "class Canceller:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {module!r}:\n"
        "            sys.meta_path.remove(self)\n"
        f"            os.kill(os.getpid(), {int(number)})\n"
        "sys.meta_path.insert(0, Canceller())\n"
        "runpy.run_path(sys.argv[1], run_name='__main__')\n"
    )
    interpreter, entrypoint = act.command
    act.command = (interpreter, "-c", code, entrypoint)
    result = act(title="Down", service="PSVC001")
    assert (result.code, result.stderr) == (1, "")
    assert result.log == (
        f"::error title=Cancelled::Nobody was paged: The job was cancelled ({number.name}) before "
        "anything was sent.\n"
    )
    assert sim.exchanges == []


def test_cancelled_while_pagerduty_does_not_answer(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("hang", api="pagerduty", method="POST", count=None, seconds=30))
    event = from_port(sim, "PSVC001", title="Down")
    process = act.start(event=event)
    wait_until(lambda: any(e.path == "/incidents" for e in sim.exchanges))
    started = time.monotonic()
    for _ in range(2):  # the runner sends several
        process.process.send_signal(signal.SIGINT)
    result = process.wait(20)

    assert time.monotonic() - started < GRACE
    assert (result.code, result.stderr) == (1, "")
    (error,) = result.annotations("error")
    assert "The job was cancelled (SIGINT)" in error
    run = sim.port.state.runs[run_id_of(event)]
    assert run.status == "FAILURE"
    assert run.status_label.endswith(": Cancelled")
    assert error.partition(";")[0] in "\n".join(run.logs)
    assert "cancelled" in result.summary
    assert sim.pagerduty.state.incidents == {}


def test_twins_open_one_incident(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    sim.faults.add(Fault("slow", api="pagerduty", method="POST", count=2, seconds=0.3))
    twins = [act.start(event=event) for _ in range(2)]
    results = [twin.wait(30) for twin in twins]

    assert [result.code for result in results] == [0, 0]
    assert len(sim.pagerduty.state.incidents) == 1
    assert sorted(result.outputs["created"] for result in results) == ["false", "true"]
    assert len({result.outputs["incident-id"] for result in results}) == 1
