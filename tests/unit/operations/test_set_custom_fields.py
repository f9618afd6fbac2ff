"""Values of custom fields: checked against the fields before anything is sent."""

from __future__ import annotations

import pytest

from pd_incident_action.errors import NotApplicable
from pd_incident_action.operations.set_custom_fields import coerce_custom_fields
from pd_incident_action.pagerduty.models import CustomField

FIELDS = [
    CustomField(name="root_cause", display_name="Root cause", field_type="single_value"),
    CustomField(name="affected", data_type="integer", field_type="single_value"),
    CustomField(name="share", data_type="float", field_type="single_value"),
    CustomField(name="public", data_type="boolean", field_type="single_value"),
    CustomField(name="since", data_type="datetime", field_type="single_value"),
    CustomField(name="regions", data_type="string", field_type="multi_value_fixed"),
]


def test_a_value_becomes_what_the_field_takes() -> None:
    for name, value, expected in [
        ("root_cause", " disk ", "disk"),
        ("Root_Cause", 5, "5"),
        ("Root Cause", "disk", "disk"),
        ("affected", "12", 12),
        ("affected", 12, 12),
        ("share", "0.5", 0.5),
        ("public", "Yes", True),
        ("public", False, False),
        ("since", "2026-12-01T03:10Z", "2026-12-01T03:10:00Z"),
        ("regions", "eu, us", ["eu", "us"]),
        ("regions", ["eu", None, " "], ["eu"]),
        ("affected", None, None),
    ]:
        (result,) = coerce_custom_fields({name: value}, FIELDS).values()
        assert result == expected
        assert type(result) is type(expected)


def test_a_value_that_does_not_fit_is_refused() -> None:
    for name, value, data_type in [
        ("affected", "many", "integer"),
        ("share", "half", "float"),
        ("share", "nan", "float"),
        ("public", "perhaps", "boolean"),
        ("since", "then", "datetime"),
        ("since", "9999-12-31T23:59-12:00", "datetime"),
        ("root_cause", ["a", "b"], "string"),
        ("root_cause", {"a": "b"}, "string"),
        ("regions", {"a": "b"}, "string"),
    ]:
        with pytest.raises(NotApplicable) as refused:
            coerce_custom_fields({name: value}, FIELDS)
        assert f"'{name}' does not take '{value}'" in str(refused.value)
        assert f"it holds single values of type {data_type}" in str(refused.value)


def test_a_field_takes_one_value_whatever_it_is_called() -> None:
    with pytest.raises(NotApplicable, match="'root_cause' was given twice: 'Root Cause' is"):
        coerce_custom_fields({"root_cause": "disk", "Root Cause": "network"}, FIELDS)
