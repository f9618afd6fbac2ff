"""Which files are derived, and what has to be in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generate.action_yml import action_yml
from generate.inputs_page import inputs_page
from generate.model import all_operations
from generate.port_action import port_action
from generate.workflow import workflow

if TYPE_CHECKING:
    from pathlib import Path


def generated_files() -> dict[str, str]:
    """Make every derived file.

    Returns:
        Texts by path below the repository's root.
    """
    files = {"action.yml": action_yml(), "docs/inputs.md": inputs_page()}
    for operation in all_operations():
        files[f"examples/workflows/{operation.name}.yml"] = workflow(operation)
        files[f"port/actions/{operation.name}.json"] = port_action(operation)
    return files


def stale_files(root: Path) -> list[str]:
    """List the derived files that aren't what they should be.

    Args:
        root: the repository's root.

    Returns:
        Paths below the root.
    """
    stale = []
    for path, text in generated_files().items():
        target = root / path
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            stale.append(path)
    return stale
