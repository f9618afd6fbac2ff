"""What the time to page hangs on, checked where it is exact; the rest is in docs/performance.md."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

import private_ca
from harness import ROOT, Action, credentials, from_port, urls_of
from pd_incident_simulator import Simulator

MOST_MODULES = 400
NEVER_BEFORE_THE_PAGE = {"yaml", "difflib", "charset_normalizer", "github", "asyncio"}


def test_only_what_the_page_needs_is_loaded_before_it() -> None:
    code = (
        "import sys; sys.argv = ['entrypoint.py']; sys.path.insert(0, 'src');"
        "import pd_incident_action.main, pd_incident_action.operations.create;"
        "print(*sys.modules)"
    )
    loaded = subprocess.check_output(  # noqa: S603 - our own code
        [sys.executable, "-c", code], cwd=ROOT, text=True, env={"PYDANTIC_DISABLE_PLUGINS": "1"}
    ).split()
    assert len(loaded) <= MOST_MODULES
    assert not NEVER_BEFORE_THE_PAGE & set(loaded)
    operations = {name for name in loaded if name.startswith("pd_incident_action.operations.")}
    assert operations == {
        "pd_incident_action.operations.base",
        "pd_incident_action.operations.create",
    }


@pytest.mark.parametrize(
    ("operation", "inputs", "expected"),
    [
        ("create", {"title": "Down"}, {"pagerduty": (1, 1), "port": (6, 1)}),
        ("trigger", {"summary": "Down"}, {"events": (1, 1), "port": (6, 1)}),
        ("escalate", {"urgency": "low"}, {"pagerduty": (2, 1), "port": (6, 1)}),
    ],
)
def test_requests_and_connections_are_counted(
    sim: Simulator,
    act: Action,
    operation: str,
    inputs: dict[str, str],
    expected: dict[str, tuple[int, int]],
) -> None:
    entity = "PSVC001"
    if operation == "escalate":
        act(title="Down", service="PSVC001", port_client_id=None)
        (entity,) = sim.pagerduty.state.incidents
    before = len(sim.exchanges)
    token = None if operation == "trigger" else credentials()["pagerduty-token"]
    act(operation, event=from_port(sim, entity, **inputs), pagerduty_token=token)
    exchanges = sim.exchanges[before:]
    for api, (requests, connections) in expected.items():
        used = [e for e in exchanges if e.api == api]
        assert len(used) <= requests
        assert len({e.connection for e in used}) == connections
    assert {e.api for e in exchanges} == set(expected)


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl command")
def test_connecting_overlaps_with_loading(tmp_path: Path) -> None:
    ca, tls = private_ca.make(tmp_path)
    latency = 0.2
    with Simulator(tls=tls, latency_ms=latency * 1000) as sim:
        act = Action(tmp_path, urls_of(sim) | credentials(), {"REQUESTS_CA_BUNDLE": str(ca)})
        seconds = []
        for number in range(3):
            started = time.monotonic()
            assert act(title=f"Down {number}", service="PSVC001", port_client_id=None).code == 0
            page = [e for e in sim.exchanges if e.api == "pagerduty"][-1]
            seconds.append(page.arrived - started)
    # Connecting takes two round trips, the request half of one; loading comes on top unless they
    # overlap. The bound is wide for slow machines: twice what loading takes on a slow one.
    assert statistics.median(seconds) < 2.5 * latency + 0.6
