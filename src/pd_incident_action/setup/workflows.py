"""What a click in Port starts on GitHub: the workflows' files, and the backend that starts them.

The backend is the GitHub Ocean integration, or Port's retired app:
https://docs.port.io/actions-and-automations/setup-backend/github-workflow/
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Literal

import yaml

from pd_incident_action.errors import NotApplicable
from pd_incident_action.models import Outcome, Table
from pd_incident_action.port.resources import OCEAN, InvocationMethod
from pd_incident_action.runner import path_below, write_below
from pd_incident_action.text import Json

from . import resources
from .installer import Installer, StepLog
from .merging import dispatch_of, with_dispatch

BackendName = Literal["auto", "ocean", "github-app"]
FOLDER = ".github/workflows"
MISSING = f"isn't in {FOLDER}"
MOVE = "install Port's GitHub Ocean integration, and run operation: setup to move them to it"
RETIRED = f"Port retired its GitHub app, which starts the actions, on 15 July 2026: {MOVE}."
_EXAMPLES = "https://github.com/org/pd-incident-action/blob/v1/examples/workflows"


def by_ocean(action: Json, installations: Sequence[str], existing: Json | None = None) -> Json:
    """Return an action of Port's app as one of GitHub Ocean's.

    Args:
        action: an action that is to be installed.
        installations: ids of the integrations.
        existing: the action as Port has it, which stays on its integration.
    """
    dispatch = dispatch_of(action["invocationMethod"])
    if dispatch is None:
        return action
    current = (existing or {}).get("invocationMethod", {}).get("installationId")
    installation = current if current in installations else installations[0]
    ocean = {"type": OCEAN, "installationId": installation}
    return {**action, "invocationMethod": with_dispatch(ocean, dispatch)}


def workflow_actions(
    installer: Installer,
    selected: Sequence[str],
    repository: str,
    requested: BackendName,
    copied: Collection[str],
) -> list[Json]:
    """Read the actions that start workflows, in the form that suits the account.

    Blueprints that are about to be copied have entities to pick.

    Raises:
        ApiError: Port refused or wasn't reached.
        NotApplicable: nobody says which repository, or what is to start workflows can't.
    """
    if not selected:
        return []
    if "/" not in repository:
        raise NotApplicable(
            "The actions were not installed",
            "GITHUB_REPOSITORY doesn't say which repository has the workflows",
            "run setup in a workflow of that repository, or set actions: none",
        )
    installations = _find_ocean(installer, requested)
    actions = resources.without_empty_pickers(
        resources.workflow_actions(selected, repository),
        lambda name: name in copied or installer.port.has_entities(name),
    )
    if not installations:
        return actions
    return [by_ocean(action, installations, installer.find(action)) for action in actions]


def _find_ocean(installer: Installer, requested: BackendName) -> list[str]:
    """List the GitHub Ocean integrations that are to start workflows; none for Port's app."""
    port, warnings = installer.port, installer.step_log.warnings
    if requested == "github-app":
        warnings.append(RETIRED)
        return []
    found = port.ocean(acting=True)
    if len(found) > 1:
        warnings.append(
            f"Port has several GitHub Ocean integrations ({', '.join(found)}): new actions use "
            f"{found[0]}. Change installationId of an action in Port to use another; it stays."
        )
    if found:
        return found
    cause = "Port's GitHub Ocean integration isn't installed"
    remedy = "install it in Port under Data sources, or set backend: github-app"
    idle = port.ocean(acting=False)
    if idle:
        cause = f"GitHub Ocean integration {', '.join(idle)} doesn't process actions"
        remedy = "turn on actions processing in Port under Data sources"
    if requested == "auto":
        warnings += [*([f"{cause}, so Port's app is used."] if idle else []), RETIRED]
        return []
    raise NotApplicable("The actions were not installed", cause, remedy)


def is_checked_out(workspace: Path) -> bool:
    """Return whether the repository's workflows can be read."""
    return (workspace / FOLDER).is_dir()


def find_problem(workspace: Path, invocation: InvocationMethod) -> str:
    """Return why GitHub refuses to start the workflow of an action, or nothing if it doesn't.

    Returns:
        The predicate of a sentence about the workflow: `MISSING`, for which GitHub answers 404, or
        something else, for which it answers 422.
    """
    try:
        text = path_below(workspace / FOLDER, invocation.workflow).read_text(encoding="utf-8")
        # Keys and values stay texts: `on` would be a boolean.
        document = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it makes texts only
    except OSError:
        return MISSING
    except (yaml.YAMLError, ValueError):
        return "isn't usable YAML"
    triggers = _member(document, "on")
    names = triggers if isinstance(triggers, dict | list) else [triggers]
    if "workflow_dispatch" not in names:
        return "has no trigger workflow_dispatch"
    inputs = _member(_member(triggers, "workflow_dispatch"), "inputs")
    declared = inputs if isinstance(inputs, dict) else {}
    # GitHub Ocean takes `ref` for the branch.
    branch = {"ref"} if invocation.type == OCEAN else set()
    sent = [name for name in invocation.workflow_inputs if name not in branch]
    if unknown := [name for name in sent if name not in declared]:
        return f"lacks inputs that the action sends: {', '.join(unknown)}"
    unmet = [name for name, one in declared.items() if _is_required(one) and name not in sent]
    return f"requires inputs that the action doesn't send: {', '.join(unmet)}" if unmet else ""


def _member(document: object, name: str) -> object:
    return document.get(name) if isinstance(document, dict) else None


def _is_required(declared: object) -> bool:
    return _member(declared, "required") == "true" and _member(declared, "default") is None


def write_workflows(
    step_log: StepLog, workspace: Path, folder: str, texts: Mapping[str, str], *, overwrite: bool
) -> None:
    """Write workflow files, given by name, into a folder of the workspace.

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


def with_next_steps(
    outcome: Outcome, step_log: StepLog, workspace: Path, started: Iterable[InvocationMethod]
) -> Outcome:
    """Have an outcome end with the workflows that are left to commit, of those that are started."""
    to_commit = _find_uncommitted(step_log, workspace, started)
    if not to_commit:
        return outcome
    examples = {f"{slug}.yml": f"{_EXAMPLES}/{slug}.yml" for slug in resources.slugs()}
    rows = tuple(
        (name, why, examples.get(PurePosixPath(name).name, "")) for name, why in to_commit.items()
    )
    table = Table(f"Next: commit to {FOLDER}", ("Workflow", "Why", "From"), rows)
    message = f"{outcome.message} Next: commit these workflows: {', '.join(to_commit)}."
    return replace(outcome, message=message, tables=(*outcome.tables, table))


def _find_uncommitted(
    step_log: StepLog, workspace: Path, started: Iterable[InvocationMethod]
) -> dict[str, str]:
    """Return the workflows that were written, or that the repository lacks, and why."""
    written = [one for one in step_log.steps if one.kind == "workflow"]
    if written:
        return {one.name: one.state for one in written if one.state != "unchanged"}
    problems = {
        one.workflow: find_problem(workspace, one)
        if is_checked_out(workspace)
        else "the repository isn't checked out"
        for one in started
        if one.workflow
    }
    return {name: problem for name, problem in problems.items() if problem}
