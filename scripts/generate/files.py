"""Which files are derived, and what has to be in them."""

from __future__ import annotations

import json
from pathlib import Path

from generate.action_yml import action_yml
from generate.composite_yml import composite_yml
from generate.inputs_page import inputs_page
from generate.model import all_operations
from generate.operations_page import operations_page, readme
from generate.permissions_table import permissions_page
from generate.port_action import port_action
from generate.workflow import workflow
from pd_incident_action.config.file import json_schema

ROOT = Path(__file__).resolve().parents[2]


def generated_files() -> dict[str, str]:
    """Make every derived file.

    Returns:
        Texts by path below the repository's root.
    """
    files = {
        "action.yml": action_yml(),
        "composite/action.yml": composite_yml(),
        "README.md": readme(read("README.md")),
        "docs/inputs.md": inputs_page(),
        "docs/operations.md": operations_page(),
        "docs/permissions.md": permissions_page(read("docs/permissions.md")),
        "pd-incident.schema.json": json.dumps(json_schema(), indent=2) + "\n",
    }
    for operation in all_operations():
        files[f"examples/workflows/{operation.slug()}.yml"] = workflow(operation)
        files[f"port/actions/{operation.slug()}.json"] = port_action(operation)
    return files


def read(path: str) -> str:
    """Read a page that is partly derived.

    Args:
        path: below the repository's root.

    Returns:
        Its text.
    """
    return (ROOT / path).read_text(encoding="utf-8")


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
