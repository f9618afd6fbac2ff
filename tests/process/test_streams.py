"""Nobody has to read what a run writes: the page goes out, and the exit code says what happened."""

from __future__ import annotations

import sys

import pytest

from harness import Action
from pd_incident_simulator import Simulator

BROKEN = {
    "closed": "os.close({0})",
    "without a reader": "r, w = os.pipe(); os.close(r); os.dup2(w, {0})",
    "not for writing": "os.dup2(os.open(os.devnull, os.O_RDONLY), {0})",
    "full": "os.dup2(os.open('/dev/full', os.O_WRONLY), {0})",
    "never read": (
        "r, w = os.pipe(); os.set_inheritable(r, True); os.write(w, bytes(65536)); os.dup2(w, {0})"
    ),
}


def break_streams(act: Action, how: str, *descriptors: int) -> None:
    """Start the action with broken standard streams from now on."""
    breaking = "\n".join(BROKEN[how].format(one) for one in descriptors)
    code = f"import os, sys\n{breaking}\nos.execv(sys.argv[1], sys.argv[1:])"
    act.command = (sys.executable, "-c", code, *act.command)


@pytest.mark.parametrize(
    ("how", "descriptors"),
    [("full", (1,)), ("closed", (2,)), *((how, (0, 1, 2)) for how in BROKEN)],
)
def test_a_page_goes_out_although_nobody_reads_about_it(
    sim: Simulator, act: Action, how: str, descriptors: tuple[int, ...]
) -> None:
    break_streams(act, how, *descriptors)
    result = act(title="Down", service="PSVC001")
    assert (result.code, result.stderr) == (0, "")
    (incident,) = sim.pagerduty.state.incidents
    assert result.outputs["incident-id"] == incident
    assert incident in sim.port.state.entities["pagerdutyIncident"]
    assert "Created incident" in result.summary
    assert ("Created incident" in result.log) is (1 not in descriptors)


def test_a_failure_is_one_although_nobody_reads_about_it(sim: Simulator, act: Action) -> None:
    break_streams(act, "never read", 1, 2)
    result = act(title="Down", service="PNOSUCH")
    assert (result.code, result.log, result.stderr) == (1, "", "")
    assert "PNOSUCH" in result.summary
    assert sim.pagerduty.state.incidents == {}
