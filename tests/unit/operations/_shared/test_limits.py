"""What is too long for PagerDuty is cut, said, and kept whole for the summary."""

from __future__ import annotations

import json

import pytest

from pd_incident_action.operations._shared.truncation import (
    CUSTOM_DETAILS_BYTES,
    DEDUP_KEY,
    SUMMARY,
    TITLE,
    Truncator,
)


@pytest.mark.parametrize("character", ["", "x", "ä", "🔥"])
def test_text_that_fits_is_sent_whole_and_without_a_word(character: str) -> None:
    trimmer, text = Truncator(), character * TITLE
    assert trimmer.fit("title", text, TITLE) == text
    assert trimmer.warnings == ()
    assert trimmer.truncated_inputs == {}


def test_text_that_is_too_long_is_cut_and_kept() -> None:
    trimmer = Truncator()
    assert trimmer.fit("summary", "x" * (SUMMARY + 1), SUMMARY) == "x" * (SUMMARY - 1) + "…"
    assert trimmer.truncated_inputs == {"summary": "x" * (SUMMARY + 1)}
    (warning,) = trimmer.warnings
    assert "'summary' has 1025 characters" in warning
    assert "job summary" in warning


def test_each_cut_input_has_its_own_warning() -> None:
    trimmer = Truncator()
    trimmer.fit("title", "abc", 2)
    trimmer.fit("details", "def", 3)
    trimmer.fit("summary", "ghi", 1)
    assert list(trimmer.truncated_inputs) == ["title", "summary"]
    assert len(trimmer.warnings) == 2


def test_text_is_sent_well_formed() -> None:
    assert Truncator().fit("title", "a\x00\ud800", TITLE) == "a\ufffd\ufffd"


@pytest.mark.parametrize(
    "value", [{}, {"a": [1, None, {"b": "ü"}]}, {"x": "y" * (CUSTOM_DETAILS_BYTES - 9)}]
)
def test_an_object_that_fits_stays_an_object(value: dict[str, object]) -> None:
    trimmer = Truncator()
    assert trimmer.truncate_json("custom-details", value) == value
    assert trimmer.truncated_inputs == {}


@pytest.mark.parametrize("character", ["y", "ü", "🔥", '"', "\\", "\n", "\x01"])
def test_an_object_that_is_too_large_becomes_the_beginning_of_its_json(character: str) -> None:
    trimmer = Truncator()
    value = {"x": character * CUSTOM_DETAILS_BYTES}
    whole = json.dumps(value, ensure_ascii=False)
    fitted = trimmer.truncate_json("custom-details", value)
    assert list(fitted) == ["details"]
    assert len(fitted["details"]) > CUSTOM_DETAILS_BYTES // 5
    assert whole.startswith(fitted["details"].removesuffix("…"))
    assert len(json.dumps(fitted, ensure_ascii=False).encode()) < 500_000
    assert trimmer.truncated_inputs == {"custom-details": whole}


def test_surrogates_in_an_object_are_replaced() -> None:
    assert Truncator().truncate_json("custom-details", {"a": "\ud800x"}) == {"a": "\ufffdx"}


def test_nul_in_an_object_is_replaced() -> None:
    assert Truncator().truncate_json("custom-details", {"a": "b\x00"}) == {"a": "b\ufffd"}


@pytest.mark.parametrize("key", ["k", "k" * DEDUP_KEY, "ü" * DEDUP_KEY])
def test_a_key_that_fits_stays_as_it_is(key: str) -> None:
    trimmer = Truncator()
    assert trimmer.shorten_key("dedup-key", key) == key
    assert trimmer.truncated_inputs == {}


def test_keys_that_differ_only_where_they_are_cut_stay_different() -> None:
    trimmer, beginning = Truncator(), "k" * DEDUP_KEY
    one, other = (trimmer.shorten_key("dedup-key", beginning + end) for end in ("1", "2"))
    assert one != other
    assert len(one) == len(other) == DEDUP_KEY
    assert one == Truncator().shorten_key("dedup-key", f"{beginning}1")
    assert one.startswith("k" * 200)
    assert trimmer.truncated_inputs == {"dedup-key": f"{beginning}2"}


def test_a_key_is_sent_well_formed() -> None:
    assert Truncator().shorten_key("dedup-key", "a\x00\ud800") == "a\ufffd\ufffd"
