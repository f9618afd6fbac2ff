"""What doctor works with, opened as a run opens it."""

from __future__ import annotations

from typing import Any

from pd_incident_action.clients import ClientFactory, build_context
from pd_incident_action.config.model import Config
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.identity import RunIdentity
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.doctor import Doctor
from run_settings import settings_of

REST = "https://api.pagerduty.com"
REST_EU = "https://api.eu.pagerduty.com"
SIGN_IN = "https://identity.pagerduty.com/oauth/token"
PORT = "https://api.port.io/v1"
PORT_US = "https://api.us.port.io/v1"
TOKEN: dict[str, Any] = {"pagerduty_token": "pd-rest-key"}
APP: dict[str, Any] = {
    "pagerduty_client_id": "the-app",
    "pagerduty_client_secret": "app-secret",
    "pagerduty_subdomain": "acme",
}
PORT_CREDENTIALS: dict[str, Any] = {"port_client_id": "the-id", "port_client_secret": "the-secret"}


def context_of(config: Config | None = None, **settings: Any) -> OperationContext:  # noqa: ANN401 - fields of Settings
    """Build the context of a run of `doctor` in the repository ``octo/shop``.

    Args:
        config: the configuration file.
        settings: fields of `Settings`.
    """
    return build_context(
        Doctor,
        Doctor.Inputs(),
        ClientFactory(settings=settings_of(**settings), deadline=Deadline(2)),
        RunIdentity(repository="octo/shop"),
        config or Config(),
    )
