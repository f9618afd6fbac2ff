"""Port's account: blueprints, entities, actions, runs and webhooks."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from .blueprints import (
    documented_incident_blueprint,
    incident_io_blueprint,
    service_blueprint,
)
from .objects import ApiError, Json, not_found

IN_PROGRESS = "IN_PROGRESS"
_NODE_RUN_PREFIX = "wfnr_"
T = TypeVar("T")
_SERVICES = {"PSVC001": "Checkout", "PSVC002": "Payments", "PSVC003": "Database"}


@dataclass
class Run:
    """An action's run, or a workflow's node run.

    Attributes:
        id: ``r_…`` or ``wfnr_…``.
        status: IN_PROGRESS until it ends.
        status_label: a few words about the status.
        link: URLs of pages about it.
        summary: its result.
        external_run_id: its id in the system that does the work.
        logs: the log's lines, in order.
        action: identifier of the action.
        blueprint: blueprint of the entity that it was started on, if any.
        entity: that entity's identifier.
        properties: the inputs of the form.
    """

    id: str
    status: str = IN_PROGRESS
    status_label: str = ""
    link: list[str] = field(default_factory=list)
    summary: str = ""
    external_run_id: str = ""
    logs: list[str] = field(default_factory=list)
    action: str = "pagerduty_create"
    blueprint: str = ""
    entity: str = ""
    properties: Json = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether it has ended, after which it can't change."""
        return self.status != IN_PROGRESS

    @property
    def is_node_run(self) -> bool:
        """Whether it is a workflow's node run, which has its own endpoints."""
        return self.id.startswith(_NODE_RUN_PREFIX)

    def show(self) -> Json:
        """Return an action's run as the API shows it."""
        places = {"blueprint": self.blueprint, "entity": self.entity}
        return {
            "id": self.id,
            "status": self.status,
            "statusLabel": self.status_label or None,
            "link": self.link,
            "summary": self.summary,
            "action": {"identifier": self.action},
            **{name: {"identifier": place} for name, place in places.items() if place},
            "properties": self.properties,
            "requiredApproval": False,
            "source": "UI",
        }


@dataclass(frozen=True)
class Dispatch:
    """A workflow that was started.

    Attributes:
        repository: ``owner/name``.
        workflow: its file.
        ref: the branch.
        inputs: as GitHub gets them.
        run_id: id of its run.
    """

    repository: str
    workflow: str
    ref: str
    inputs: dict[str, str]
    run_id: str


class PortState:
    """Everything the account holds; the lock guards all of it.

    Attributes:
        blueprints: blueprints by identifier.
        entities: entities by blueprint and identifier.
        runs: runs by id.
        tokens: access tokens that haven't expired.
        actions: self-service actions and automations by identifier.
        webhooks: webhooks by identifier.
        integrations: what is installed, as the API shows it.
        pages: pages by identifier.
        dispatches: the workflows that were started.
        mapping_failures: why events that were sent to webhooks didn't become entities.
        seen_events: key of the webhook and identifier of each event, where a webhook asks for that.
        rate_limit: how many requests are allowed in how many seconds, or None for Port's limits,
            which then are told, not enforced.
        has_real_limits: whether Port's limits are enforced, those of bursts as well.
        ingest_url: where webhooks listen.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.ingest_url = "https://ingest.port.io"
        self.reset()

    def reset(self) -> None:
        """Go back to the initial account."""
        with self.lock:
            blueprints = (
                service_blueprint(),
                documented_incident_blueprint(),
                incident_io_blueprint(),
            )
            self.blueprints: dict[str, Json] = {b["identifier"]: b for b in blueprints}
            self.entities: dict[str, dict[str, Json]] = {name: {} for name in self.blueprints}
            self.entities["pagerdutyService"] = {
                identifier: {
                    "identifier": identifier,
                    "title": title,
                    "properties": {"status": "active"},
                    "relations": {},
                }
                for identifier, title in _SERVICES.items()
            }
            self.runs: dict[str, Run] = {}
            self.actions: dict[str, Json] = {}
            self.webhooks: dict[str, Json] = {}
            self.integrations: list[Json] = []
            self.install_ocean()
            self.pages: dict[str, Json] = {}
            self.dispatches: list[Dispatch] = []
            self.mapping_failures: list[str] = []
            self.seen_events: set[tuple[str, str]] = set()
            self.rate_limit: tuple[int, float] | None = None
            self.has_real_limits = False
            self.tokens: set[str] = set()
            self._token_numbers = count(1)
            self._run_numbers = count(1)
            self._webhook_numbers = count(1)
            self._workflow_runs = count(4711)

    def start_run(self, run_id: str | None = None) -> str:
        """Start a run, as a click in Port does.

        Args:
            run_id: its id, ``r_…`` or ``wfnr_…``; generated if it isn't given.

        Returns:
            The id.
        """
        with self.lock:
            identifier = run_id or f"r_simulated{next(self._run_numbers):04d}"
            self.runs[identifier] = Run(identifier)
            return identifier

    def sign_in(self) -> str:
        """Return the access token: the same one until it expires."""
        with self.lock:
            if not self.tokens:
                self.tokens.add(f"port-access-token-{next(self._token_numbers)}")
            return next(iter(self.tokens))

    def run(self, identifier: str, *, changing: bool = False) -> Run:
        """Return a run; reject changing one that has ended."""
        run = _find("Action run", identifier, self.runs)
        if changing and run.ended:
            message = f'Action run "{identifier}" has already ended'
            raise ApiError(422, "run_ended", message)
        return run

    def next_webhook_key(self) -> str:
        """Return a new key for a webhook's URL."""
        return f"simulatedkey{next(self._webhook_numbers):04d}"

    def next_workflow_run(self) -> int:
        """Return the id of GitHub's next workflow run."""
        return next(self._workflow_runs)

    def install_ocean(self, name: str = "github-ocean", *, processes_actions: bool = True) -> None:
        """Install Port's GitHub Ocean integration."""
        self.integrations.append(
            {
                "identifier": name,
                "installationId": name,
                "installationAppType": "github-ocean",
                "actionsProcessingEnabled": processes_actions,
            }
        )

    def blueprint(self, identifier: str) -> Json:
        """Return a blueprint."""
        return _find("Blueprint", identifier, self.blueprints)

    def action(self, identifier: str) -> Json:
        """Return a self-service action or automation."""
        return _find("Action", identifier, self.actions)

    def webhook(self, identifier: str) -> Json:
        """Return a webhook."""
        return _find("Webhook", identifier, self.webhooks)

    def entity(self, blueprint: str, identifier: str) -> Json:
        """Return an entity."""
        self.blueprint(blueprint)
        return _find("Entity", identifier, self.entities.get(blueprint, {}))


def _find(kind: str, identifier: str, objects: Mapping[str, T]) -> T:
    if identifier not in objects:
        raise not_found(kind, identifier)
    return objects[identifier]
