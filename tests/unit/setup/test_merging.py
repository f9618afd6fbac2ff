"""What users made of things stays, and what they lack is added."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from pd_incident_action.setup import resources
from pd_incident_action.setup.diff import differences
from pd_incident_action.setup.merging import (
    fit_mapping,
    merge_action,
    merge_blueprint,
    merge_webhook,
)

Json = dict[str, Any]
BLUEPRINT: Json = {
    "identifier": "b",
    "title": "Ours",
    "description": "What it is",
    "schema": {
        "properties": {
            "status": {"type": "string", "title": "Status", "enum": ["a", "b"]},
            "url": {"type": "string", "title": "URL", "format": "url"},
        },
        "required": [],
    },
    "relations": {"service": {"target": "s", "many": True, "required": False}},
}
ACTION: Json = {
    "identifier": "a",
    "title": "Ours",
    "trigger": {
        "type": "self-service",
        "operation": "CREATE",
        "userInputs": {
            "properties": {"title": {"type": "string", "title": "Title"}, "from": {"type": "x"}},
            "required": ["title"],
            "order": ["title", "from"],
        },
    },
    "invocationMethod": {
        "type": "GITHUB",
        "org": "octo",
        "repo": "shop",
        "workflow": "a.yml",
        "workflowInputs": {"title": "{{ .inputs.title }}", "from": "x"},
    },
    "requiredApproval": False,
}


def changed(document: Json, path: str, value: object) -> Json:
    """Copy a document with another value at a path."""
    result = copy.deepcopy(document)
    *parents, last = path.split("/")
    place = result
    for name in parents:
        place = place[name]
    place[last] = value
    return result


def without(document: Json, path: str) -> Json:
    """Copy a document without what is at a path."""
    result = copy.deepcopy(document)
    *parents, last = path.split("/")
    place = result
    for name in parents:
        place = place[name]
    del place[last]
    return result


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("title", "Theirs"),
        ("schema/properties/status/title", "Zustand"),
        ("schema/properties/url/type", "number"),
        ("schema/properties/team", {"type": "string"}),
        ("schema/required", ["url"]),
        ("relations/service/many", False),
        ("relations/team", {"target": "t", "many": False, "required": False}),
        ("schema/properties/status/enum", ["b", "a", "c"]),
        ("ownership", {"type": "Direct"}),
    ],
)
def test_what_is_theirs_in_a_blueprint_stays(path: str, value: object) -> None:
    theirs = changed(BLUEPRINT, path, value)
    assert merge_blueprint(theirs, BLUEPRINT) == theirs


@pytest.mark.parametrize(
    "path",
    ["description", "schema/properties/url", "relations/service", "schema/properties/url/title"],
)
def test_what_a_blueprint_lacks_is_added(path: str) -> None:
    assert merge_blueprint(without(BLUEPRINT, path), BLUEPRINT) == BLUEPRINT


def test_a_list_of_choices_gets_ours_and_a_free_text_stays_free() -> None:
    fewer = changed(BLUEPRINT, "schema/properties/status/enum", ["c", "a"])
    status = merge_blueprint(fewer, BLUEPRINT)["schema"]["properties"]["status"]
    assert status["enum"] == ["c", "a", "b"]
    free = without(BLUEPRINT, "schema/properties/status/enum")
    assert merge_blueprint(free, BLUEPRINT) == free


def test_a_format_is_not_forced_upon_values_that_are_there() -> None:
    theirs = without(BLUEPRINT, "schema/properties/url/format")
    assert merge_blueprint(theirs, BLUEPRINT) == theirs


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("title", "Theirs"),
        ("trigger/userInputs/properties/floor", {"type": "number"}),
        ("trigger/userInputs/required", []),
        ("trigger/userInputs/order", ["from", "title"]),
        ("trigger/condition", {"type": "SEARCH"}),
        ("invocationMethod/workflow", "mine.yml"),
        ("invocationMethod/workflowInputs/floor", "12"),
        ("requiredApproval", {"type": "ANY"}),
        ("invocationMethod", {"type": "WEBHOOK", "url": "https://example.com"}),
    ],
)
def test_what_is_theirs_in_an_action_stays(path: str, value: object) -> None:
    theirs = changed(ACTION, path, value)
    assert merge_action(theirs, ACTION) == theirs


def test_an_action_starts_the_workflow_of_our_repository() -> None:
    theirs = changed(ACTION, "invocationMethod/repo", "elsewhere")
    assert merge_action(theirs, ACTION) == ACTION


def test_an_input_that_is_new_is_demanded_and_shown() -> None:
    theirs = without(ACTION, "trigger/userInputs/properties/title")
    theirs = changed(theirs, "trigger/userInputs/required", ["from"])
    theirs = changed(theirs, "trigger/userInputs/order", ["from"])
    form = merge_action(theirs, ACTION)["trigger"]["userInputs"]
    assert (form["required"], form["order"]) == (["from", "title"], ["from", "title"])
    assert set(form["properties"]) == {"title", "from"}


def test_a_new_input_of_a_form_in_steps_is_on_its_last_step() -> None:
    theirs = without(ACTION, "trigger/userInputs/properties/title")
    steps = [{"title": "One", "order": ["from"]}, {"title": "Two", "order": []}]
    theirs = changed(theirs, "trigger/userInputs/steps", steps)
    theirs = without(theirs, "trigger/userInputs/order")
    form = merge_action(theirs, ACTION)["trigger"]["userInputs"]
    assert form["steps"] == [steps[0], {"title": "Two", "order": ["title"]}]
    assert form["order"] == []


def test_a_rule_about_required_inputs_stays() -> None:
    rule = {"jqQuery": "[]"}
    theirs = changed(ACTION, "trigger/userInputs/required", rule)
    assert merge_action(theirs, ACTION)["trigger"]["userInputs"]["required"] == rule


def test_a_webhook_keeps_their_mappings_and_gets_ours() -> None:
    ours = resources.webhook()
    mine = {"blueprint": "mine", "filter": "true", "entity": {"identifier": ".a"}}
    first = copy.deepcopy(ours["mappings"][0])
    first["entity"]["properties"]["url"] = ".mine"
    theirs = {"title": "Mine", "enabled": False, "security": {"secret": "s"}}
    merged = merge_webhook({**theirs, "mappings": [mine, first]}, ours)
    assert merged["mappings"] == [mine, first, *ours["mappings"][1:]]
    assert (merged["title"], merged["enabled"]) == ("Mine", True)
    assert merged["security"] == {"secret": "s", **ours["security"]}


def test_mappings_differ_by_what_they_do_with_the_same_events() -> None:
    ours = resources.webhook()
    theirs = {"mappings": [{**ours["mappings"][2], "operation": "create"}]}
    assert len(merge_webhook(theirs, ours)["mappings"]) == 1 + len(ours["mappings"])


def test_a_mapping_follows_the_blueprints_shape() -> None:
    (ours,) = [one for one in resources.blueprints() if one["identifier"] == "pagerdutyIncident"]
    mapping = resources.webhook()["mappings"][-1]
    assert fit_mapping(mapping, ours, ours) == (mapping, [])
    theirs = changed(ours, "relations/pagerdutyService/many", value=False)
    theirs = changed(theirs, "schema/properties/assignees", {"type": "string"})
    fitted, wrong = fit_mapping(mapping, theirs, ours)
    assert wrong == ["assignees"]
    assert fitted["entity"]["relations"] == {"pagerdutyService": ".body.event.data.service.id"}
    assert "assignees" not in fitted["entity"]["properties"]
    assert "assignees" in mapping["entity"]["properties"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, ()),
        ({"a": {"b": None}}, {"c": [], "d": ""}, ()),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ("~ a.b: 1 → 2",)),
        ({}, {"a": {"b": "x"}}, ('+ a: {"b": "x"}',)),
        ({"a": ["x"]}, {}, ('- a: ["x"]',)),
        ({"a": False}, {"a": True}, ("~ a: false → true",)),
        ({}, {"a": "x" * 200}, (f"+ a: {'x' * 99}…",)),
    ],
)
def test_differences_are_told_line_by_line(old: Json, new: Json, expected: tuple[str, ...]) -> None:
    assert differences(old, new) == expected
