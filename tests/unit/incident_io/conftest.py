"""incident.io's API with one attempt for each request."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pd_incident_action.http.client import ApiClient
from pd_incident_action.incident_io.client import IncidentIo, explain


@pytest.fixture
def incident_io(connect: Callable[..., ApiClient]) -> IncidentIo:
    """Open the API."""
    client = connect(
        service="incident.io",
        base_url="https://api.incident.io",
        authenticate=lambda: {"Authorization": "Bearer inc-api-key"},
        explain=explain,
        max_attempts=1,
    )
    return IncidentIo(client)
