"""What an operation is, what it works with, and what those on a single incident share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

from pd_incident_action import providers
from pd_incident_action.config.model import Config
from pd_incident_action.inputs.fields import InputSpec, PagerDutyId
from pd_incident_action.models import Entity, Incident, Outcome, Page
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.directory import Directory, NameResolver
from pd_incident_action.pagerduty.events import PagerDutyEvents
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.pagerduty.provider import open_for
from pd_incident_action.port.client import PortClient

if TYPE_CHECKING:
    from pd_incident_action.clients import ClientFactory
    from pd_incident_action.http.deadline import Deadline
    from pd_incident_action.identity import RunIdentity
    from pd_incident_action.inputs.settings import Settings


ApiClient = TypeVar("ApiClient")

_SECONDS_FOR_EMAIL = 3.0


Group = Literal[
    "Paging",
    "Working on incidents",
    "On call",
    "Services and changes",
    "Measuring",
    "Setting up and syncing",
]


class OperationInputs(BaseModel):
    """The inputs of one operation, checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with inputs that are fine on their own; the first is reported."""
        yield from ()

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        for problem in self.problems():
            raise ValueError(problem)
        return self


@dataclass(frozen=True, kw_only=True)
class OperationContext:
    """What an operation works with.

    Attributes:
        key: idempotency key of this run's inputs.
        step_key: the same, but another for each step of a workflow that a Port run starts.
        is_port_run: whether a Port run is what the key stands for: Port may deliver it twice.
        reopen: opens the same clients with another deadline.
        dry_run: whether nothing is really changed, so that there is nothing to wait for.
        trial_clients: opens clients with other settings, one attempt each; None outside a run.
    """

    identity: RunIdentity
    key: str
    step_key: str = ""
    is_port_run: bool = False
    deadline: Deadline
    clients: tuple[object, ...] = ()
    reopen: Callable[[Deadline], tuple[object, ...]] = lambda _deadline: ()
    config: Config = field(default_factory=Config)
    log: Callable[[str], None] = lambda _line: None
    mask: Callable[[str], None] = lambda _secret: None
    dry_run: bool = False
    trial_clients: ClientFactory | None = None
    blueprint: str = ""
    redact: Callable[[Entity], Entity] = lambda entity: entity

    @property
    def is_rerun(self) -> bool:
        """Whether an earlier attempt of the same workflow run may have done it."""
        return self.identity.run_attempt > 1

    def find(self, kind: type[ApiClient]) -> ApiClient | None:
        """Return an API's client, or None without credentials for it."""
        return next((client for client in self.clients if isinstance(client, kind)), None)

    def client(self, kind: type[ApiClient]) -> ApiClient:
        """Return the client of an API that the operation can't do without."""
        found = self.find(kind)
        if found is None:
            raise LookupError(
                f"the operation must declare the credentials that {kind.__name__} requires"
            )
        return found

    def with_client(self, client: object) -> OperationContext:
        """Return the same context with another client for that client's API."""
        others = tuple(one for one in self.clients if type(one) is not type(client))
        return replace(self, clients=(client, *others))

    def reopened(self, deadline: Deadline) -> OperationContext:
        """Return the same context on new connections, which no earlier cancellation ends."""
        return replace(self, deadline=deadline, clients=self.reopen(deadline))

    @property
    def pagerduty(self) -> PagerDuty:
        """PagerDuty's REST API; raises as `client` does."""
        return self.client(PagerDuty)

    @property
    def incidents(self) -> Incidents:
        """PagerDuty's incidents; raises as `client` does."""
        return Incidents(self.pagerduty)

    @property
    def events(self) -> PagerDutyEvents:
        """PagerDuty's Events API; raises as `client` does."""
        return self.client(PagerDutyEvents)

    @property
    def port(self) -> PortClient:
        """Port's API; raises as `client` does."""
        return self.client(PortClient)

    @property
    def names(self) -> NameResolver:
        """Turns what people type (a name, an e-mail address) into PagerDuty's ids."""
        return NameResolver(self.config, self.pagerduty)

    def find_email(self, user_id: str) -> str:
        """Return a PagerDuty user's e-mail address; empty where it isn't to be had quickly."""
        pagerduty = self.find(PagerDuty)
        if pagerduty is None:
            return ""
        return Directory(pagerduty.with_timeout(_SECONDS_FOR_EMAIL)).find_email(user_id)

    def pagerduty_with(self, *scopes: str) -> PagerDuty | None:
        """Return PagerDuty's REST API with other scopes than the operation has, if it is there."""
        pagerduty = self.find(PagerDuty)
        if pagerduty is None or self.trial_clients is None:
            return None
        return open_for(pagerduty, self.trial_clients, scopes)

    @property
    def trial(self) -> ClientFactory:
        """The settings, and a way to try the same credentials with others."""
        if self.trial_clients is None:
            raise LookupError("there are no settings to check")
        return self.trial_clients


class Operation(ABC):
    """One thing that the action can do, with the inputs of one run.

    A subclass is found by its module, which is named like the operation.

    Attributes:
        required_credentials: inputs that it can't do without.
        group: whom it is for, under which its inputs are listed.
        port_blueprint: blueprint that its self-service action belongs to; empty for none.
        required_one_of: inputs one of which it can't do without.
        from_port: whether people start it from Port, so that it has an action there, and an example
            workflow; a pipeline's own steps aren't.
        entity_blueprint: blueprint of the entity that it writes, unless the user names another.
        needs_checkout: whether it reads the repository, so that its example checks it out.
        is_urgent: whether it goes ahead without decoration that can't be used, as pages must.
        pages: whether it is meant to notify somebody.
        outputs: meanings of the outputs that it has in addition to the common ones, by name.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    provider: ClassVar[str] = providers.DEFAULT
    required_credentials: ClassVar[tuple[str, ...]] = ("pagerduty-token",)
    required_one_of: ClassVar[tuple[str, ...]] = ()
    scopes: ClassVar[tuple[str, ...]] = ("incidents.read", "incidents.write", "users.read")
    group: ClassVar[Group] = "Working on incidents"
    from_port: ClassVar[bool] = True
    port_blueprint: ClassVar[str] = "pagerdutyIncident"
    hidden_on: ClassVar[tuple[str, ...]] = ()
    entity_blueprint: ClassVar[str] = "pagerdutyIncident"
    needs_checkout: ClassVar[bool] = False
    is_urgent: ClassVar[bool] = False
    pages: bool = False
    outputs: ClassVar[Mapping[str, str]] = {}
    Inputs: ClassVar[type[OperationInputs]] = OperationInputs
    inputs: OperationInputs

    def __init__(self, inputs: OperationInputs, context: OperationContext) -> None:
        self.inputs = inputs
        self.context = context

    @classmethod
    def slug(cls) -> str:
        """Return the name of its example workflow and of its Port action."""
        return providers.slug(cls.provider, cls.name)

    @classmethod
    def seconds_to_wait(cls, _inputs: OperationInputs) -> float:
        """Return how long it waits on purpose, in addition to the time that it may take."""
        return 0.0

    @classmethod
    def can_page_without_config(cls, _inputs: OperationInputs, _settings: Settings) -> bool:
        """Check whether whom it pages is known without the configuration file."""
        return False

    @abstractmethod
    def start_message(self) -> str:
        """Return the first line of the log and of Port's run log."""

    @abstractmethod
    def run(self) -> Outcome:
        """Do it.

        Raises:
            ActionError: it couldn't be done.
        """

    def recover(self) -> Outcome | None:
        """Find out what an interrupted `run` achieved, quickly and without changing anything.

        Returns:
            What is there now; None where nothing can be found.
        """
        return None

    def leave_note(self, outcome: Outcome) -> Outcome:
        """Leave a note by which a later attempt of the run finds what this one did."""
        return outcome

    def after(self, outcome: Outcome) -> Outcome:
        """Do what can wait until everybody knows the outcome; never raises `ActionError`."""
        return outcome


def load_operation(name: str) -> type[Operation]:
    """Import another operation, which few runs need."""
    return providers.find(providers.DEFAULT).load_operation(name)


class SingleIncident(OperationInputs):
    """The inputs of operations on a single incident."""

    incident: Annotated[
        PagerDutyId,
        InputSpec(
            "Id of the incident.",
            example="Q1ABCDEF234567",
            aliases=("incident_id",),
            origin="incident",
            main=("incident", "incident_id"),
            default_help="the entity that the Port action was run on",
        ),
    ]


class SingleIncidentOperation(Operation):
    """An operation on a single incident."""

    scopes: ClassVar[tuple[str, ...]] = ("incidents.read", "incidents.write")
    Inputs = SingleIncident
    inputs: SingleIncident

    def fetch(self) -> PagerDutyIncident:
        """Fetch the incident."""
        return self.context.incidents.get(self.inputs.incident)

    def recover(self) -> Outcome | None:
        return current_outcome([self.fetch()])


def incident_outcome(
    incident: PagerDutyIncident, message: str, page: Page = Page.NOT_ASKED
) -> Outcome:
    """Build the outcome of an operation on one incident."""
    return replace(incidents_outcome([incident], message), page=page)


def incidents_outcome(incidents: Sequence[PagerDutyIncident], message: str) -> Outcome:
    """Build the outcome of an operation on one or several incidents."""
    first, *others = [one.to_incident() for one in incidents]
    raw = [one.raw for one in incidents]
    return Outcome(
        message=message,
        incident=first,
        related_incidents=tuple(others),
        dedup_key=first.dedup_key,
        response={"incidents": raw} if others else {"incident": raw[0]},
    )


def current_outcome(incidents: Sequence[PagerDutyIncident]) -> Outcome:
    """Build the outcome of an operation that was interrupted: the incidents as they are now."""
    states = [f"Incident {describe_state(one.to_incident())}." for one in incidents]
    return incidents_outcome(incidents, " ".join(states))


def describe_state(incident: Incident) -> str:
    """Describe an incident by its name and state."""
    return f"{incident.name} is {incident.state}"
