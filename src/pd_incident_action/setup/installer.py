"""Adding to Port what is missing, and changing what lacks something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal, NamedTuple

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.models import Outcome, Table
from pd_incident_action.port.resources import PortResources, ResourceType, writable_fields
from pd_incident_action.text import Json

from .merging import differences, merge_action, merge_blueprint

State = Literal["added", "changed", "removed", "unchanged"]

_STATES: tuple[State, ...] = ("added", "changed", "removed", "unchanged")
_WOULD = {"added": "would add", "changed": "would change", "removed": "would remove"}
_MERGE: Mapping[ResourceType, Callable[[Json, Json], Json]] = {
    "blueprint": merge_blueprint,
    "action": merge_action,
    "automation": merge_action,
    # Users arrange it as they like; Port warns of changing it.
    "page": lambda existing, _desired: existing,
}


class Step(NamedTuple):
    """What was done to one thing."""

    kind: str
    name: str
    state: State
    changes: str


@dataclass
class StepLog:
    """What was done so far; logged at once, so that an interrupted run shows how far it got."""

    log: Callable[[str], None]
    dry_run: bool = False
    steps: list[Step] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, kind: str, name: str, state: State, changes: Sequence[str] = ()) -> None:
        """Record a step."""
        step = Step(kind, name, state, "; ".join(changes))
        self.steps.append(step)
        verb = _WOULD.get(state, state) if self.dry_run else state
        self.log(": ".join(filter(None, (f"{verb} {kind} {name}", step.changes))))

    def add_changes(self, kind: str, name: str, changes: Sequence[str]) -> None:
        """Record what was changed of something that existed."""
        self.add(kind, name, "changed" if changes else "unchanged", changes)

    def outcome(self) -> Outcome:
        """Return all steps as an operation's outcome."""
        counts = Counter(step.state for step in self.steps)
        summary = ", ".join(f"{counts[state]} {state}" for state in _STATES if counts[state])
        return Outcome(
            message=f"Setup complete: {summary}.",
            created=bool(counts["added"]),
            write_entity=False,
            response={
                "setup": [
                    {"kind": one.kind, "name": one.name, "state": one.state} for one in self.steps
                ]
            },
            outputs={
                state: ",".join(one.name for one in self.steps if one.state == state)
                for state in ("added", "changed")
            },
            tables=(Table("Setup", ("Kind", "Name", "State", "Changes"), tuple(self.steps)),),
            warnings=tuple(self.warnings),
        )


class Installer:
    """Installs blueprints, actions, automations and pages.

    Attributes:
        bodies: what was installed, as Port has it now, by identifier.
    """

    def __init__(self, port: PortResources, step_log: StepLog) -> None:
        self.port = port
        self.step_log = step_log
        self.bodies: dict[str, Json] = {}
        self._existing: dict[str, Json | None] = {}

    def find(self, desired: Json) -> Json | None:
        """Read a resource once, if it exists; raises `ApiError`."""
        identifier = desired["identifier"]
        if identifier not in self._existing:
            self._existing[identifier] = self.port.find(_kind_of(desired), identifier)
        return self._existing[identifier]

    def install(self, desired: Sequence[Json]) -> None:
        """Add resources, or merge them into existing ones.

        Raises:
            ApiError: Port refused or wasn't reached.
            NotApplicable: the shape of one is none that Port is known to have.
        """
        # All is read before anything is changed, so that what can't be done is found out first.
        for body in desired:
            _check(self.find(body) or body, body)
        for body in desired:
            self._install(body)

    def _install(self, desired: Json) -> None:
        kind, identifier = _kind_of(desired), desired["identifier"]
        existing = self.find(desired) or self._create(kind, desired)
        if existing is None:
            self.bodies[identifier] = desired
            self.step_log.add(kind, identifier, "added")
            return
        before = writable_fields(kind, existing)
        self.bodies[identifier] = merged = _MERGE[kind](before, desired)
        changes = differences(before, merged)
        if changes:
            self.port.replace(kind, merged)
        self.step_log.add_changes(kind, identifier, changes)

    def _create(self, kind: ResourceType, desired: Json) -> Json | None:
        """Create a resource; return the one that exists already where somebody was faster."""
        try:
            self.port.create(kind, desired)
        except ApiRejected as error:
            # This also happens when the answer to our own request was lost.
            if error.status != HTTPStatus.CONFLICT:
                raise
            existing = self.port.find(kind, desired["identifier"])
            if existing is None:
                raise
            return existing
        return None


def _kind_of(body: Json) -> ResourceType:
    if "trigger" in body:
        return "automation" if body["trigger"]["type"] == "automation" else "action"
    return "blueprint" if "schema" in body else "page"


def _check(existing: Json, desired: Json) -> None:
    """Check that a resource can be merged into the one that exists."""
    kind = _kind_of(desired)
    try:
        _MERGE[kind](existing, desired)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotApplicable(
            "Nothing was installed",
            f"{kind} '{desired['identifier']}' in Port has a shape that setup can't add to",
            f"correct or delete it in Port, or rename it and run setup again ({error!r})",
        ) from error
