"""Custom fields through the whole action."""

from __future__ import annotations

import json

import pytest

from harness import Action, from_port
from pd_incident_simulator import Simulator

CONFIG = "custom-fields: {cause: root_cause}"


@pytest.fixture
def incident(sim: Simulator, act: Action) -> str:
    act(title="Down", service="PSVC001", port_client_id=None)
    (identifier,) = sim.pagerduty.state.incidents
    return identifier


def test_fields_are_set_by_either_name(sim: Simulator, act: Action, incident: str) -> None:
    fields = {"cause": 'disk "full"', "customers_affected": "12", "regions": "eu, us"}
    event = from_port(sim, incident, fields=json.dumps(fields))
    for _ in range(2):
        result = act("set-custom-fields", event=event, config=CONFIG)
        assert result.code == 0, result.log
    assert sim.pagerduty.state.custom_field_values[incident] == {
        "root_cause": 'disk "full"',
        "customers_affected": 12,
        "regions": ["eu", "us"],
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("nonsense", "must be a JSON object"),
        ('{"nonsense": 1}', "no custom field 'nonsense'"),
        ('{"customers_affected": "many"}', "does not take 'many'"),
        ('{"severity_level": "worst"}', "PagerDuty did not set the custom fields"),
    ],
)
def test_what_does_not_fit_is_told(
    sim: Simulator, act: Action, incident: str, fields: str, expected: str
) -> None:
    result = act("set-custom-fields", incident=incident, fields=fields)
    assert result.code == 1
    assert expected in result.annotations("error")[0]
    assert not sim.pagerduty.state.custom_field_values.get(incident)


def test_a_plan_without_them_is_named(sim: Simulator, act: Action, incident: str) -> None:
    sim.pagerduty.state.missing_abilities = {"custom_fields"}
    result = act("set-custom-fields", incident=incident, fields='{"root_cause": "x"}')
    assert result.code == 1
    assert "Custom Fields" in result.annotations("error")[0]
