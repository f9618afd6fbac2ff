"""``composite/action.yml``: the same contract, for runners without Docker."""

from __future__ import annotations

from typing import Any

from generate.action_yml import inputs
from generate.model import all_outputs
from generate.pins import pin_of
from generate.yaml_text import yaml_text

_HEADER = """\
# Made by `make generate` from the operations' models in src/pd_incident_action: edit those.
# The action for runners without Docker: `uses: org/pd-incident-action/composite@v1`.
# A composite action gets no INPUT_* variables; all inputs go through one variable, as JSON, so
# that none of them ever comes near a shell.
"""


def composite_yml() -> str:
    """Make the composite action's metadata."""
    setup_python = pin_of("actions/setup-python")
    document: dict[str, Any] = {
        "name": "PagerDuty incident action, without Docker",
        "description": "Page the right people from Port, a workflow or a failed job, on runners "
        "without Docker",
        "author": "The pd-incident-action authors",
        "inputs": inputs(),
        "outputs": {name: _output(name, text) for name, text in all_outputs().items()},
        "runs": {"using": "composite", "steps": _steps(setup_python.uses)},
    }
    return _HEADER + setup_python.commented(yaml_text(document))


def _output(name: str, description: str) -> dict[str, str]:
    return {"description": description, "value": f"${{{{ steps.run.outputs.{name} }}}}"}


def _steps(setup_python: str) -> list[dict[str, Any]]:
    return [
        {
            "name": "Find Python 3.11 or later",
            "id": "found",
            "shell": "bash",
            "run": 'bash "$GITHUB_ACTION_PATH/find_python.sh"',
        },
        {
            "name": "Set up Python, since there is none",
            "id": "setup",
            "if": "steps.found.outputs.python == ''",
            "uses": setup_python,
            "with": {"python-version": "3.13", "update-environment": False},
        },
        {
            "name": "Run the action",
            "id": "run",
            "shell": "bash",
            "run": 'exec "$PYTHON" -I "$GITHUB_ACTION_PATH/run.py"',
            "env": {
                "PYTHON": "${{ steps.found.outputs.python || steps.setup.outputs.python-path }}",
                "INPUTS_JSON": "${{ toJSON(inputs) }}",
            },
        },
    ]
