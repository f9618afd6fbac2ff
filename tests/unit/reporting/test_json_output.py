"""Outputs in JSON stay JSON, whatever their size."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pd_incident_action.reporting import outputs
from pd_incident_action.reporting.outputs import to_json

MAX = 900_000


def size(text: str) -> int:
    return len(text.encode("utf-16-le"))


def test_what_fits_stays_whole() -> None:
    for value in [None, {}, [], "ö", {"incident": {"id": "Q1"}}, ["x" * 440_000]]:
        text, warning = to_json("response", value)
        assert (json.loads(text), warning) == (value, "")


def items(count: int, length: int, character: str = "x") -> list[dict[str, str]]:
    return [{"id": f"{number}", "text": character * length} for number in range(count)]


def test_a_list_loses_its_last_items() -> None:
    for character in ["x", "é", "🔥", "\\", '"', "\n"]:
        value = items(40, 30_000, character)
        text, warning = to_json("alerts", value)
        found = json.loads(text)
        assert 1 < len(found) < 40
        assert found == value[: len(found)]
        assert MAX * 0.85 < size(text) <= MAX
        assert warning == (
            f"Output 'alerts' was longer than GitHub takes: it has only {len(found)} of 40 alerts."
        )


def test_the_longest_list_is_shortened_first() -> None:
    value: Any = {"incident": {"id": "Q1"}, "alerts": items(500, 4_000), "log": items(500, 100)}
    text, warning = to_json("response", value)
    found = json.loads(text)
    assert (found["incident"], found["log"]) == (value["incident"], value["log"])
    assert f"it has only {len(found['alerts'])} of 500 alerts." in warning


def test_several_lists_are_shortened_alike() -> None:
    value = {"alerts": items(50, 20_000), "log": items(50, 20_000)}
    text, warning = to_json("response", value)
    found = json.loads(text)
    assert abs(len(found["alerts"]) - len(found["log"])) <= 1
    assert "of 50 alerts, " in warning
    assert warning.endswith("of 50 log.")


def test_texts_are_shortened_where_one_item_is_too_long() -> None:
    for value in [
        {"incident": {"body": ["x" * 900_000, 1]}},
        [{"body": "x" * 900_000}],
        "x" * 900_000,
    ]:
        text, warning = to_json("response", value)
        assert type(json.loads(text)) is type(value)
        assert size(text) <= MAX
        assert warning.endswith("takes: long texts in it were shortened.")


def test_what_nothing_makes_fit_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "_MAX_BYTES", 9_000)
    text, warning = to_json("response", {str(number): number for number in range(1_000)})
    assert (text, warning) == (
        "null",
        "Output 'response' was longer than GitHub takes and is left out.",
    )
