"""Adding to Port and to the repository what is missing, and changing what lacks something."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Literal

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.port.resources import Json, PortResources, ResourceType, writable_fields
from pd_incident_action.workspace import path_below, write_below

from .merging import differences, merge_action, merge_blueprint

State = Literal["added", "changed", "removed", "unchanged"]

_WOULD = {"added": "would add", "changed": "would change", "removed": "would remove"}
_MERGE: Mapping[ResourceType, Callable[[Json, Json], Json]] = {
    "blueprint": merge_blueprint,
    "action": merge_action,
    "automation": merge_action,
}


@dataclass(frozen=True)
class Step:
    """What was done to one thing.

    Attributes:
        kind: what it is, for example ``blueprint``.
        name: its identifier.
        state: what was done.
        changes: what is different now, line by line; none where it was added.
    """

    kind: str
    name: str
    state: State
    changes: tuple[str, ...] = ()


@dataclass
class StepLog:
    """What was done so far; logged at once, so that an interrupted run shows how far it got.

    Attributes:
        log: writes a line to the log.
        dry_run: whether nothing is really changed.
        steps: what was done.
        warnings: what the user should know although it worked.
    """

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

    Args:
        port: what a Port account is set up with.
        step_log: records what is done.

    Attributes:
        bodies: what was installed, as Port has it now, by identifier.
    """

    def __init__(self, port: PortResources, step_log: StepLog) -> None:
        self.bodies: dict[str, Json] = {}
        self._port = port
        self._step_log = step_log

    def install(self, kind: ResourceType, desired: Json) -> None:
        """Add a resource, or merge into the existing one; raises `ApiError`."""
        identifier = desired["identifier"]
        existing = self._port.find(kind, identifier) or self._create(kind, desired)
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


def write_workflows(
    step_log: StepLog, workspace: Path, folder: str, texts: Mapping[str, str], *, overwrite: bool
) -> None:
    """Write workflow files into a folder of the workspace.

    Args:
        step_log: records what is done.
        workspace: the checked-out repository.
        folder: a `Folder` below it.
        texts: texts by file name.
        overwrite: whether a file with another text is replaced.

    Raises:
        NotApplicable: a link leads out of the workspace, or the files can't be written.
    """
    try:
        for name, text in texts.items():
            _write_workflow(step_log, workspace, f"{folder}/{name}", text, overwrite=overwrite)
    except OSError as error:
        raise NotApplicable(
            f"The workflows were not written to {folder}",
            error.strerror or "the folder can't be written to",
            "use a folder below the workspace that the job may write to",
        ) from error


def _write_workflow(
    step_log: StepLog, workspace: Path, name: str, text: str, *, overwrite: bool
) -> None:
    path = path_below(workspace, name)
    shown = path.relative_to(workspace.resolve()).as_posix()
    existing = path.read_bytes() if path.exists() else None
    if existing == text.encode():
        step_log.add("workflow", shown, "unchanged")
    elif existing is not None and not overwrite:
        step_log.warnings.append(
            f"{shown} was left as it is, since it differs from the example: compare the two, or "
            "set overwrite: true to replace it."
        )
    else:
        if not step_log.dry_run:
            write_below(workspace, shown, text)
        step_log.add("workflow", shown, "added" if existing is None else "changed")
