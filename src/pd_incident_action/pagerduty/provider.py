"""PagerDuty as a provider: its settings, and how its APIs are opened.

Annotations aren't postponed here: to read them from strings takes a page 1 ms.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Literal

from pd_incident_action.errors import InputProblem
from pd_incident_action.http.messages import Credentials
from pd_incident_action.inputs.fields import (
    ApiUrl,
    CaseInsensitive,
    Email,
    InputSpec,
    Secret,
    ShortText,
    Subdomain,
)
from pd_incident_action.inputs.settings import ProviderSettings
from pd_incident_action.providers import Provider

from . import EVENTS, IDENTITY, REST, incidents_page
from .client import PagerDuty, app_auth, token_auth
from .errors import explain, explain_event, explain_sign_in
from .events import PagerDutyEvents, no_auth

if TYPE_CHECKING:
    from pd_incident_action.clients import ClientFactory


class PagerDutySettings(ProviderSettings):
    """PagerDuty's settings."""

    CREDENTIALS = ("pagerduty-token", "routing-key")

    pagerduty_token: Annotated[
        Secret | None,
        InputSpec(
            "PagerDuty REST API key: a general access key (then set `from` as well) or a user's "
            "token. Required by every operation that uses the REST API. `trigger` works without "
            "it, but then can't look up the incident behind the alert.",
            example="${{ secrets.PAGERDUTY_API_KEY }}",
            aliases=("token",),
            deprecated=("token",),
            trusted=True,
        ),
    ] = None
    pagerduty_client_id: Annotated[
        ShortText | None,
        InputSpec(
            "Client id of a PagerDuty app with scoped OAuth, instead of `pagerduty-token`. "
            "Requires `pagerduty-client-secret` and `pagerduty-subdomain`.",
            example="${{ secrets.PAGERDUTY_CLIENT_ID }}",
            trusted=True,
        ),
    ] = None
    pagerduty_client_secret: Annotated[
        Secret | None,
        InputSpec(
            "Client secret of the PagerDuty app.",
            example="${{ secrets.PAGERDUTY_CLIENT_SECRET }}",
            trusted=True,
        ),
    ] = None
    pagerduty_subdomain: Annotated[
        Subdomain | None,
        InputSpec(
            "Subdomain of the PagerDuty account that the app belongs to.",
            example="acme",
            trusted=True,
        ),
    ] = None
    pagerduty_region: Annotated[
        Literal["us", "eu"],
        CaseInsensitive,
        InputSpec(
            "PagerDuty service region of the account: `us` or `eu`.", example="eu", from_form=False
        ),
    ] = "us"
    routing_key: Annotated[
        Secret | None,
        InputSpec(
            "Integration key of an Events API v2 integration (32 characters), for `trigger`.",
            example="${{ secrets.PAGERDUTY_ROUTING_KEY }}",
        ),
    ] = None
    from_: Annotated[
        Email | None,
        InputSpec(
            "PagerDuty user (e-mail address) to act as. PagerDuty requires it with a general "
            "access key.",
            example="ada@example.com",
            aliases=("actorEmail",),
            deprecated=("actorEmail",),
            origin="requester",
            decoration=True,
            default_help="the user who ran the Port action, if the payload has them",
        ),
    ] = None
    pagerduty_api_url: Annotated[
        ApiUrl | None,
        InputSpec(
            "Base URL of PagerDuty's REST API, for proxies and tests. Must be https, except on "
            "localhost.",
            example="https://api.pagerduty.com",
            default_help="by `pagerduty-region`",
            trusted=True,
            advanced=True,
        ),
    ] = None
    pagerduty_events_url: Annotated[
        ApiUrl | None,
        InputSpec(
            "Base URL of PagerDuty's Events API v2, including `/v2`.",
            example="https://events.pagerduty.com/v2",
            default_help="by `pagerduty-region`",
            trusted=True,
            advanced=True,
        ),
    ] = None
    pagerduty_identity_url: Annotated[
        ApiUrl | None,
        InputSpec(
            "Base URL of PagerDuty's identity service, which issues tokens to apps.",
            example="https://identity.pagerduty.com",
            trusted=True,
            advanced=True,
        ),
    ] = None

    @property
    def has_rest_credentials(self) -> bool:
        """Whether there are credentials for the REST API: a key, or an app's."""
        return bool(self.pagerduty_token or self.pagerduty_client_secret)

    @property
    def identity_url(self) -> str:
        """Base URL of the identity service."""
        return self.pagerduty_identity_url or IDENTITY

    @property
    def rest_url(self) -> str:
        """Base URL of the REST API."""
        return self.pagerduty_api_url or REST[self.pagerduty_region]

    @property
    def events_url(self) -> str:
        """Base URL of the Events API, including its version."""
        return self.pagerduty_events_url or EVENTS[self.pagerduty_region]

    @property
    def incidents_page(self) -> str:
        """The web page that lists the account's incidents."""
        return incidents_page(self.pagerduty_region, self.pagerduty_subdomain)

    def has(self, credential: str) -> bool:
        """Return whether a credential is given; an app's count as an API key."""
        stands_in = credential == "pagerduty-token" and self.has_rest_credentials
        return stands_in or super().has(credential)

    def problems(self) -> list[InputProblem]:
        """List the inputs that an app's OAuth token still needs; none without an app."""
        app = {
            "pagerduty-client-id": self.pagerduty_client_id,
            "pagerduty-client-secret": self.pagerduty_client_secret,
            "pagerduty-subdomain": self.pagerduty_subdomain,
        }
        missing = [name for name, value in app.items() if not value]
        if len(missing) == len(app):
            return []
        return [InputProblem(name, "is empty, but the OAuth app needs it") for name in missing]


def open_rest_api(clients: "ClientFactory", scopes: tuple[str, ...]) -> PagerDuty | None:
    """Open the REST API; None without credentials."""
    settings = clients.settings.of(PagerDutySettings)
    if settings.pagerduty_token is not None:
        auth: Credentials = token_auth(settings.pagerduty_token.get_secret_value())
    elif settings.pagerduty_client_secret is not None:
        account = f"as_account-{settings.pagerduty_region}.{settings.pagerduty_subdomain}"
        auth = app_auth(
            clients.client("PagerDuty", settings.identity_url, no_auth, explain_sign_in),
            settings.pagerduty_client_id or "",
            settings.pagerduty_client_secret.get_secret_value(),
            " ".join((account, *scopes)),
            clients.mask,
        )
    else:
        return None
    imitated_by = f"{__package__}.dry_run"
    client = clients.client("PagerDuty", settings.rest_url, auth, explain, imitated_by)
    return PagerDuty(client, settings.from_, incidents_page=settings.incidents_page)


def open_for(pagerduty: PagerDuty, clients: "ClientFactory", scopes: tuple[str, ...]) -> PagerDuty:
    """Return the REST API for what takes other scopes than the page.

    An app's token has its operation's scopes alone, so that an app that lacks these can page.
    """
    is_app = clients.settings.of(PagerDutySettings).pagerduty_token is None
    return (is_app and open_rest_api(clients, scopes)) or pagerduty


def _open_events_api(clients: "ClientFactory") -> PagerDutyEvents | None:
    settings = clients.settings.of(PagerDutySettings)
    if settings.routing_key is None:
        return None
    client = clients.client("PagerDuty Events", settings.events_url, no_auth, explain_event)
    return PagerDutyEvents(client, settings.routing_key.get_secret_value(), settings.incidents_page)


def _open_clients(clients: "ClientFactory", scopes: tuple[str, ...]) -> Iterable[object]:
    opened = (open_rest_api(clients, scopes), _open_events_api(clients))
    return [client for client in opened if client is not None]


PROVIDER = Provider(
    name="pagerduty",
    title="PagerDuty",
    settings=PagerDutySettings,
    operations="pd_incident_action.operations",
    account="pd_incident_action.doctor.pagerduty",
    open_clients=_open_clients,
)
