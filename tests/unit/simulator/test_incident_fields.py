"""Custom fields of incidents hold what fits them, as PagerDuty's do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

Ask = Callable[..., requests.Response]


def fields(answer: requests.Response) -> dict[str, Any]:
    return {field["name"]: field["value"] for field in answer.json()["custom_fields"]}


def put(pagerduty: Ask, incident: str, *values: object) -> requests.Response:
    body = {"custom_fields": list(values)}
    return pagerduty("PUT", f"{incident}/custom_fields/values", body, From=None)


def test_an_incident_begins_without_values(pagerduty: Ask, incident: str) -> None:
    answer = pagerduty("GET", f"{incident}/custom_fields/values")
    names = ["root_cause", "customers_affected", "severity_level", "regions"]
    assert fields(answer) == dict.fromkeys(names)
    types = {f["name"]: (f["data_type"], f["field_type"]) for f in answer.json()["custom_fields"]}
    assert types["severity_level"] == ("string", "single_value_fixed")
    assert types["regions"] == ("string", "multi_value_fixed")


def test_values_are_kept_by_name_or_id(pagerduty: Ask, incident: str) -> None:
    first = put(pagerduty, incident, {"name": "root_cause", "value": "Disk"})
    assert first.status_code == 201
    put(pagerduty, incident, {"id": "PFIELD2", "value": 7})
    put(pagerduty, incident, {"name": "regions", "value": ["eu", "us"]})
    found = fields(pagerduty("GET", f"{incident}/custom_fields/values"))
    assert found == {
        "root_cause": "Disk",
        "customers_affected": 7,
        "severity_level": None,
        "regions": ["eu", "us"],
    }
    assert (
        fields(put(pagerduty, incident, {"name": "root_cause", "value": None}))["root_cause"]
        is None
    )
    kinds = [
        entry["type"] for entry in pagerduty("GET", f"{incident}/log_entries").json()["log_entries"]
    ]
    assert kinds.count("custom_field_value_change_log_entry") == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "colour", "value": "red"},
        {"id": "PNONE", "value": "red"},
        {"value": "red"},
        {"name": "root_cause"},
        {"name": "root_cause", "value": 7},
        {"name": "root_cause", "value": "x" * 201},
        {"name": "root_cause", "value": ["Disk"]},
        {"name": "customers_affected", "value": "7"},
        {"name": "customers_affected", "value": 1.5},
        {"name": "customers_affected", "value": True},
        {"name": "severity_level", "value": "huge"},
        {"name": "regions", "value": "eu"},
        {"name": "regions", "value": ["eu", "mars"]},
        {"name": "regions", "value": ["eu"] * 11},
        "root_cause",
    ],
)
def test_what_doesnt_fit_is_refused_and_changes_nothing(
    pagerduty: Ask, incident: str, wrong: object
) -> None:
    answer = put(pagerduty, incident, {"name": "root_cause", "value": "Disk"}, wrong)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2001)
    found = fields(pagerduty("GET", f"{incident}/custom_fields/values"))
    assert set(found.values()) == {None}


def test_fields_come_in_a_list(pagerduty: Ask, incident: str) -> None:
    body = {"custom_fields": {"root_cause": "Disk"}}
    assert pagerduty("PUT", f"{incident}/custom_fields/values", body).status_code == 400
