"""Opens what a run talks to: one client, on a connection of its own, for each API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .catalog.port import BearerAuth, Port
from .catalog.port import explain as explain_port
from .catalog.port_runs import run_of
from .http import Client
from .identity import RunIdentity, idempotency_key
from .operations.base import Operation, Tools
from .providers.pagerduty import PagerDuty, TokenAuth
from .providers.pagerduty_events import NoAuth, PagerDutyEvents
from .providers.remedies import explain, explain_event
from .reports.entities import EntityWriter
from .reports.run_log import PortReporter
from .request import Request
from .sessions import new_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from .config import Config
    from .deadline import Deadline
    from .head_start import HeadStart
    from .providers.incident_io import IncidentIo
    from .redaction import Redactor
    from .settings import Settings

_LONGEST_ATTEMPT = 15.0


@dataclass(frozen=True)
class Network:
    """What all connections of a run have in common.

    Attributes:
        deadline: when everything has to be finished.
        timeout: the whole time that the run was given, in seconds.
        ca_bundle: path of a company's CA bundle, or empty for the public ones.
        head_start: connections that are already being made.
    """

    deadline: Deadline
    timeout: float
    ca_bundle: str = ""
    head_start: HeadStart | None = None

    @property
    def attempt_seconds(self) -> float:
        """How long one attempt may take: some must fit into the whole time."""
        return min(_LONGEST_ATTEMPT, max(1.0, self.timeout / 6))


def open_tools(  # noqa: PLR0913, PLR0917 - the wiring of everything
    operation: Operation,
    request: Request,
    settings: Settings,
    identity: RunIdentity,
    network: Network,
    config: Config,
    *,
    say: Callable[[str], None],
    on_sent: Callable[[], None],
) -> Tools:
    """Open the providers that there are credentials for.

    Args:
        operation: what to do.
        request: its checked inputs.
        settings: the shared inputs.
        identity: the GitHub run.
        network: what all connections have in common.
        config: the configuration file.
        say: takes a line for the log.
        on_sent: called whenever a request to a provider is on the wire.

    Returns:
        What the operation works with.
    """
    asked: list[Any] = [operation.name, request.model_dump(mode="json")]
    return Tools(
        identity=identity,
        key=idempotency_key(identity, settings.port_run_id, asked),
        deadline=network.deadline,
        say=say,
        pagerduty=_open_pagerduty(settings, network, say, on_sent),
        events=_open_events(settings, network, say, on_sent),
        incident_io=_open_incident_io(settings, network, say, on_sent),
        config=config,
    )


def _open_pagerduty(
    settings: Settings,
    network: Network,
    say: Callable[[str], None],
    on_sent: Callable[[], None],
) -> PagerDuty | None:
    if settings.pagerduty_token is None:
        return None
    client = Client(
        "PagerDuty",
        settings.pagerduty_url,
        session=new_session(network.ca_bundle, network.head_start, on_sent),
        authenticate=TokenAuth(settings.pagerduty_token.get_secret_value()),
        explain=explain,
        deadline=network.deadline,
        attempt_seconds=network.attempt_seconds,
        say=say,
    )
    return PagerDuty(client, settings.from_)


def _open_events(
    settings: Settings,
    network: Network,
    say: Callable[[str], None],
    on_sent: Callable[[], None],
) -> PagerDutyEvents | None:
    if settings.routing_key is None:
        return None
    client = Client(
        "PagerDuty Events",
        settings.events_url,
        session=new_session(network.ca_bundle, network.head_start, on_sent),
        authenticate=NoAuth(),
        explain=explain_event,
        deadline=network.deadline,
        attempt_seconds=network.attempt_seconds,
        say=say,
    )
    return PagerDutyEvents(client, settings.routing_key.get_secret_value())


def _open_incident_io(
    settings: Settings,
    network: Network,
    say: Callable[[str], None],
    on_sent: Callable[[], None],
) -> IncidentIo | None:
    if settings.incident_io_token is None:
        return None
    # Only where it is used: PagerDuty's pages don't wait for it.
    from .providers import incident_io, incident_io_remedies  # noqa: PLC0415

    client = Client(
        "incident.io",
        settings.incident_io_url,
        session=new_session(network.ca_bundle, network.head_start, on_sent),
        authenticate=incident_io.BearerAuth(settings.incident_io_token.get_secret_value()),
        explain=incident_io_remedies.explain,
        deadline=network.deadline,
        attempt_seconds=network.attempt_seconds,
        say=say,
    )
    return incident_io.IncidentIo(client)


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
    auth = BearerAuth()
    client = Client(
        "Port",
        settings.port_url,
        session=new_session(network.ca_bundle, network.head_start),
        authenticate=auth,
        explain=explain_port,
        deadline=network.deadline,
        attempt_seconds=network.attempt_seconds,
        max_attempts=1,
    )
    secret = settings.port_client_secret.get_secret_value()
    port = Port(client, auth, settings.port_client_id, secret, on_token)
    run_id = settings.port_run_id
    return PortReporter(
        run_of(port, run_id) if run_id else None,
        entities=EntityWriter(port, blueprint, run_id, redactor),
        deadline=network.deadline,
        redactor=redactor,
    )
