"""Values of custom fields: checked against the account's fields before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from pd_incident_action.errors import NotApplicable
from pd_incident_action.operations._shared.custom_fields import coerce_custom_fields

FIELDS = [
    {"name": "root_cause", "data_type": "string", "field_type": "single_value"},
    {"name": "affected", "data_type": "integer", "field_type": "single_value"},
    {"name": "share", "data_type": "float", "field_type": "single_value"},
    {"name": "public", "data_type": "boolean", "field_type": "single_value"},
    {"name": "since", "data_type": "datetime", "field_type": "single_value"},
    {"name": "regions", "data_type": "string", "field_type": "multi_value_fixed"},
]


@pytest.mark.parametrize(
    ("name", "value", "fitted"),
    [
        ("root_cause", " disk ", "disk"),
        ("Root_Cause", 5, "5"),
        ("affected", "12", 12),
        ("affected", 12, 12),
        ("share", "0.5", 0.5),
        ("public", "Yes", True),
        ("public", False, False),
        ("since", "2026-12-01T03:10Z", "2026-12-01T03:10:00Z"),
        ("regions", "eu, us", ["eu", "us"]),
        ("regions", ["eu"], ["eu"]),
        ("affected", None, None),
    ],
)
def test_a_value_becomes_what_the_field_takes(name: str, value: Any, fitted: Any) -> None:  # noqa: ANN401 - any JSON
    (result,) = coerce_custom_fields({name: value}, FIELDS).values()
    assert result == fitted
    assert type(result) is type(fitted)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("affected", "many"),
        ("share", "half"),
        ("share", "nan"),
        ("public", "perhaps"),
        ("since", "then"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(name: str, value: str) -> None:
    with pytest.raises(NotApplicable, match=f"'{name}' does not take '{value}': it holds"):
        coerce_custom_fields({name: value}, FIELDS)


@pytest.mark.parametrize("value", [["a", "b"], {"a": "b"}])
def test_several_values_do_not_become_the_text_of_one(value: object) -> None:
    with pytest.raises(NotApplicable, match="holds single values of type string"):
        coerce_custom_fields({"root_cause": value}, FIELDS)


def test_a_field_is_known_by_the_name_that_people_see() -> None:
    fields = [{"name": "root_cause", "display_name": "Root cause", "data_type": "string"}]
    assert coerce_custom_fields({"Root Cause": "disk"}, fields) == {"root_cause": "disk"}
    with pytest.raises(
        NotApplicable, match="'root_cause' was given twice: 'Root Cause' is another"
    ):
        coerce_custom_fields({"root_cause": "disk", "Root Cause": "network"}, fields)


@pytest.mark.parametrize(("fields", "known"), [(FIELDS, "root_cause, affected"), ([], "none")])
def test_an_unknown_field_lists_the_known_ones(fields: list[dict[str, str]], known: str) -> None:
    with pytest.raises(NotApplicable, match=f"no custom field 'rootcause'.*use one of {known}"):
        coerce_custom_fields({"rootcause": "x"}, fields)
