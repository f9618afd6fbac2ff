"""A fresh simulator for each test, and the action pointed at it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness import Anew, InProcess, credentials, urls_of
from loopback import allow_nothing_else
from openapi import simulated
from pd_incident_action.http import deadline
from pd_incident_simulator import Simulator
from pipelines import Clock


@pytest.fixture(autouse=True)
def _nowhere_else(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse every address but loopback's, where the simulator is."""
    refused = allow_nothing_else(monkeypatch)
    yield
    assert refused == []


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A simulator of all the APIs."""
    with simulated() as simulator:
        yield simulator


@pytest.fixture
def anew(tmp_path_factory: pytest.TempPathFactory) -> Anew:
    """Begin anew with `sim` and `act`, for each row of a table."""

    @contextmanager
    def begin() -> Iterator[tuple[Simulator, InProcess]]:
        with simulated() as sim:
            yield sim, InProcess(tmp_path_factory.mktemp("run"), urls_of(sim) | credentials())

    return begin


@pytest.fixture
def act(sim: Simulator, tmp_path: Path) -> InProcess:
    """The action with every credential, as in a repository that is set up for Port."""
    action = InProcess(tmp_path, urls_of(sim) | credentials())
    action.environment["GITHUB_API_URL"] = sim.github.url
    return action


@pytest.fixture
def incident(sim: Simulator, act: InProcess) -> str:
    """Open an incident on Checkout, and return its id."""
    act(title="Down", service="PSVC001", port_client_id=None)
    (identifier,) = sim.pagerduty.state.incidents
    return identifier


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a tenth of the time between attempts; unit tests check how long that is."""
    sleep = deadline.Cancellation.sleep
    monkeypatch.setattr(
        deadline.Cancellation, "sleep", lambda self, seconds: sleep(self, seconds / 10)
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """Take no time to wait between looks at PagerDuty, and let things happen meanwhile."""
    clock, sleep = Clock(), deadline.Cancellation.sleep

    def wait(cancellation: deadline.Cancellation, seconds: float) -> None:
        # Retries wait as well, never exactly so long.
        if seconds == 15.0:
            clock.sleep(seconds)
        else:
            sleep(cancellation, seconds)

    monkeypatch.setattr(deadline.Cancellation, "sleep", wait)
    yield clock
    assert clock.events == {}


@pytest.fixture
def one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look only once for what PagerDuty may show a moment later."""
    monkeypatch.setattr(deadline, "_FIRST_WAIT", math.inf)
