"""The simulator lists the custom fields of a type of incidents."""

from __future__ import annotations

import pytest
import requests

from pd_incident_simulator import Simulator

HEADERS = {"Authorization": "Token token=pd-account-token"}


def ask(sim: Simulator, incident_type: str, token: str = "") -> requests.Response:
    url = f"{sim.pagerduty.url}/incidents/types/{incident_type}/custom_fields"
    headers = {"Authorization": f"Bearer {token}"} if token else HEADERS
    return requests.get(url, headers=headers, timeout=5)


def test_fields_are_listed_with_their_names(sim: Simulator) -> None:
    answer = ask(sim, "incident_default")
    assert answer.status_code == 200
    field, *rest = answer.json()["fields"]
    assert (field["id"], field["name"], field["data_type"]) == ("PFIELD1", "root_cause", "string")
    assert len(rest) == 3


def test_an_unknown_type_has_none(sim: Simulator) -> None:
    assert ask(sim, "nonsense").status_code == 404


def test_a_plan_without_custom_fields_has_none(sim: Simulator) -> None:
    sim.pagerduty.state.missing_abilities.add("custom_fields")
    answer = ask(sim, "incident_default")
    assert (answer.status_code, answer.json()["error"]["code"]) == (402, 2014)


@pytest.mark.parametrize(
    ("scope", "status"), [("custom_fields.read", 200), ("incidents.read", 403)]
)
def test_an_app_needs_the_scope(sim: Simulator, scope: str, status: int) -> None:
    sim.pagerduty.state.oauth_tokens["app-token"] = frozenset({scope})
    assert ask(sim, "incident_default", "app-token").status_code == status
