"""Writing the workflows that the self-service actions start into a repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pd_incident_action.errors import NotApplicable
from pd_incident_action.workspace import path_below, write_below

from .installer import Step

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_workflows(
    workspace: Path,
    folder: str,
    texts: Mapping[str, str],
    *,
    overwrite: bool = False,
    dry_run: bool = False,
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """Write files into a folder of the workspace, which is made where it isn't there.

    Args:
        workspace: the checked-out repository.
        folder: a folder below it.
        texts: texts by file name.
        overwrite: whether a file with another text is replaced.
        dry_run: whether nothing is really written.

    Returns:
        What became of each file, and a sentence for each that was left as it is.

    Raises:
        NotApplicable: a link leads out of the workspace, or the files can't be written.
    """
    steps, warnings = [], []
    try:
        for name, text in texts.items():
            path = path_below(workspace, f"{folder}/{name}")
            shown = path.relative_to(workspace.resolve()).as_posix()
            held = path.read_bytes() if path.exists() else None
            if held is not None and held != text.encode() and not overwrite:
                warnings.append(_kept(shown))
                continue
            steps.append(Step("workflow", shown, _state(held, text)))
            if held != text.encode() and not dry_run:
                write_below(workspace, shown, text)
    except OSError as error:
        raise NotApplicable(
            f"The workflows were not written to {folder}",
            error.strerror or "the folder can't be written to",
            "use a folder below the workspace that the job may write to",
        ) from error
    return tuple(steps), tuple(warnings)


def _state(held: bytes | None, text: str) -> Literal["added", "changed", "unchanged"]:
    if held is None:
        return "added"
    return "unchanged" if held == text.encode() else "changed"


def _kept(path: str) -> str:
    return (
        f"{path} was left as it is, since it differs from the example: compare the two, or give "
        "overwrite: true to replace it."
    )
