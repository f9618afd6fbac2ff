"""Set custom fields; how values are converted is tested with the fields."""

from __future__ import annotations

import json
from typing import Any

from harness import Action, from_port
from pd_incident_simulator import Simulator

CONFIG = "custom-fields: {cause: root_cause}"


def test_fields_are_set_by_either_name(sim: Simulator, act: Action, incident: str) -> None:
    fields = {"cause": 'disk "full"', "customers_affected": "12", "regions": "eu, us"}
    event = from_port(sim, incident)
    for given in (json.dumps(fields), fields):
        event["inputs"]["fields"] = given
        result = act.succeed("set-custom-fields", event=event, config=CONFIG)
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
        assert expected in act.fail("set-custom-fields", incident=incident, fields=fields)
        assert not sim.pagerduty.state.custom_field_values.get(incident)


def test_fields_are_properties_where_the_blueprint_has_them(
    sim: Simulator, act: Action, incident: str
) -> None:
    properties = sim.port.state.blueprints["pagerdutyIncident"]["schema"]["properties"]
    properties |= {
        "root_cause": {"type": "string"},
        "regions": {"type": "array", "items": {"type": "string"}},
        "team": {"type": "string"},
    }

    def shown() -> dict[str, Any]:
        found = sim.port.state.entities["pagerdutyIncident"][incident]["properties"]
        return {name: found.get(name) for name in ("root_cause", "regions")}

    fields = {"root_cause": "disk", "regions": ["eu"], "customers_affected": 3}
    result = act("set-custom-fields", incident=incident, fields=json.dumps(fields))
    assert (result.code, result.annotations("warning")) == (0, []), result.log
    assert shown() == {"root_cause": "disk", "regions": ["eu"]}
    values = sim.pagerduty.state.custom_field_values[incident]
    values |= {"root_cause": None, "regions": ["us"]}
    result = act("sync", what="incidents")
    assert (result.code, result.annotations("warning")) == (0, []), result.log
    assert shown() == {"root_cause": None, "regions": ["us"]}

    # Elsewhere, the webhook tells.
    act("setup", actions="none")
    fields = {"root_cause": "network"}
    act("set-custom-fields", incident=incident, fields=json.dumps(fields), port_client_id=None)
    assert sim.pagerduty.state.outbox.settle()
    assert shown() == {"root_cause": "network", "regions": ["us"]}
