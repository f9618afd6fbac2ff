"""What an operation is made of, and what it gets to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pd_incident_action.config.model import Config
from pd_incident_action.inputs.request import Request

if TYPE_CHECKING:
    from pd_incident_action.doctor.context import DoctorContext
    from pd_incident_action.http.deadline import Deadline
    from pd_incident_action.identity import RunIdentity
    from pd_incident_action.incident_io.client import IncidentIo
    from pd_incident_action.models import Entity, Outcome
    from pd_incident_action.pagerduty.events import PagerDutyEvents
    from pd_incident_action.pagerduty.incidents import PagerDuty
    from pd_incident_action.pagerduty.name_resolver import NameResolver
    from pd_incident_action.port.client import Port

Credential = Literal[
    "pagerduty-token", "routing-key", "incident-io-token", "port-client-id", "port-client-secret"
]
Provider = Literal["pagerduty", "incident-io"]


class OperationContext(NamedTuple):
    """What an operation works with.

    Attributes:
        identity: the GitHub run, for defaults that name it.
        key: idempotency key of this request.
        deadline: when everything has to be finished.
        pagerduty: the REST API, or None without a token.
        events: the Events API, or None without a routing key.
        incident_io: incident.io's API, or None without a key.
        port: Port's API, for operations on the catalog itself, or None without credentials.
        config: the configuration file; an empty one where there is none.
        say: takes a line for the log.
        mask: hides a credential that PagerDuty made, from now on, in everything that is said.
        dry_run: whether nothing is really changed, so that nothing comes of it to wait for.
        open_checkup: gives what a check-up gets to see, or None where there is nothing to check.
        blueprint: identifier of the blueprint of the entities that come of it.
        redact: takes credentials out of an entity that is about to be written.
    """

    identity: RunIdentity
    key: str
    deadline: Deadline
    pagerduty: PagerDuty | None = None
    events: PagerDutyEvents | None = None
    incident_io: IncidentIo | None = None
    port: Port | None = None
    config: Config = Config()
    say: Callable[[str], None] = lambda _line: None
    mask: Callable[[str], None] = lambda _secret: None
    dry_run: bool = False
    open_checkup: Callable[[], DoctorContext] | None = None
    blueprint: str = ""
    redact: Callable[[Entity], Entity] = lambda entity: entity

    @property
    def rest(self) -> PagerDuty:
        """The REST API, for operations that need it.

        Raises:
            LookupError: the operation didn't declare that it needs ``pagerduty-token``.
        """
        if self.pagerduty is None:
            msg = "this operation must declare that it needs pagerduty-token"
            raise LookupError(msg)
        return self.pagerduty

    @property
    def alerts(self) -> PagerDutyEvents:
        """The Events API, for operations that need it.

        Raises:
            LookupError: the operation didn't declare that it needs ``routing-key``.
        """
        if self.events is None:
            msg = "this operation must declare that it needs routing-key"
            raise LookupError(msg)
        return self.events

    @property
    def names(self) -> NameResolver:
        """Turns what people type (a name, an e-mail address) into PagerDuty's ids."""
        from pd_incident_action.pagerduty.name_resolver import NameResolver  # noqa: PLC0415 - 4 ms before what is read first

        return NameResolver(self.config, self.rest)

    @property
    def catalog(self) -> Port:
        """Port's API, for operations that need it.

        Raises:
            LookupError: the operation didn't declare that it needs Port's credentials.
        """
        if self.port is None:
            msg = "this operation must declare that it needs port-client-id and port-client-secret"
            raise LookupError(msg)
        return self.port

    @property
    def checkup(self) -> DoctorContext:
        """The settings, and ways to try the same credentials differently.

        Raises:
            LookupError: these tools weren't made from settings.
        """
        if self.open_checkup is None:
            msg = "there are no settings to check"
            raise LookupError(msg)
        return self.open_checkup()

    @property
    def io(self) -> IncidentIo:
        """incident.io's API, for operations that need it.

        Raises:
            LookupError: the operation didn't declare that it needs ``incident-io-token``.
        """
        if self.incident_io is None:
            msg = "this operation must declare that it needs incident-io-token"
            raise LookupError(msg)
        return self.incident_io


def nothing_known(_request: Request, _tools: OperationContext) -> None:
    """Recover nothing: for operations that leave no trace that could be looked up."""


def nothing_follows(_request: Request, outcome: Outcome, _tools: OperationContext) -> Outcome:
    """Leave the outcome as it is."""
    return outcome


def no_first_read(_request: Request) -> None:
    """Read nothing first."""


class Operation(NamedTuple):
    """One thing that the action can do.

    Attributes:
        name: as users write it.
        summary: what it does, in one sentence in the imperative.
        request: the model of its inputs.
        run: does it; raises `ActionError` when it can't.
        announce: the line for Port's run log before it is done.
        recover: finds out what came of it after it was interrupted, quickly and without changing
            anything; None when nothing can be found.
        needs: credentials that it can't do without.
        scopes: OAuth scopes of PagerDuty that it can't do without.
        provider: the system that it acts on.
        port_blueprint: blueprint that its self-service action belongs to.
        entity_blueprint: blueprint of the entity that comes of it, unless the user names another.
        needs_config: whether it makes no sense without the configuration file.
        outputs: meanings of the outputs that it has beside the common ones, by name.
        first_read: path below PagerDuty's REST API that ``run`` reads before anything else, so
            that it can be asked for while modules are still loading; None where it depends.
        follow_up: does what can wait until people were told what came of it, and gives the outcome
            with what it found out; never raises `ActionError`, since what was asked for is done.
    """

    name: str
    summary: str
    request: type[Request]
    run: Callable[[Any, OperationContext], Outcome]
    announce: Callable[[Any], str]
    recover: Callable[[Any, OperationContext], Outcome | None] = nothing_known
    needs: tuple[Credential, ...] = ("pagerduty-token",)
    scopes: tuple[str, ...] = ("incidents.read", "incidents.write", "users.read")
    provider: Provider = "pagerduty"
    port_blueprint: str = "pagerdutyIncident"
    entity_blueprint: str = "pagerdutyIncident"
    needs_config: bool = False
    outputs: Mapping[str, str] = MappingProxyType({})
    first_read: Callable[[Any], str | None] = no_first_read
    follow_up: Callable[[Any, Outcome, OperationContext], Outcome] = nothing_follows

    @property
    def slug(self) -> str:
        """The name of its example workflow and of its Port action."""
        return self.name if self.provider == "pagerduty" else f"{self.provider}-{self.name}"
