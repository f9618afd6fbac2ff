"""Opens what a run talks to: one client, with its own session, for each API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from . import providers
from .config.model import Config
from .http.client import ApiClient, Explain
from .http.deadline import Deadline
from .http.messages import Credentials, RequestLog
from .http.preconnect import Preconnector
from .http.session import open_session
from .identity import RunIdentity, idempotency_key
from .inputs.settings import Settings
from .operations.base import Operation, OperationContext, OperationInputs
from .port import URLS as PORT_URLS
from .port.client import OTHER_REGION, BearerAuth, PortClient, explain
from .port.client import SERVICE as PORT
from .port.entities import EntityWriter
from .port.reporter import PortReporter
from .redaction import Redactor

if TYPE_CHECKING:
    from .http.dry_run import DryRun

_MAX_ATTEMPT_SECONDS = 15.0


def _ignore(_text: str) -> None:
    """Drop a line that nobody reads."""


def _do_nothing() -> None:
    """Go on."""


@dataclass(frozen=True, kw_only=True)
class ClientFactory:
    """Opens the clients of a run, which share its deadline and its request log.

    Attributes:
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

    def open_all(self, scopes: tuple[str, ...]) -> Iterator[object]:
        """Open a client for each API that there are credentials for."""
        for provider in providers.find_all():
            yield from provider.open_clients(self, scopes)
        if (port := self.port()) is not None:
            yield port

    def port(self) -> PortClient | None:
        """Open Port's API; None without credentials."""
        return self.open_port(BearerAuth()) if self._has_port else None

    @property
    def _has_port(self) -> bool:
        return bool(self.settings.port_client_id and self.settings.port_client_secret)

    def open_port(self, auth: BearerAuth) -> PortClient:
        """Open Port's API, for which there must be credentials."""
        settings = self.settings

        def other_region() -> tuple[str, PortClient]:
            region = OTHER_REGION[settings.port_region]
            # With its URL given, it doesn't try the other region in turn.
            there = {"port_region": region, "port_api_url": PORT_URLS[region]}
            other = replace(self, settings=settings.model_copy(update=there), max_attempts=1)
            return region, other.open_port(BearerAuth())

        # Its retries aren't logged: the log would go to Port as well.
        quiet = replace(self, log=_ignore, on_sent=_do_nothing)
        return PortClient(
            quiet.client(PORT, settings.port_url, auth, explain),
            auth,
            settings.port_client_id or "",
            settings.port_client_secret.get_secret_value() if settings.port_client_secret else "",
            self.mask,
            other_region=None if settings.port_api_url else other_region,
            create_missing=settings.create_missing_related,
        )

    def port_reporter(self, blueprint: str, external_run_id: str = "") -> PortReporter | None:
        """Open what reports to Port's run, not yet started; None without credentials."""
        if not self._has_port or self.dry_run is not None:
            return None
        # A cancelled job still reports how it ended.
        lasting = replace(self, deadline=Deadline(self.deadline.remaining()))
        return PortReporter(
            partial(lasting.open_port, BearerAuth()),
            run_id=self.settings.port_run_id or external_run_id,
            entities=EntityWriter(blueprint),
            deadline=self.deadline,
            redactor=self.redactor,
        )

    def client(
        self,
        service: str,
        url: str,
        authenticate: Credentials,
        explain_refusal: Explain,
        imitated_by: str = "",
    ) -> ApiClient:
        """Open the client of one API; in a dry run, a module imitates it."""
        open_client = partial(self.dry_run.client, imitated_by) if self.dry_run else ApiClient
        return open_client(
            service=service,
            base_url=url,
            session=open_session(
                self.ca_bundle, self.preconnector, self.on_sent, self.deadline.cancellation
            ),
            authenticate=authenticate,
            explain=explain_refusal,
            deadline=self.deadline,
            # Some attempts must fit into the whole time.
            attempt_seconds=min(_MAX_ATTEMPT_SECONDS, max(1.0, self.settings.timeout / 6)),
            max_attempts=self.max_attempts,
            redact=self.redactor.redact,
            log=self.log,
            on_attempt=self.request_log.add,
        )


def build_context(
    operation: type[Operation],
    inputs: OperationInputs,
    clients: ClientFactory,
    identity: RunIdentity,
    config: Config,
) -> OperationContext:
    """Return what an operation works with."""
    settings = clients.settings
    parts = [operation.slug(), inputs.model_dump(mode="json", exclude_defaults=True)]
    return OperationContext(
        identity=identity,
        key=idempotency_key(identity, settings.port_run_id, parts),
        step_key=idempotency_key(
            identity, settings.port_run_id, [*parts, identity.job, identity.step]
        ),
        is_port_run=bool(settings.port_run_id),
        deadline=clients.deadline,
        clients=tuple(clients.open_all(operation.scopes)),
        reopen=lambda deadline: tuple(
            replace(clients, deadline=deadline).open_all(operation.scopes)
        ),
        config=config,
        log=clients.log,
        mask=clients.mask,
        dry_run=clients.dry_run is not None,
        # One attempt: what is only tried out isn't worth waiting for.
        trial_clients=replace(clients, max_attempts=1),
        blueprint=settings.blueprint or operation.entity_blueprint,
        redact=clients.redactor.redact_entity,
    )
