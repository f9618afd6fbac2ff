"""Opens what a run talks to: one client, with a session of its own, for each API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from pydantic import SecretStr

from .config.model import Config
from .doctor.context import DoctorContext
from .http.client import ApiClient, Explain
from .http.deadline import Deadline
from .http.dry_run import DryRun
from .http.messages import Credentials
from .http.preconnect import Preconnector
from .http.request_log import RequestLog
from .http.session import open_session
from .identity import RunIdentity, idempotency_key
from .incident_io import client as incident_io
from .incident_io.errors import explain as explain_incident_io
from .inputs.settings import Settings
from .operations.base import Operation, OperationContext, OperationInputs
from .pagerduty import oauth
from .pagerduty.client import PagerDuty, TokenAuth
from .pagerduty.errors import explain, explain_event
from .pagerduty.events import PagerDutyEvents, no_auth
from .port import hosts as port_hosts
from .port.client import OTHER_REGION, BearerAuth, PortClient
from .port.client import explain as explain_port
from .port.entities import EntityWriter
from .port.reporter import PortReporter
from .redaction import Redactor

_MAX_ATTEMPT_SECONDS = 15.0


def _ignore(_text: str) -> None:
    """Drop a line that nobody reads."""


def _do_nothing() -> None:
    """Go on."""


@dataclass(frozen=True, kw_only=True)
class ClientFactory:
    """Opens the clients of a run, which share its deadline and its request log.

    Attributes:
        settings: the credentials, and where the APIs are.
        deadline: when everything has to be finished.
        request_log: where each attempt is recorded.
        ca_bundle: path of a company's CA bundle, or empty for the public ones.
        preconnector: connections that have been begun already.
        dry_run: answers requests that would change something; None outside a dry run.
        log: writes a line to the log.
        mask: hides a secret that comes up.
        redactor: removes secrets from what goes to Port.
        on_sent: called whenever a request to a provider is on the wire.
        max_attempts: the most attempts of a request, or None for as many as there is time for.
    """

    settings: Settings
    deadline: Deadline
    request_log: RequestLog = field(default_factory=RequestLog)
    ca_bundle: str = ""
    preconnector: Preconnector | None = None
    dry_run: DryRun | None = None
    log: Callable[[str], None] = _ignore
    mask: Callable[[str], None] = _ignore
    redactor: Redactor = field(default_factory=Redactor)
    on_sent: Callable[[], None] = _do_nothing
    max_attempts: int | None = None

    def open_all(self, scopes: tuple[str, ...]) -> tuple[object, ...]:
        """Open a client for each API that there are credentials for."""
        opened = (self.pagerduty(scopes), self.events(), self.incident_io(), self.port())
        return tuple(client for client in opened if client is not None)

    def pagerduty(self, scopes: tuple[str, ...]) -> PagerDuty | None:
        """Open PagerDuty's REST API, with an app's token for these scopes if there is an app."""
        settings = self.settings
        if settings.pagerduty_token is not None:
            auth: Credentials = TokenAuth(settings.pagerduty_token.get_secret_value())
        elif settings.pagerduty_client_secret is not None:
            auth = self._app_auth(settings.pagerduty_client_secret.get_secret_value(), scopes)
        else:
            return None
        client = self.client("PagerDuty", settings.pagerduty_url, auth, explain)
        return PagerDuty(client, settings.from_)

    def _app_auth(self, secret: str, scopes: tuple[str, ...]) -> Credentials:
        settings = self.settings
        return oauth.AppAuth(
            self.client("PagerDuty", settings.identity_url, no_auth, oauth.explain),
            settings.pagerduty_client_id or "",
            secret,
            oauth.scope_of(settings.pagerduty_region, settings.pagerduty_subdomain or "", scopes),
            self.mask,
        )

    def events(self) -> PagerDutyEvents | None:
        """Open PagerDuty's Events API."""
        key, url = self.settings.routing_key, self.settings.events_url
        if key is None:
            return None
        client = self.client("PagerDuty Events", url, no_auth, explain_event)
        return PagerDutyEvents(client, key.get_secret_value())

    def incident_io(self) -> incident_io.IncidentIo | None:
        """Open incident.io's API."""
        key, url = self.settings.incident_io_token, self.settings.incident_io_url
        if key is None:
            return None
        auth = incident_io.BearerAuth(key.get_secret_value())
        return incident_io.IncidentIo(self.client("incident.io", url, auth, explain_incident_io))

    def port(self) -> PortClient | None:
        """Open Port's API."""
        client_id, secret = self.settings.port_client_id, self.settings.port_client_secret
        if client_id is None or secret is None:
            return None
        return self.open_port(client_id, secret, BearerAuth())

    def open_port(self, client_id: str, secret: SecretStr, auth: BearerAuth) -> PortClient:
        """Open Port's API with these credentials."""
        settings = self.settings

        def other_region() -> tuple[str, PortClient]:
            region = OTHER_REGION[settings.port_region]
            # With its URL given, it doesn't try the other region in turn.
            there = {"port_region": region, "port_api_url": port_hosts.API[region]}
            other = replace(self, settings=settings.model_copy(update=there), max_attempts=1)
            return region, other.open_port(client_id, secret, BearerAuth())

        # Its retries aren't logged: the log would go to Port as well.
        quiet = replace(self, log=_ignore, on_sent=_do_nothing)
        return PortClient(
            quiet.client("Port", settings.port_url, auth, explain_port),
            auth,
            client_id,
            secret.get_secret_value(),
            self.mask,
            other_region=None if settings.port_api_url else other_region,
            create_missing=settings.create_missing_related,
        )

    def port_reporter(self, blueprint: str) -> PortReporter | None:
        """Open what reports to Port's run, not yet started; None without Port's credentials.

        Args:
            blueprint: identifier of the blueprint whose entities will be written.
        """
        client_id, secret = self.settings.port_client_id, self.settings.port_client_secret
        if client_id is None or secret is None:
            return None
        return PortReporter(
            partial(self.open_port, client_id, secret, BearerAuth()),
            run_id=self.settings.port_run_id or "",
            entities=EntityWriter(blueprint, self.redactor),
            deadline=self.deadline,
            redactor=self.redactor,
        )

    def doctor(self) -> DoctorContext:
        """Open what tries the same credentials differently, with one attempt each."""
        once = replace(self, max_attempts=1)
        return DoctorContext(
            self.settings,
            self.request_log,
            lambda settings, scopes: replace(once, settings=settings).pagerduty(scopes),
            lambda settings: replace(once, settings=settings).port(),
        )

    def client(
        self, service: str, url: str, authenticate: Credentials, explain_refusal: Explain
    ) -> ApiClient:
        """Open the client of one API."""
        return ApiClient(
            service=service,
            base_url=url,
            session=open_session(self.ca_bundle, self.preconnector, self.on_sent),
            authenticate=authenticate,
            explain=explain_refusal,
            deadline=self.deadline,
            # Some attempts must fit into the whole time.
            attempt_seconds=min(_MAX_ATTEMPT_SECONDS, max(1.0, self.settings.timeout / 6)),
            max_attempts=self.max_attempts,
            log=self.log,
            on_attempt=self.request_log.note,
            dry_run=self.dry_run,
        )


def build_context(
    operation: type[Operation],
    inputs: OperationInputs,
    clients: ClientFactory,
    identity: RunIdentity,
    config: Config,
) -> OperationContext:
    """Return what an operation works with.

    Args:
        operation: what to do.
        inputs: its checked inputs.
        clients: opens the APIs that there are credentials for.
        identity: the GitHub run.
        config: the configuration file.
    """
    settings = clients.settings
    parts = [operation.slug(), inputs.model_dump(mode="json")]
    return OperationContext(
        identity=identity,
        key=idempotency_key(identity, settings.port_run_id, parts),
        deadline=clients.deadline,
        clients=clients.open_all(operation.scopes),
        config=config,
        log=clients.log,
        mask=clients.mask,
        dry_run=clients.dry_run is not None,
        open_doctor=clients.doctor,
        blueprint=settings.blueprint or operation.entity_blueprint,
        redact=clients.redactor.scrub_entity,
    )
