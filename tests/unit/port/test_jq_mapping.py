"""The configuration file's mapping overrides what we would write."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import pytest

from pd_incident_action.models import Incident, Outcome
from pd_incident_action.port import jq_mapping
from pd_incident_action.port.jq_mapping import (
    JqMapping,
    apply_jq_mapping,
    check_expression,
)
from pd_incident_action.port.mapping import to_entities

pytest.importorskip("jq")
INCIDENT = {"id": "Q1", "title": "Down", "teams": [{"summary": "Shop"}], "n": 2}


def outcome(*raws: dict[str, Any]) -> Outcome:
    first, *others = [
        Incident(raw.get("id", "key"), "Down", "triggered", urgency="high", raw=raw) for raw in raws
    ]
    return Outcome("Done.", incident=first, related_incidents=tuple(others))


def test_expressions_give_properties_of_any_type() -> None:
    expressions = {"team": ".teams[0].summary", "n": ".n + 1", "all": "[.teams[].summary]"}
    done = apply_jq_mapping(outcome(INCIDENT), expressions)
    (entity,) = to_entities(done, "b")
    assert entity.properties == {
        "status": "triggered",
        "urgency": "high",
        "team": "Shop",
        "n": 3,
        "all": ["Shop"],
    }
    assert done.warnings == ()


def test_what_gives_nothing_leaves_the_property_out() -> None:
    for expression in ["null", "empty", ".nothing", '.title | error("no")']:
        done = apply_jq_mapping(outcome(INCIDENT), {"urgency": expression})
        (entity,) = to_entities(done, "b")
        assert "urgency" not in entity.properties
        assert bool(done.warnings) is ("error" in expression)


def test_each_incident_has_its_own_values_and_a_failure_is_told_once() -> None:
    other = {**INCIDENT, "id": "Q2", "n": 5}
    # What isn't known isn't mapped.
    done = apply_jq_mapping(outcome(INCIDENT, other, {}), {"n": ".n", "x": ".title.y"})
    assert [entity.properties.get("n") for entity in to_entities(done, "b")] == [2, 5, None]
    (warning,) = done.warnings
    assert warning == (
        "The mapping of property 'x' failed and the property was left out: .title.y: "
        'Cannot index string with string ("y").'
    )


def test_an_expression_compiles_or_is_refused_in_a_line() -> None:
    for expression in [".a", "if .a then 1 else 2 end", '"x \\(.a)"']:
        assert check_expression(expression) == expression
    for expression in [".a | (", "unknown_function", "{{ .a }}"]:
        with pytest.raises(ValueError, match=r"^must be a jq expression: ") as caught:
            check_expression(expression)
        assert "\n" not in str(caught.value)


def test_without_jq_nothing_is_checked_and_evaluating_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "jq", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert check_expression("(") == "("
    assert JqMapping({"a": ".a"}).evaluate({}) == (
        {"a": None},
        ["The mapping was left out: the Python package jq isn't installed."],
    )


def test_an_expression_sees_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_SECRET", "hunter2")
    mapping = JqMapping({"all": "env", "one": "$ENV.OTHER_SECRET", "first": "repeat(1)"})
    values, problems = mapping.evaluate({})
    mapping.close()
    assert "hunter2" not in str(values)
    assert (values["one"], values["first"], problems) == (None, 1, [])


def test_an_expression_that_takes_too_much_is_left_out() -> None:
    for expression in ["def f: f; f", '"x" * 1000000000 | length']:
        mapping = JqMapping({"a": expression}, seconds=0.3)
        # The next incident gets a process of its own.
        for incident in ({"id": "Q1"}, {"id": "Q2"}):
            values, (problem,) = mapping.evaluate(incident)
            assert values == {"a": None}
            assert "left out" in problem
        mapping.close()


def test_where_the_time_is_up_an_endless_expression_has_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jq_mapping, "_MIN_SECONDS", 0.1)
    incidents = outcome(INCIDENT, {**INCIDENT, "id": "Q2"})
    (warning,) = apply_jq_mapping(incidents, {"n": "last(range(1e12))"}, seconds=0).warnings
    assert "its expressions took more than 0.1 s" in warning
