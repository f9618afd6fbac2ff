"""Port takes the self-service actions, and they fill in just what the workflows ask for."""

from __future__ import annotations

import json
import re
from typing import Any

from generate.model import all_operations
from generate.port_action import FROM_ENTITY, MAX_FIELDS
from generate.workflow import form_inputs
from openapi import problems_of_body
from repository import ROOT, parse_yaml, read

NAMES = sorted(path.stem for path in (ROOT / "port" / "actions").glob("*.json"))
OPERATIONS = {one.slug(): one for one in all_operations() if one.from_port}


def action(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(read(f"port/actions/{name}.json"))
    return document


def dispatch_inputs(name: str) -> dict[str, dict[str, Any]]:
    workflow = parse_yaml(read(f"examples/workflows/{name}.yml"))
    inputs: dict[str, dict[str, Any]] = workflow["on"]["workflow_dispatch"]["inputs"]
    return inputs


def test_port_takes_the_actions() -> None:
    found = {name: problems_of_body("/v1/actions", action(name)) for name in NAMES}
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_port_would_not_take_just_anything() -> None:
    document = action("create")
    for part, changes in [
        ("trigger", {"type": "button"}),
        ("trigger", {"operation": "DAILY"}),
        ("invocationMethod", {"type": "GITHUBS"}),
        ("invocationMethod", {"workflow": None}),
        ("invocationMethod", {"colour": "red"}),
    ]:
        wrong = document | {part: document[part] | changes}
        assert problems_of_body("/v1/actions", wrong), changes


def test_an_action_fills_in_the_inputs_of_its_workflow() -> None:
    for name in NAMES:
        document = action(name)
        form, invocation = document["trigger"]["userInputs"], document["invocationMethod"]
        filled = dict(invocation["workflowInputs"])
        context = filled.pop("port_context")
        assert invocation["workflow"] == f"{name}.yml"
        assert {*filled, "port_context"} <= set(dispatch_inputs(name)), name
        assert len(dispatch_inputs(name)) <= 25, name
        for key, field in form["properties"].items():
            nothing = "false" if field["type"] == "boolean" else '""'
            assert filled.pop(key) == f'{{{{ .inputs."{key}" // {nothing} }}}}', (name, key)
        assert filled == {}
        assert set(context) == {"blueprint", "entity", "run_id", "relations"}, name
        assert all(re.fullmatch(r"\{\{ \.[a-z.]+ \}\}", value) for value in context.values()), name


def test_a_form_asks_for_what_the_entity_does_not_tell_ten_fields_at_a_time() -> None:
    for name in NAMES:
        trigger = action(name)["trigger"]
        form, operation = trigger["userInputs"], OPERATIONS[name]
        assert trigger.get("blueprintIdentifier", "") == operation.port_blueprint, name
        for one in form_inputs(operation):
            is_told = trigger["operation"] == "DAY-2" and one.spec.origin in FROM_ENTITY
            assert (one.form_name in form["properties"]) is not is_told, (name, one.name)
            assert not (is_told and one.must_be_filled_in), (name, one.name)
        assert ("order" in form) != ("steps" in form), "Port refuses both"
        steps = [step["order"] for step in form.get("steps", [form])]
        assert [key for step in steps for key in step] == list(form["properties"]), name
        assert len(steps[0]) <= MAX_FIELDS, name
        assert set(form["required"]) <= set(steps[0]), name


def test_what_concerns_no_entity_belongs_to_none() -> None:
    concerned = ("sync", "sync-plan", "report", "doctor", "setup", "check-sla")
    assert not any("blueprintIdentifier" in action(name)["trigger"] for name in concerned)


def test_an_action_is_offered_where_it_makes_sense() -> None:
    statuses = json.loads(read("port/blueprints/pagerdutyIncident.json"))
    every = statuses["schema"]["properties"]["status"]["enum"]
    offered = {
        name: set(every) - set(action(name)["trigger"]["condition"]["rules"][0]["value"])
        for name in ("acknowledge", "reopen", "resolve")
    }
    assert "triggered" in offered["acknowledge"]
    assert not offered["acknowledge"] & {"acknowledged", "resolved"}
    assert (offered["reopen"], offered["resolve"]) == ({"resolved"}, set(every) - {"resolved"})


def test_form_and_workflow_offer_the_same_choices_and_nothing() -> None:
    for name in NAMES:
        fields = action(name)["trigger"]["userInputs"]
        for key, field in fields["properties"].items():
            asked = dispatch_inputs(name)[key]
            options = asked.get("options", [])
            assert field.get("enum", []) == options[1:], (name, key)
            assert options[:1] in ([], [""]), "GitHub would refuse an empty field"
            assert set(field.get("enumColors", {})) == set(options[1:]), (name, key)
            assert (asked["type"] == "boolean") == (field["type"] == "boolean"), (name, key)
            assert (key in fields["required"]) == (asked.get("required") == "true"), (name, key)
