"""The configuration file's ``mapping`` decides what stands in the catalog, but never on a page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness import Action, from_port
from pd_incident_simulator import Simulator

pytest.importorskip("jq")
MAPPING = """\
mapping:
  status: .status | if . == "triggered" then "reopened" else . end
  escalation_policy: '"\\(.escalation_policy.summary) (level 1)"'
  created_at: empty
"""


def entity_of(sim: Simulator) -> dict[str, Any]:
    (entity,) = sim.port.state.entities["pagerdutyIncident"].values()
    return entity


def test_the_mapping_overrides_properties(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    result = act(event=event, config=MAPPING)
    assert result.code == 0, result.log
    assert result.annotations("warning") == []
    properties = entity_of(sim)["properties"]
    assert properties["status"] == "reopened"
    assert properties["escalation_policy"] == "Platform (level 1)"
    assert properties["urgency"] == "high"
    assert properties.get("created_at") is None
    assert result.outputs["incident-status"] == "triggered"
    assert json.loads(result.outputs["entity"])["properties"]["status"] == "reopened"


def test_each_of_several_incidents_is_mapped(sim: Simulator, act: Action) -> None:
    mapping = 'mapping: {escalation_policy: ".service.summary"}'
    result = act(title="Down", service="PSVC001,PSVC002", config=mapping)
    assert result.code == 0, result.log
    entities = sim.port.state.entities["pagerdutyIncident"].values()
    shown = {entity["properties"]["escalation_policy"] for entity in entities}
    assert shown == {"Checkout", "Payments"}


def test_an_expression_that_fails_is_a_warning_and_the_page_stands(
    sim: Simulator, act: Action
) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    result = act(event=event, config='mapping: {urgency: ".title.nothing", status: .status}')
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert warning.startswith("The mapping of property 'urgency' failed and the property was left")
    assert '.title.nothing: Cannot index string with string ("nothing").' in warning
    properties = entity_of(sim)["properties"]
    assert (properties.get("urgency"), properties["status"]) == (None, "triggered")


def test_a_property_that_the_blueprint_lacks_is_a_warning(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    result = act(event=event, config="mapping: {floor: '12'}")
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert "The blueprint lacks floor, left out of the entity" in warning
    assert "floor" not in entity_of(sim)["properties"]


def test_a_dry_run_shows_what_the_mapping_makes(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    result = act(event=event, config="mapping: {status: '\"reopened\"'}", dry_run="true")
    assert result.code == 0, result.log
    (entity,) = json.loads(result.outputs["plan"])["entities"]
    assert entity["properties"]["status"] == "reopened"
    assert sim.port.state.entities["pagerdutyIncident"] == {}


def test_entities_that_are_missing_are_made_only_where_that_is_wanted(
    sim: Simulator, act: Action
) -> None:
    del sim.port.state.entities["pagerdutyService"]["PSVC001"]
    without = act(title="Down", service="PSVC001")
    assert without.code == 0, without.log
    assert entity_of(sim).get("relations", {}).get("pagerdutyService") in (None, [])
    assert "PSVC001" in " ".join(without.annotations("warning"))

    result = act(title="Down", service="PSVC001", create_missing_related="true")
    assert result.code == 0, result.log
    assert result.annotations("warning") == []
    assert entity_of(sim)["relations"] == {"pagerdutyService": ["PSVC001"]}
    assert "PSVC001" in sim.port.state.entities["pagerdutyService"]
