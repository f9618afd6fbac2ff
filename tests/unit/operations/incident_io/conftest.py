"""incident.io, for the operations that use it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pd_incident_action.network.http import Client
from pd_incident_action.operations.base import Tools
from pd_incident_action.providers.incident_io import BearerAuth, IncidentIo
from pd_incident_action.providers.incident_io_remedies import explain


@pytest.fixture
def io_tools(tools: Tools, connect: Callable[..., Client]) -> Tools:
    """Give an operation incident.io's API alone."""
    client = connect(
        service="incident.io",
        base_url="https://api.incident.io",
        authenticate=BearerAuth("io-key"),
        explain=explain,
        max_attempts=1,
    )
    return tools._replace(pagerduty=None, events=None, incident_io=IncidentIo(client))
