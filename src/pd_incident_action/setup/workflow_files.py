"""The workflows that Port's actions start, as files of the repository."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from pd_incident_action.errors import NotApplicable
from pd_incident_action.port.resources import OCEAN, InvocationMethod
from pd_incident_action.runner import path_below, write_below

from .installer import StepLog

FOLDER = ".github/workflows"
MISSING = f"isn't in {FOLDER}"


def is_checked_out(workspace: Path) -> bool:
    """Return whether the repository's workflows can be read."""
    return (workspace / FOLDER).is_dir()


def find_problem(workspace: Path, invocation: InvocationMethod) -> str:
    """Return why GitHub refuses to start the workflow of an action, or nothing if it doesn't.

    Args:
        workspace: the checked-out repository.
        invocation: the workflow, and the inputs that the action sends.

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
