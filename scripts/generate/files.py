"""The derived files and their content."""

from __future__ import annotations

import json
from pathlib import Path

from generate.action_types import action_types
from generate.action_yml import action_yml, composite_yml
from generate.model import all_operations
from generate.pages import inputs_page, operations_page, permissions_page, readme, security_page
from generate.port_action import port_action
from generate.workflow import workflow
from pd_incident_action.config.file import json_schema

ROOT = Path(__file__).resolve().parents[2]


def generated_files() -> dict[str, str]:
    """Build every derived file; return the texts by path below the repository's root."""
    files = {
        "action.yml": action_yml(),
        "composite/action.yml": composite_yml(),
        "action-types.yml": action_types(),
        "composite/action-types.yml": action_types(),
        "README.md": readme(_read("README.md")),
        "docs/inputs.md": inputs_page(),
        "docs/operations.md": operations_page(),
        "docs/permissions.md": permissions_page(_read("docs/permissions.md")),
        "docs/security.md": security_page(_read("docs/security.md")),
        "pd-incident.schema.json": json.dumps(json_schema(), indent=2) + "\n",
    }
    for operation in filter(lambda one: one.from_port, all_operations()):
        files[f"examples/workflows/{operation.slug()}.yml"] = workflow(operation)
        files[f"port/actions/{operation.slug()}.json"] = port_action(operation)
    return files


def stale_files(root: Path = ROOT) -> list[str]:
    """List the derived files below a root that aren't what they should be."""
    return [
        path
        for path, text in generated_files().items()
        if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != text
    ]


def _read(path: str) -> str:
    """Read a page that is partly derived."""
    return (ROOT / path).read_text(encoding="utf-8")
