"""What the contract tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import openapi
from pd_incident_simulator import Simulator


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A simulator of all the APIs, with its usual accounts."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def _needs_contracts() -> None:
    if not openapi.FOLDER.is_dir():
        pytest.skip(f"the API descriptions are not in {openapi.FOLDER}")
