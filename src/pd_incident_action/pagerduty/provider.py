"""PagerDuty as a provider."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pd_incident_action.http.messages import Credentials
from pd_incident_action.providers import Provider

from .client import PagerDuty, TokenAuth
from .directory import CONTACTS_SCOPE
from .errors import explain, explain_event, explain_sign_in
from .events import PagerDutyEvents, no_auth
from .oauth import AppAuth, scope_of
from .settings import PagerDutySettings

if TYPE_CHECKING:
    from pd_incident_action.clients import ClientFactory


def open_rest_api(clients: ClientFactory, scopes: tuple[str, ...]) -> PagerDuty | None:
    """Open the REST API; None without credentials.

    Args:
        clients: opens the client.
        scopes: what an app's token shall allow.
    """
    settings = clients.settings.of(PagerDutySettings)
    if settings.pagerduty_token is not None:
        auth: Credentials = TokenAuth(settings.pagerduty_token.get_secret_value())
    elif settings.pagerduty_client_secret is not None:
        auth = AppAuth(
            clients.client("PagerDuty", settings.identity_url, no_auth, explain_sign_in),
            settings.pagerduty_client_id or "",
            settings.pagerduty_client_secret.get_secret_value(),
            scope_of(settings.pagerduty_region, settings.pagerduty_subdomain or "", scopes),
            clients.mask,
        )
    else:
        return None
    client = clients.client("PagerDuty", settings.rest_url, auth, explain)
    return PagerDuty(client, settings.from_, incidents_page=settings.incidents_page)


def open_contacts(pagerduty: PagerDuty, clients: ClientFactory) -> PagerDuty | None:
    """Return the REST API for people's contact methods and notification rules.

    An app's token has its operation's scopes alone, so that an app that lacks this one can page.

    Args:
        pagerduty: the REST API.
        clients: opens another one for an app.
    """
    is_app = clients.settings.of(PagerDutySettings).pagerduty_token is None
    return open_rest_api(clients, (CONTACTS_SCOPE,)) if is_app else pagerduty


def _open_events_api(clients: ClientFactory) -> PagerDutyEvents | None:
    settings = clients.settings.of(PagerDutySettings)
    if settings.routing_key is None:
        return None
    client = clients.client("PagerDuty Events", settings.events_url, no_auth, explain_event)
    return PagerDutyEvents(client, settings.routing_key.get_secret_value(), settings.incidents_page)


def _open_clients(clients: ClientFactory, scopes: tuple[str, ...]) -> Iterable[object]:
    opened = (open_rest_api(clients, scopes), _open_events_api(clients))
    return [client for client in opened if client is not None]


PROVIDER = Provider(
    name="pagerduty",
    title="PagerDuty",
    settings=PagerDutySettings,
    operations="pd_incident_action.operations",
    doctor="pd_incident_action.doctor.pagerduty",
    open_clients=_open_clients,
)
