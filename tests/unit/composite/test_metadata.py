"""The composite action has the Docker action's contract, and keeps inputs off the shell."""

from __future__ import annotations

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


def test_no_description_holds_an_expression_which_the_runner_would_refuse() -> None:
    described = [
        one["description"] for one in (*DOCKER["inputs"].values(), *DOCKER["outputs"].values())
    ]
    assert [text for text in described if "${{" in text] == []


def test_it_gives_the_same_outputs_each_from_the_step_that_runs_the_action() -> None:
    described = {name: one["description"] for name, one in COMPOSITE["outputs"].items()}
    assert described == {name: one["description"] for name, one in DOCKER["outputs"].items()}
    for name, one in COMPOSITE["outputs"].items():
        assert one["value"] == f"${{{{ steps.run.outputs.{name} }}}}"
    assert [step["id"] for step in STEPS] == ["run"]


def test_it_is_one_step_that_uses_no_other_action_and_keeps_expressions_off_the_shell() -> None:
    assert [step["run"] for step in STEPS] == ['. "$GITHUB_ACTION_PATH/start.sh"']
    assert [step["env"] for step in STEPS] == [{"INPUTS_JSON": "${{ toJSON(inputs) }}"}]
    assert "${{ inputs." not in TEXT


def test_every_input_and_output_has_a_type() -> None:
    for path in ["action-types.yml", "composite/action-types.yml"]:
        types = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
        assert types["inputs"].keys() == DOCKER["inputs"].keys()
        assert types["outputs"].keys() == DOCKER["outputs"].keys()
        assert types["inputs"]["dry-run"] == {"type": "boolean"}
        assert types["inputs"]["urgency"] == {"type": "enum", "allowed-values": ["high", "low"]}
        assert types["inputs"]["responders"]["type"] == "list"
