"""What the time to page hangs on, checked where it is exact; the rest is in docs/performance.md."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import pytest

from harness import ROOT, Action, credentials, from_port
from pd_incident_simulator import Simulator

MOST_MODULES = 255
BARE_REQUEST = "import sys, urllib.request as u; u.urlopen(sys.argv[1]).read()"
NEVER_BEFORE_THE_PAGE = {
    "actions_toolkit.core",
    "asyncio",
    "charset_normalizer",
    "difflib",
    "email",
    "github",
    "http.client",
    "random",
    "requests",
    "sysconfig",
    "urllib3",
    "yaml",
}


def test_only_what_the_page_needs_is_loaded_before_it() -> None:
    code = (
        "import sys; sys.argv = ['entrypoint.py']; sys.path.insert(0, 'src');"
        "import entrypoint, pd_incident_action.main, pd_incident_action.operations.create;"
        "from pd_incident_action import asked, asking_ahead, running;"
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


def test_little_is_loaded_before_the_connections_are_begun(sim: Simulator) -> None:
    code = (
        "import sys; sys.path.insert(0, 'src');"
        "from pd_incident_action.http.preconnect import begin;"
        "url = sys.argv[1]; inputs = {'INPUT_PAGERDUTY-API-URL': url, 'SSL_CERT_FILE': '-'};"
        "connection = begin(inputs).connection(url); assert connection._ready(5);"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-I", "-S", "-c", code, sim.pagerduty.url]
    loaded = subprocess.check_output(command, cwd=ROOT, text=True).split()  # noqa: S603 - our own code
    assert not {"re", "typing", "urllib.parse", "encodings.idna", "stringprep"} & set(loaded)


@pytest.mark.parametrize(
    ("operation", "inputs", "expected"),
    [
        ("create", {"title": "Down"}, {"pagerduty": (2, 1), "port": (4, 1)}),
        ("trigger", {"summary": "Down"}, {"events": (1, 1), "port": (4, 1)}),
        ("escalate", {"urgency": "low"}, {"pagerduty": (3, 1), "port": (4, 1)}),
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
        # How many lines of the run log share a request is chance.
        used = [e for e in exchanges if e.api == api and not e.path.endswith("/logs")]
        assert len(used) == requests
        assert len({e.connection for e in used}) == connections
    assert {e.api for e in exchanges} == set(expected)


def test_a_run_stays_in_proportion(sim: Simulator, act: Action) -> None:
    """Compares with a bare request by Python itself, in turn: a slow machine slows both."""
    act.environment["COVERAGE_PROCESS_CONFIG"] = ""
    ratios = []
    for number in range(5):
        started = time.monotonic()
        command = [sys.executable, "-I", "-c", BARE_REQUEST, sim.control.url]
        subprocess.run(command, check=True)  # noqa: S603 - our own code
        bare = time.monotonic() - started
        result = act(title=f"Down {number}", service="PSVC001", port_client_id=None)
        ratios.append(result.seconds / bare)
    # Usually about 3; one more library of the size of requests would make it 5.
    assert statistics.median(ratios) < 5
