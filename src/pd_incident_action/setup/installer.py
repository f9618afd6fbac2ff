"""Adding to Port what is missing, and changing what lacks something."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.port.resources import PortResources, ResourceType, writable_fields
from pd_incident_action.text import Json

from .merging import differences, merge_action, merge_blueprint

State = Literal["added", "changed", "removed", "unchanged"]

_WOULD = {"added": "would add", "changed": "would change", "removed": "would remove"}
_MERGE: Mapping[ResourceType, Callable[[Json, Json], Json]] = {
    "blueprint": merge_blueprint,
    "action": merge_action,
    "automation": merge_action,
    # Users arrange it as they like; Port warns of changing it.
    "page": lambda existing, _desired: existing,
}


@dataclass(frozen=True)
class Step:
    """What was done to one thing."""

    kind: str
    name: str
    state: State
    changes: tuple[str, ...] = ()


@dataclass
class StepLog:
    """What was done so far; logged at once, so that an interrupted run shows how far it got."""

    log: Callable[[str], None]
    dry_run: bool = False
    steps: list[Step] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, kind: str, name: str, state: State, changes: tuple[str, ...] = ()) -> None:
        """Record a step."""
        self.steps.append(Step(kind, name, state, changes))
        verb = _WOULD.get(state, state) if self.dry_run else state
        self.log(f"{verb} {kind} {name}{': ' if changes else ''}{'; '.join(changes)}")

    def add_changes(self, kind: str, name: str, changes: tuple[str, ...]) -> None:
        """Record what was changed of something that existed."""
        self.add(kind, name, "changed" if changes else "unchanged", changes)

    def names(self, state: State) -> list[str]:
        """List the names of what is in a state."""
        return [step.name for step in self.steps if step.state == state]


class Installer:
    """Installs blueprints, actions and automations.

    Attributes:
        bodies: what was installed, as Port has it now, by identifier.
    """

    def __init__(self, port: PortResources, step_log: StepLog) -> None:
        self.bodies: dict[str, Json] = {}
        self._existing: dict[str, Json | None] = {}
        self._port = port
        self._step_log = step_log

    def find(self, kind: ResourceType, identifier: str) -> Json | None:
        """Read a resource once, if it exists; raises `ApiError`."""
        if identifier not in self._existing:
            self._existing[identifier] = self._port.find(kind, identifier)
        return self._existing[identifier]

    def check(self, kind: ResourceType, desired: Json) -> None:
        """Check that a resource can be merged into the one that exists.

        Raises:
            ApiError: Port refused or wasn't reached.
            NotApplicable: its shape is none that Port is known to have.
        """
        identifier = desired["identifier"]
        existing = self.find(kind, identifier) or desired
        try:
            _MERGE[kind](existing, desired)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise NotApplicable(
                "Nothing was installed",
                f"{kind} '{identifier}' in Port has a shape that setup can't add to",
                f"correct or delete it in Port, or rename it and run setup again ({error!r})",
            ) from error

    def install(self, kind: ResourceType, desired: Json) -> None:
        """Add a resource, or merge into the existing one; raises `ApiError`."""
        identifier = desired["identifier"]
        existing = self.find(kind, identifier) or self._create(kind, desired)
        if existing is None:
            self.bodies[identifier] = desired
            self._step_log.add(kind, identifier, "added")
            return
        before = writable_fields(kind, existing)
        self.bodies[identifier] = merged = _MERGE[kind](before, desired)
        changes = differences(before, merged)
        if changes:
            self._port.replace(kind, merged)
        self._step_log.add_changes(kind, identifier, changes)

    def _create(self, kind: ResourceType, desired: Json) -> Json | None:
        """Create a resource; return the one that exists already where somebody was faster."""
        try:
            self._port.create(kind, desired)
        except ApiRejected as error:
            # This also happens when the answer to our own request was lost.
            if error.status != HTTPStatus.CONFLICT:
                raise
            existing = self._port.find(kind, desired["identifier"])
            if existing is None:
                raise
            return existing
        return None
