"""incident.io as a provider."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pd_incident_action.clients import ClientFactory
from pd_incident_action.inputs.fields import ApiUrl, InputSpec, Secret
from pd_incident_action.inputs.settings import ProviderSettings
from pd_incident_action.providers import Provider

from . import API


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


def _open_clients(clients: ClientFactory, _scopes: tuple[str, ...]) -> Iterable[object]:
    settings = clients.settings.of(IncidentIoSettings)
    if settings.incident_io_token is None:
        return
    from .client import IncidentIo, explain  # noqa: PLC0415 - 6 ms

    headers = {"Authorization": f"Bearer {settings.incident_io_token.get_secret_value()}"}
    url = settings.incident_io_api_url or API
    imitated_by = f"{__package__}.client"
    yield IncidentIo(clients.client("incident.io", url, lambda: headers, explain, imitated_by))


PROVIDER = Provider(
    name="incident-io",
    title="incident.io",
    settings=IncidentIoSettings,
    operations="pd_incident_action.incident_io.operations",
    account="pd_incident_action.incident_io.account",
    open_clients=_open_clients,
)
