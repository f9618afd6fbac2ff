"""incident.io, for the operations that use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pd_incident_action.http.client import ApiClient
from pd_incident_action.incident_io.client import BearerAuth, IncidentIo
from pd_incident_action.incident_io.errors import explain
from pd_incident_action.operations.base import OperationContext


@pytest.fixture
def io_tools(tools: OperationContext, connect: Callable[..., ApiClient]) -> OperationContext:
    """Give an operation incident.io's API alone."""
    client = connect(
        service="incident.io",
        base_url="https://api.incident.io",
        authenticate=BearerAuth("io-key"),
        explain=explain,
        max_attempts=1,
    )
    return replace(tools, clients=(IncidentIo(client),))
