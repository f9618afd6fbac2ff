"""incident.io's settings: its API key, and where its API is.

Annotations aren't postponed here: to read them from strings takes a page 1 ms.
"""

from typing import Annotated

from pd_incident_action.inputs.fields import ApiUrl, InputSpec, Secret
from pd_incident_action.inputs.settings import ProviderSettings


class IncidentIoSettings(ProviderSettings):
    """incident.io's settings."""

    CREDENTIALS = ("incident-io-token",)

    incident_io_token: Annotated[
        Secret | None,
        InputSpec(
            "incident.io API key, for `provider: incident-io`.",
            example="${{ secrets.INCIDENT_IO_API_KEY }}",
            trusted=True,
        ),
    ] = None
    incident_io_api_url: Annotated[
        ApiUrl | None,
        InputSpec(
            "Base URL of incident.io's API.",
            example="https://api.incident.io",
            trusted=True,
            advanced=True,
        ),
    ] = None
