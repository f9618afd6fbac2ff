"""The composite action has the Docker action's contract, and keeps inputs off the shell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "composite" / "action.yml").read_text(encoding="utf-8")
COMPOSITE: dict[str, Any] = yaml.safe_load(TEXT)
DOCKER: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = COMPOSITE["runs"]["steps"]


def test_it_takes_the_same_inputs() -> None:
    assert COMPOSITE["inputs"] == DOCKER["inputs"]


def test_it_gives_the_same_outputs_each_from_the_step_that_runs_the_action() -> None:
    described = {name: one["description"] for name, one in COMPOSITE["outputs"].items()}
    assert described == {name: one["description"] for name, one in DOCKER["outputs"].items()}
    for name, one in COMPOSITE["outputs"].items():
        assert one["value"] == f"${{{{ steps.run.outputs.{name} }}}}"
    assert [step["id"] for step in STEPS if "run.py" in step.get("run", "")] == ["run"]


def test_no_expression_comes_near_a_shell() -> None:
    scripts = [step["run"] for step in STEPS if "run" in step]
    assert len(scripts) == 2
    assert [script for script in scripts if "${{" in script] == []
    assert "${{ inputs." not in TEXT


def test_all_inputs_go_through_one_variable() -> None:
    variables = [value for step in STEPS for value in step.get("env", {}).values()]
    assert [v for v in variables if "inputs" in v] == ["${{ toJSON(inputs) }}"]


def test_python_is_set_up_where_there_is_none_with_a_pinned_action() -> None:
    found, setup, run = STEPS
    assert setup["if"] == f"steps.{found['id']}.outputs.python == ''"
    assert re.search(r"uses: actions/setup-python@[0-9a-f]{40}  # v\d+\.\d+\.\d+\n", TEXT)
    chosen = "steps.found.outputs.python || steps.setup.outputs.python-path"
    assert run["env"]["PYTHON"] == f"${{{{ {chosen} }}}}"
