"""A form that was made for something else changes nothing, whatever it asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generate.model import all_operations, label, shared_inputs
from main_fixtures import PAGE, with_event
from pd_incident_action.inputs.sources import (
    CONTEXT_INPUTS,
    Sources,
    add_form,
    folded_names,
    input_specs,
)
from pd_incident_action.inputs.values import normalize_name
from pd_incident_action.invocation import Invocation, parse_invocation

STEPS = {
    "trigger": {"INPUT_OPERATION": "trigger", "INPUT_ROUTING-KEY": "R" * 32},
    "create": PAGE,
}
FROM_FORM = {"from", "routing-key"}
KNOWN = sorted(
    {name for one in all_operations() for name in folded_names(one.Inputs)}
    | {one.form_name for one in shared_inputs()}
)
# What makes a form ours.
OURS = {*map(normalize_name, CONTEXT_INPUTS), "summary"}
NAMES = st.one_of(st.sampled_from(KNOWN), st.text(max_size=20)).filter(
    lambda name: normalize_name(name) not in OURS
)
VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["true", "false", "30m", "aws", "low", "null", "PSVC001", "r_1", "{}", "[]"]),
    st.booleans(),
    st.integers(),
    st.none(),
    st.dictionaries(st.sampled_from(["entity", "run_id", "title", "x"]), st.text(), max_size=3),
)


def read(step: dict[str, str], form: object, folder: Path) -> Invocation:
    """Read an invocation, without what is only logged of a form."""
    found = parse_invocation(with_event(step, {"inputs": form}, folder))
    return found._replace(sources=found.sources._replace(foreign_names=()))


@pytest.mark.parametrize("operation", STEPS)
@given(form=st.dictionaries(NAMES, VALUES, max_size=8))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_strangers_form_changes_nothing(
    tmp_path: Path, operation: str, form: dict[str, Any]
) -> None:
    step = STEPS[operation]
    found, expected = read(step, form, tmp_path), read(step, {}, tmp_path)
    assert found == expected
    assert found.warnings() == ()
    assert found.validated is not None


def test_a_form_with_a_field_for_ports_context_is_ours() -> None:
    for value in ["", None, "null", "{}"]:
        for name in ["port_context", "portPayload", "port-context"]:
            sources, problems = add_form(
                Sources(), {name: value, "x": "1"}, all_operations()[0].Inputs
            )
            assert (sources.dispatch_inputs["x"], problems) == ("1", [])


def test_a_form_is_ours_if_it_has_what_the_operation_is_about() -> None:
    for operation in all_operations():
        main = [name for _, _, spec in input_specs(operation.Inputs) for name in spec.main]
        assert main or operation.name in {"check-sla", "doctor"} or not operation.from_port
        known = folded_names(operation.Inputs)
        for name in main:
            assert known[normalize_name(name)][1].main, name
            for form in ({name: "x", "y": "1"}, {"payload": json.dumps({name: "x"}), "y": "1"}):
                sources, _ = add_form(Sources(), form, operation.Inputs)
                assert "y" in sources.dispatch_inputs, (name, form)
            step = Sources({normalize_name(name): "given"})
            sources, _ = add_form(step, {name: "x", "y": "1"}, operation.Inputs)
            assert (sources.dispatch_inputs, sources.foreign_names) == ({}, (name, "y"))
            sources, _ = add_form(Sources(), {name: " ", "y": "1"}, operation.Inputs)
            assert sources.dispatch_inputs == {}


def test_settings_come_from_with_alone_but_for_what_ports_guides_send() -> None:
    from_form = {one.name for one in shared_inputs() if not one.spec.with_only}
    assert from_form == FROM_FORM | set(CONTEXT_INPUTS)


def test_an_older_payload_that_is_about_something_else_is_a_strangers() -> None:
    create = next(one for one in all_operations() if label(one) == "create")
    for payload in ('{"service": "payments"}', "v1.2.3", "[1]", "{", '{"title": null}', 5):
        sources, _ = add_form(Sources(), {"payload": payload, "x": "1"}, create.Inputs)
        assert sources.dispatch_inputs == sources.port_inputs == {}, payload
