"""Putting things into Port: adding what isn't there, and changing what lacks something of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pd_incident_action.errors import ApiRejected
from pd_incident_action.port.resources import writable_fields

from .diff import differences
from .merging import merge_action, merge_blueprint

if TYPE_CHECKING:
    from pd_incident_action.port.resources import PortResources, ResourceType

    from .resources import Json

State = Literal["added", "changed", "unchanged", "removed"]

_CONFLICT = 409
_WOULD = {"added": "would add", "changed": "would change", "removed": "would remove"}
_MERGE: Mapping[ResourceType, Callable[[Json, Json], Json]] = {
    "blueprint": merge_blueprint,
    "action": merge_action,
    "automation": merge_action,
}


@dataclass(frozen=True)
class Step:
    """What became of one thing.

    Attributes:
        kind: what it is, for example ``blueprint``.
        name: its identifier.
        state: what was done to it.
        changes: what is different now, line by line; nothing where it was added.
    """

    kind: str
    name: str
    state: State
    changes: tuple[str, ...] = ()

    def line(self, *, dry_run: bool) -> str:
        """Say it in a line of the log.

        Args:
            dry_run: whether nothing was really done.

        Returns:
            For example ``changed blueprint pagerdutyIncident: + relations.team: …``.
        """
        verb = _WOULD.get(self.state, self.state) if dry_run else self.state
        changes = "; ".join(self.changes)
        return f"{verb} {self.kind} {self.name}{': ' if changes else ''}{changes}"


class Installer:
    """Installs blueprints, actions and automations.

    Args:
        port: what a Port account is set up with.

    Attributes:
        bodies: everything installed so far as Port has it now, by identifier.
    """

    def __init__(self, port: PortResources) -> None:
        self.bodies: dict[str, Json] = {}
        self._port = port

    def install(self, kind: ResourceType, ours: Json) -> Step:
        """Install one thing; what is there already keeps all that users made of it.

        Args:
            kind: what it is.
            ours: its body, as we bring it.

        Returns:
            What became of it.

        Raises:
            ApiError: Port refused or wasn't reached.
        """
        identifier = ours["identifier"]
        theirs = self._port.find(kind, identifier)
        if theirs is None:
            try:
                self._port.create(kind, ours)
            except ApiRejected as error:
                # Somebody else was first, or an answer to our own request was lost.
                theirs = self._port.find(kind, identifier) if error.status == _CONFLICT else None
                if theirs is None:
                    raise
        if theirs is None:
            self.bodies[identifier] = ours
            return Step(kind, identifier, "added")
        return self._update(kind, writable_fields(kind, theirs), ours)

    def _update(self, kind: ResourceType, theirs: Json, ours: Json) -> Step:
        merged = _MERGE[kind](theirs, ours)
        self.bodies[ours["identifier"]] = merged
        changes = differences(theirs, merged)
        if not changes:
            return Step(kind, ours["identifier"], "unchanged")
        self._port.replace(kind, merged)
        return Step(kind, ours["identifier"], "changed", changes)
