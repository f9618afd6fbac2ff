"""Where a wrong id came from."""

from __future__ import annotations

import pytest

from pd_incident_action.inputs.port_context import PortContext
from pd_incident_action.inputs.provenance import InputSource, explain_source, trace_inputs
from pd_incident_action.inputs.sources import Sources
from pd_incident_action.operations._shared.incident_selection import IncidentSelection
from pd_incident_action.operations.escalate import Escalate

ORIGINS = (
    InputSource("incident", "Q1ABCDEF, Q2ABCDEF", "the workflow's inputs"),
    InputSource("urgency", "high", "the step's `with:`"),
)


@pytest.mark.parametrize(
    ("sources", "where"),
    [
        (Sources({"incidentid": "Q1ABC"}), "the step's `with:`"),
        (Sources({}, {"incident": "Q1ABC"}), "the workflow's inputs"),
        (
            Sources(context=PortContext(properties={"incident_id": "Q1ABC"})),
            "what was filled in in Port",
        ),
        (
            Sources(context=PortContext(entity="Q1ABC")),
            "the entity that the Port action was run on",
        ),
    ],
)
def test_each_place_has_a_name(sources: Sources, where: str) -> None:
    assert trace_inputs(Escalate.Inputs, sources) == (InputSource("incident", "Q1ABC", where),)


def test_the_configuration_file_is_a_place() -> None:
    sources = Sources(configured={"urgency": "high"})
    assert trace_inputs(Escalate.Inputs, sources) == (
        InputSource("urgency", "high", "the configuration file"),
    )
    assert trace_inputs(IncidentSelection, Sources()) == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "PagerDuty did not find incident Q2ABCDEF: it answered 404",
            "Q2ABCDEF is input 'incident', from the workflow's inputs.",
        ),
        ("PagerDuty did not find incident Q2ABCDEFG", ""),
        ("urgency high", ""),
        ("", ""),
    ],
)
def test_a_text_names_the_input_whose_value_it_speaks_of(text: str, sentence: str) -> None:
    assert explain_source(text, ORIGINS) == sentence
