"""JSON from outside is read as it is, or refused: nothing that reads or writes it later fails."""

from __future__ import annotations

import json

import pytest

from pd_incident_action.text import MAX_JSON_DEPTH as MAX_DEPTH
from pd_incident_action.text import parse_strict_json as parse


def test_json_is_read() -> None:
    for value in [None, 1, "x", [], {"a": [1.5, {"b": True}]}, ["ü\u2028"]]:
        assert parse(json.dumps(value)) == parse(json.dumps(value).encode()) == value


def test_json_may_be_nested_so_deeply() -> None:
    nested = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert json.dumps(parse(nested)) == nested


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "NaN",
        "[Infinity]",
        "1e999",
        "9" * 5000,
        f"[{'[' * MAX_DEPTH}{']' * MAX_DEPTH}]",
    ]
    + [opening * 200_000 for opening in ("[", '{"a":', '[{"a":[')],
    ids=range(10),
)
def test_what_is_no_json_or_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is what callers rely on
        parse(text)
