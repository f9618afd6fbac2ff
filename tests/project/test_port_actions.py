"""Port takes the self-service actions, and they fill in just what the workflows ask for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import openapi
from generate.model import all_operations, inputs_of
from pd_incident_simulator import Exchange

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem for path in (ROOT / "port" / "actions").glob("*.json"))
FROM_CONTEXT = {"entity", "incident", "service", "service-entity", "schedule"}
OPERATIONS = {operation.slug(): operation for operation in all_operations()}


def action(name: str) -> dict[str, Any]:
    text = (ROOT / "port" / "actions" / f"{name}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def dispatch_inputs(name: str) -> dict[str, dict[str, Any]]:
    text = (ROOT / "examples" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
    # BaseLoader keeps `on` a word and everything else as it is written.
    document = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it makes texts only
    inputs: dict[str, dict[str, Any]] = document["on"]["workflow_dispatch"]["inputs"]
    return inputs


def from_context(name: str) -> set[str]:
    """List the inputs of an operation that what was clicked on in Port stands in for."""
    inputs = inputs_of(OPERATIONS[name].Inputs)
    return {one.form_name for one in inputs if one.spec.origin in FROM_CONTEXT}


def problems(body: dict[str, Any]) -> list[str]:
    """List what is wrong with an action as the body of the request that makes it."""
    if not openapi.FOLDER.is_dir():
        pytest.skip(f"the API descriptions are not in {openapi.FOLDER}")
    asked = Exchange(
        api="port",
        method="POST",
        path="/v1/actions",
        query={},
        headers={"content-type": "application/json"},
        body=json.dumps(body).encode(),
        json=body,
        arrived=0,
        connection=1,
        status=400,
        response_headers={},
        response_body=b"",
    )
    return openapi.problems(asked)


def test_port_takes_the_actions() -> None:
    assert {name: found for name in NAMES if (found := problems(action(name)))} == {}


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("trigger", {"type": "button"}),
        ("trigger", {"operation": "DAY-3"}),
        ("invocationMethod", {"type": "GITHUBS"}),
        ("invocationMethod", {"workflow": None}),
        ("invocationMethod", {"colour": "red"}),
    ],
)
def test_port_would_not_take_just_anything(part: str, changes: dict[str, Any]) -> None:
    document = action("create")
    assert problems(document | {part: document[part] | changes})


def test_an_action_fills_in_the_inputs_of_its_workflow() -> None:
    for name in NAMES:
        invocation = action(name)["invocationMethod"]
        assert invocation["workflow"] == f"{name}.yml"
        asked = set(dispatch_inputs(name)) - from_context(name)
        assert set(invocation["workflowInputs"]) == asked, name
        assert "port_context" in asked, name
        assert len(dispatch_inputs(name)) <= 25, name


def test_every_input_comes_from_the_field_of_its_name() -> None:
    for name in NAMES:
        document = action(name)
        form, invocation = document["trigger"]["userInputs"], document["invocationMethod"]
        filled = dict(invocation["workflowInputs"])
        context = filled.pop("port_context")
        assert filled == {key: f'{{{{ .inputs."{key}" }}}}' for key in form["properties"]}, name
        assert form["order"] == list(form["properties"]), name
        assert set(form["required"]) <= set(form["properties"]), name
        assert set(context) == {"blueprint", "entity", "run_id", "relations"}, name
        assert all(re.fullmatch(r"\{\{ \.[a-z.]+ \}\}", value) for value in context.values()), name


def test_form_and_workflow_offer_the_same_choices() -> None:
    for name in NAMES:
        fields = action(name)["trigger"]["userInputs"]
        for key, asked in dispatch_inputs(name).items():
            field = fields["properties"].get(key, {})
            options = [option for option in asked.get("options", []) if option]
            if key in fields["properties"]:
                assert field.get("enum", []) == options, (name, key)
                required = asked.get("required") == "true"
                assert (key in fields["required"]) == required, (name, key)
