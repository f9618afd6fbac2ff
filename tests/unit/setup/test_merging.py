"""What users have changed stays, and what is missing is added."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from pd_incident_action.port.mapping import Blueprint
from pd_incident_action.setup import resources
from pd_incident_action.setup.merging import (
    differences,
    merge_action,
    merge_blueprint,
    merge_webhook,
)
from pd_incident_action.setup.webhook import conform_mapping
from pd_incident_action.setup.workflows import by_ocean

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
        "operation": "DAY-2",
        "blueprintIdentifier": "b",
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


def test_what_users_changed_in_a_blueprint_stays() -> None:
    for path, value in [
        ("title", "Theirs"),
        ("schema/properties/status/title", "Zustand"),
        ("schema/properties/url/type", "number"),
        ("schema/properties/team", {"type": "string"}),
        ("schema/required", ["url"]),
        ("relations/service/many", False),
        ("relations/team", {"target": "t", "many": False, "required": False}),
        ("schema/properties/status/enum", ["b", "a", "c"]),
        ("ownership", {"type": "Direct"}),
    ]:
        existing = changed(BLUEPRINT, path, value)
        assert merge_blueprint(existing, BLUEPRINT) == existing


def test_what_a_blueprint_lacks_is_added() -> None:
    for path in [
        "description",
        "schema/properties/url",
        "relations/service",
        "schema/properties/url/title",
    ]:
        assert merge_blueprint(without(BLUEPRINT, path), BLUEPRINT) == BLUEPRINT


def test_a_list_of_choices_gets_ours_and_a_free_text_stays_free() -> None:
    fewer = changed(BLUEPRINT, "schema/properties/status/enum", ["c", "a"])
    status = merge_blueprint(fewer, BLUEPRINT)["schema"]["properties"]["status"]
    assert status["enum"] == ["c", "a", "b"]
    for restriction in ("status/enum", "url/format"):
        free = without(BLUEPRINT, f"schema/properties/{restriction}")
        assert merge_blueprint(free, BLUEPRINT) == free


def test_what_users_changed_in_an_action_stays() -> None:
    for path, value in [
        ("title", "Theirs"),
        ("trigger/userInputs/properties/floor", {"type": "number"}),
        ("trigger/userInputs/required", []),
        ("trigger/userInputs/required", {"jqQuery": "[]"}),
        ("trigger/userInputs/order", ["from", "title"]),
        ("trigger/condition", {"type": "SEARCH"}),
        ("invocationMethod/workflow", "mine.yml"),
        ("invocationMethod/workflowInputs/floor", "12"),
        ("requiredApproval", {"type": "ANY"}),
        ("invocationMethod", {"type": "WEBHOOK", "url": "https://example.com"}),
    ]:
        existing = changed(ACTION, path, value)
        assert merge_action(existing, ACTION) == existing


def test_an_input_that_is_new_is_demanded_and_shown() -> None:
    existing = without(ACTION, "trigger/userInputs/properties/title")
    existing = changed(existing, "trigger/userInputs/required", ["from"])
    existing = changed(existing, "trigger/userInputs/order", ["from"])
    form = merge_action(existing, ACTION)["trigger"]["userInputs"]
    assert (form["required"], form["order"]) == (["from", "title"], ["from", "title"])
    assert set(form["properties"]) == {"title", "from"}


def test_a_new_input_of_a_form_in_steps_is_on_its_last_step() -> None:
    existing = without(ACTION, "trigger/userInputs/properties/title")
    steps = [{"title": "One", "order": ["from"]}, {"title": "Two", "order": []}]
    existing = changed(existing, "trigger/userInputs/steps", steps)
    existing = without(existing, "trigger/userInputs/order")
    form = merge_action(existing, ACTION)["trigger"]["userInputs"]
    assert form["steps"] == [steps[0], {"title": "Two", "order": ["title"]}]
    assert "order" not in form, "Port refuses both"


TEN = [f"field{number}" for number in range(12)]
LONG = changed(
    ACTION,
    "trigger/userInputs",
    {
        "properties": {name: {"type": "string"} for name in TEN},
        "required": [],
        "steps": [{"title": "Basics", "order": TEN[:10]}, {"title": "More", "order": TEN[10:]}],
    },
)


def test_a_long_form_gets_steps_unless_users_ordered_it() -> None:
    for order in [[], TEN]:
        flat = without(LONG, "trigger/userInputs/steps")
        flat = changed(flat, "trigger/userInputs/order", order)
        flat["trigger"]["userInputs"]["properties"]["mine"] = {"type": "string"}
        flat["trigger"]["userInputs"]["order"] = [*order, "mine"] if order else []
        form = merge_action(flat, LONG)["trigger"]["userInputs"]
        assert [step["order"] for step in form["steps"]] == [TEN[:10], [*TEN[10:], "mine"]]
        assert "order" not in form
        flat["trigger"]["userInputs"]["order"] = TEN[::-1]
        form = merge_action(flat, LONG)["trigger"]["userInputs"]
        assert (form["order"], "steps" in form) == (TEN[::-1], False)


def test_an_action_that_concerns_no_entity_leaves_its_blueprint() -> None:
    desired = without(changed(ACTION, "trigger/operation", "CREATE"), "trigger/blueprintIdentifier")
    existing = changed(ACTION, "trigger/condition", {"type": "SEARCH"})
    assert merge_action(existing, desired) == desired


OCEAN = by_ocean(ACTION, ["github-ocean"])


def test_an_action_moves_between_backends_with_all_that_users_changed() -> None:
    for old, new in [(ACTION, OCEAN), (OCEAN, ACTION), (OCEAN, OCEAN)]:
        theirs = {
            "title": "Page somebody",
            "icon": "Alert",
            "requiredApproval": {"type": "ANY"},
            "approvalNotification": {"type": "email"},
        }
        existing = copy.deepcopy(old) | theirs
        method = existing["invocationMethod"]
        started = method.get("integrationActionExecutionProperties", method)
        started |= {"workflow": "mine.yml", "repo": "elsewhere"}
        started["workflowInputs"] = {"title": "mine", "ref": "main", "from": '{{ .inputs."from" }}'}
        moved = merge_action(existing, new)
        assert {name: moved[name] for name in theirs} == theirs
        method = moved["invocationMethod"]
        assert {**method, **new["invocationMethod"]}.keys() == new["invocationMethod"].keys()
        started = method.get("integrationActionExecutionProperties", method)
        assert (started["workflow"], started["repo"]) == ("mine.yml", "shop")
        assert started["workflowInputs"] == {"title": "mine", "ref": "main", "from": "x"}


def test_text_becomes_a_picker_unless_users_made_it_something_else() -> None:
    picker = {"type": "string", "format": "entity", "blueprint": "pagerdutyUser"}
    path = "trigger/userInputs/properties/title"
    desired = changed(ACTION, path, picker)
    for theirs, expected in (
        ({"type": "string"}, picker),
        ({"type": "string", "format": "user"}, {"type": "string", "format": "user"}),
        ({"type": "string", "enum": ["Ada"]}, {"type": "string", "enum": ["Ada"]}),
        ({"type": "array"}, {"type": "array"}),
    ):
        merged = merge_action(changed(ACTION, path, theirs), desired)
        assert merged["trigger"]["userInputs"]["properties"]["title"] == expected


def test_a_webhook_keeps_their_mappings_and_gets_ours() -> None:
    desired = resources.webhook()
    mine = {"blueprint": "mine", "filter": "true", "entity": {"identifier": ".a"}}
    first = copy.deepcopy(desired["mappings"][0])
    first["entity"]["properties"]["url"] = ".mine"
    existing = {"title": "Mine", "enabled": False, "security": {"secret": "s"}}
    merged = merge_webhook({**existing, "mappings": [mine, first]}, desired)
    assert merged["mappings"] == [mine, first, *desired["mappings"][1:]]
    assert (merged["title"], merged["enabled"]) == ("Mine", True)
    assert merged["security"] == {"secret": "s", **desired["security"]}
    # Mappings differ by what they do with the same events.
    (deletion,) = [one for one in desired["mappings"] if "operation" in one]
    existing = {"mappings": [{**deletion, "operation": "create"}]}
    assert len(merge_webhook(existing, desired)["mappings"]) == 1 + len(desired["mappings"])


def test_a_mapping_conforms_to_the_blueprint() -> None:
    (body,) = [one for one in resources.blueprints() if one["identifier"] == "pagerdutyIncident"]
    mapping, desired = resources.webhook()["mappings"][-1], Blueprint.read(body)
    assert conform_mapping(mapping, desired, desired) == (mapping, [])
    body = changed(body, "relations/pagerdutyService/many", value=False)
    body = changed(body, "schema/properties/assignees", {"type": "string"})
    conformed, left_out = conform_mapping(mapping, Blueprint.read(body), desired)
    assert left_out == ["assignees"]
    assert conformed["entity"]["relations"] == {"pagerdutyService": ".body.event.data.service.id"}
    assert "assignees" not in conformed["entity"]["properties"]
    assert "assignees" in mapping["entity"]["properties"]


def test_a_mapping_has_no_names_for_addresses_and_nothing_outside_an_enum() -> None:
    jq = pytest.importorskip("jq")
    (body,) = [one for one in resources.blueprints() if one["identifier"] == "pagerdutyIncident"]
    mapping, desired = resources.webhook()["mappings"][-1], Blueprint.read(body)
    users = {"type": "array", "items": {"type": "string", "format": "user"}}
    body = changed(body, "schema/properties/assignees", users)
    body = changed(body, "schema/properties/priority", {"type": "string", "enum": ["P1", 'P"2']})
    conformed, left_out = conform_mapping(mapping, Blueprint.read(body), desired)
    assert left_out == ["assignees"]
    expressions = conformed["entity"]["properties"]
    assert expressions["status"] == mapping["entity"]["properties"]["status"]
    for priority, expected in (("P1", "P1"), ('P"2', 'P"2'), ("SEV-1", None), (None, None)):
        event = {"body": {"event": {"data": {"priority": {"summary": priority}}}}}
        assert jq.compile(expressions["priority"]).input_value(event).first() == expected


def test_differences_are_told_line_by_line() -> None:
    cases: list[tuple[Json, Json, tuple[str, ...]]] = [
        ({"a": 1}, {"a": 1}, ()),
        ({"a": {"b": None}}, {"c": [], "d": ""}, ()),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ("~ a.b: 1 → 2",)),
        ({}, {"a": {"b": "x"}}, ('+ a: {"b": "x"}',)),
        ({"a": ["x"]}, {}, ('- a: ["x"]',)),
        ({"a": False}, {"a": True}, ("~ a: false → true",)),
        ({}, {"a": "x" * 200}, (f"+ a: {'x' * 99}…",)),
    ]
    for old, new, expected in cases:
        assert differences(old, new) == expected
