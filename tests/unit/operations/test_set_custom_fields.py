"""Custom fields: by the account's names or the organisation's own."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from responses import RequestsMock

from pd_incident_action.config.model import Config
from pd_incident_action.errors import NotApplicable
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.set_custom_fields import SetCustomFields

URL = "https://api.pagerduty.com/incidents/Q1"
VALUES = f"{URL}/custom_fields/values"
FIELDS = [{"name": "customers_affected", "data_type": "integer", "field_type": "single_value"}]
REQUEST = SetCustomFields.Inputs(incident="Q1", fields={"impact": "12"})


@pytest.fixture(autouse=True)
def incident(api: RequestsMock) -> None:
    shown = {"id": "Q1", "incident_number": 42, "title": "Down"}
    api.add("GET", URL, json={"incident": shown})


def test_values_are_set_under_pagerdutys_names(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", VALUES, json={"custom_fields": FIELDS})
    api.add("PUT", VALUES, json={"custom_fields": []})
    config = Config(custom_fields={"impact": "customers_affected"})
    outcome = SetCustomFields(REQUEST, replace(tools, config=config)).run()
    assert json.loads(api.calls[-1].request.body or "") == {
        "custom_fields": [{"name": "customers_affected", "value": 12}]
    }
    assert outcome.message == "Incident #42 Down has customers_affected = 12 now."


def test_an_unknown_field_sends_nothing(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", VALUES, json={"custom_fields": FIELDS})
    with pytest.raises(NotApplicable, match="no custom field 'impact'"):
        SetCustomFields(REQUEST, tools).run()


def test_a_plan_without_them_is_named(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", VALUES, status=402, json={"error": {"code": 2014}})
    with pytest.raises(NotApplicable, match="plan does not include Custom Fields"):
        SetCustomFields(REQUEST, tools).run()
