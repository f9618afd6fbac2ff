"""A fresh simulator for each test, and the action pointed at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import Action, credentials, urls_of
from openapi import simulated
from pd_incident_simulator import Simulator


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A simulator of all the APIs."""
    with simulated() as simulator:
        yield simulator


@pytest.fixture
def act(sim: Simulator, tmp_path: Path) -> Action:
    """The action with every credential, as in a repository that is set up for Port."""
    return Action(tmp_path, urls_of(sim) | credentials())
