"""Opens what a run talks to: one client, on a connection of its own, for each API."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from .http.client import ApiClient
from .identity import RunIdentity, idempotency_key
from .operations.base import Operation, OperationContext, OperationInputs
from .pagerduty.client import PagerDuty, TokenAuth
from .pagerduty.errors import explain, explain_event
from .pagerduty.events import PagerDutyEvents, no_auth
from .port.client import OTHER_REGION, BearerAuth, PortClient
from .port.client import explain as explain_port
from .port.entities import EntityWriter
from .port.reporter import PortReporter

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

    from .config.model import Config
    from .doctor.context import DoctorContext
    from .http.client import Explain
    from .http.messages import Credentials
    from .http.network import Network
    from .incident_io.client import IncidentIo
    from .inputs.settings import Settings
    from .models import Entity
    from .redaction import Redactor


@dataclass(frozen=True)
class Callbacks:
    """Who hears of what goes on while an operation works.

    Attributes:
        say: takes a line for the log.
        on_sent: called whenever a request to a provider is on the wire.
        mask: told each secret that comes up, so that it can be hidden.
        redact: takes credentials out of an entity.
    """

    say: Callable[[str], None]
    on_sent: Callable[[], None]
    mask: Callable[[str], None]
    redact: Callable[[Entity], Entity] = lambda entity: entity


def build_context(  # noqa: PLR0913, PLR0917 - the wiring of everything
    operation: type[Operation],
    inputs: OperationInputs,
    settings: Settings,
    identity: RunIdentity,
    network: Network,
    config: Config,
    listeners: Callbacks,
) -> OperationContext:
    """Open the providers that there are credentials for.

    Args:
        operation: what to do.
        inputs: its checked inputs.
        settings: the shared inputs.
        identity: the GitHub run.
        network: what all connections have in common.
        config: the configuration file.
        listeners: who hears of what goes on.

    Returns:
        What the operation works with.
    """
    asked: list[Any] = [operation.slug(), inputs.model_dump(mode="json")]
    providers = _ClientFactory(settings, network, listeners)
    clients = (
        providers.pagerduty(operation.scopes),
        providers.events(),
        providers.incident_io(),
        providers.port(),
    )
    return OperationContext(
        identity=identity,
        key=idempotency_key(identity, settings.port_run_id, asked),
        deadline=network.deadline,
        log=listeners.say,
        mask=listeners.mask,
        dry_run=network.rehearsal is not None,
        clients=tuple(client for client in clients if client is not None),
        config=config,
        open_doctor=partial(_open_doctor, providers),
        blueprint=settings.blueprint or operation.entity_blueprint,
        redact=listeners.redact,
    )


def _open_doctor(providers: _ClientFactory) -> DoctorContext:
    # Only where it is used: pages don't wait for it.
    from .doctor.context import DoctorContext  # noqa: PLC0415

    # One attempt: what is only tried out may be out of reach, and isn't worth waiting for.
    once = replace(providers, max_attempts=1)

    def open_pagerduty(settings: Settings, scopes: tuple[str, ...]) -> PagerDuty | None:
        return replace(once, settings=settings).pagerduty(scopes)

    def open_port(settings: Settings) -> PortClient | None:
        return replace(once, settings=settings).port()

    return DoctorContext(providers.settings, providers.network.journal, open_pagerduty, open_port)


@dataclass(frozen=True)
class _ClientFactory:
    """Opens the systems that page people."""

    settings: Settings
    network: Network
    listeners: Callbacks
    max_attempts: int | None = None

    def pagerduty(self, scopes: tuple[str, ...]) -> PagerDuty | None:
        token = self.settings.pagerduty_token
        if token is not None:
            auth: Credentials = TokenAuth(token.get_secret_value())
        elif self.settings.pagerduty_client_secret is not None:
            auth = self._app_auth(scopes, self.settings.pagerduty_client_secret)
        else:
            return None
        url = self.settings.pagerduty_url
        return PagerDuty(self._client("PagerDuty", url, auth, explain), self.settings.from_)

    def _app_auth(self, scopes: tuple[str, ...], secret: SecretStr) -> Credentials:
        # Only where it is used: pages with an API key don't wait for it.
        from .pagerduty import oauth  # noqa: PLC0415

        settings = self.settings
        subdomain = settings.pagerduty_subdomain or ""
        return oauth.AppAuth(
            self._client("PagerDuty", settings.identity_url, no_auth, oauth.explain),
            settings.pagerduty_client_id or "",
            secret.get_secret_value(),
            oauth.scope_of(settings.pagerduty_region, subdomain, scopes),
            self.listeners.mask,
        )

    def events(self) -> PagerDutyEvents | None:
        key = self.settings.routing_key
        if key is None:
            return None
        url = self.settings.events_url
        client = self._client("PagerDuty Events", url, no_auth, explain_event)
        return PagerDutyEvents(client, key.get_secret_value())

    def incident_io(self) -> IncidentIo | None:
        key = self.settings.incident_io_token
        if key is None:
            return None
        # Only where it is used: PagerDuty's pages don't wait for it.
        from .incident_io import client as io_client  # noqa: PLC0415
        from .incident_io.errors import explain as explain_incident_io  # noqa: PLC0415

        auth = io_client.BearerAuth(key.get_secret_value())
        url = self.settings.incident_io_url
        client = self._client("incident.io", url, auth, explain_incident_io)
        return io_client.IncidentIo(client)

    def port(self) -> PortClient | None:
        secret = self.settings.port_client_secret
        if secret is None or self.settings.port_client_id is None:
            return None
        mask, most = self.listeners.mask, self.max_attempts
        return _open_catalog(self.settings, secret, self.network, mask, max_attempts=most)

    def _client(
        self, service: str, url: str, authenticate: Credentials, explain_refusal: Explain
    ) -> ApiClient:
        network = self.network
        return ApiClient(
            service,
            url,
            transport=network.way_to(url, self.listeners.on_sent),
            authenticate=authenticate,
            explain=explain_refusal,
            deadline=network.deadline,
            attempt_seconds=network.attempt_seconds,
            max_attempts=self.max_attempts,
            say=self.listeners.say,
            observe=network.journal.note,
            rehearsal=network.rehearsal,
        )


def open_port(
    settings: Settings,
    network: Network,
    blueprint: str,
    *,
    on_token: Callable[[str], None],
    redactor: Redactor,
) -> PortReporter | None:
    """Open the way to Port.

    Args:
        settings: the shared inputs.
        network: what all connections have in common.
        blueprint: identifier of the blueprint whose entities will be written.
        on_token: told each access token, so that it can be hidden.
        redactor: removes secrets from what is told.

    Returns:
        The reporter, not yet started, or None without Port's credentials.
    """
    if not (settings.port_client_id and settings.port_client_secret):
        return None
    secret, auth = settings.port_client_secret, BearerAuth()
    again = network._replace(head_start=None)
    return PortReporter(
        _open_catalog(settings, secret, network, on_token, auth=auth),
        partial(_open_catalog, settings, secret, again, on_token, auth=auth),
        run_id=settings.port_run_id or "",
        entities=EntityWriter(blueprint, redactor),
        deadline=network.deadline,
        redactor=redactor,
    )


def _open_catalog(  # noqa: PLR0913 - the wiring
    settings: Settings,
    secret: SecretStr,
    network: Network,
    on_token: Callable[[str], None],
    *,
    auth: BearerAuth | None = None,
    max_attempts: int | None = None,
    alone: bool = False,
) -> PortClient:
    def other_region() -> tuple[str, PortClient]:
        region = OTHER_REGION[settings.port_region]
        there = settings.model_copy(update={"port_region": region})
        return region, _open_catalog(there, secret, network, on_token, max_attempts=1, alone=True)

    auth = auth or BearerAuth()
    client = ApiClient(
        "Port",
        settings.port_url,
        transport=network.way_to(settings.port_url),
        authenticate=auth,
        explain=explain_port,
        deadline=network.deadline,
        attempt_seconds=network.attempt_seconds,
        max_attempts=max_attempts,
        observe=network.journal.note,
        rehearsal=network.rehearsal,
    )
    return PortClient(
        client,
        auth,
        settings.port_client_id or "",
        secret.get_secret_value(),
        on_token,
        other_region=None if alone or settings.port_api_url else other_region,
        create_missing=settings.create_missing_related,
    )
