"""Set custom fields; how values are converted is tested with the fields."""

from __future__ import annotations

import json

from harness import Action, from_port
from pd_incident_simulator import Simulator

CONFIG = "custom-fields: {cause: root_cause}"


def test_fields_are_set_by_either_name(sim: Simulator, act: Action, incident: str) -> None:
    fields = {"cause": 'disk "full"', "customers_affected": "12", "regions": "eu, us"}
    event = from_port(sim, incident)
    for given in (json.dumps(fields), fields):
        event["inputs"]["fields"] = given
        result = act("set-custom-fields", event=event, config=CONFIG)
        assert result.code == 0, result.log
    assert sim.pagerduty.state.custom_field_values[incident] == {
        "root_cause": 'disk "full"',
        "customers_affected": 12,
        "regions": ["eu", "us"],
    }
    assert 'customers_affected to 12, regions to ["eu", "us"] on incident #1234' in result.log


def test_what_does_not_fit_sets_nothing(sim: Simulator, act: Action, incident: str) -> None:
    for fields, missing, expected in [
        ("nonsense", "", "must be a JSON object"),
        ("{}", "", "'fields' is missing"),
        ('{"nonsense": 1}', "", "no custom field 'nonsense'"),
        ('{"customers_affected": "many"}', "", "does not take 'many'"),
        ('{"severity_level": "worst"}', "", "PagerDuty failed to set the custom fields"),
        ('{"root_cause": "x"}', "custom_fields", "plan does not include Custom Fields"),
    ]:
        sim.pagerduty.state.missing_abilities = {missing}
        result = act("set-custom-fields", incident=incident, fields=fields)
        assert result.code == 1
        assert expected in result.annotations("error")[0]
        assert not sim.pagerduty.state.custom_field_values.get(incident)
