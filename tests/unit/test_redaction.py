"""A known secret leaves the process in no form that an API might echo it in."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from pd_incident_action.models import Entity
from pd_incident_action.redaction import REDACTED, Redactor
from pd_incident_action.text import escape_markdown

SECRET = 'p+ß/"k<e>y&\\_%20'
PLAIN = "u>>?~yzAbC~~?>fj3kq"


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        html.escape(SECRET),
        escape_markdown(SECRET),
        quote(SECRET, safe="").lower(),
        SECRET.replace("k<e>y", "K<E>Y"),
    ],
)
def test_a_secret_is_starred_out_in_every_form(form: str) -> None:
    assert Redactor([SECRET]).redact(f"token={form};") == f"token={REDACTED};"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "user:", "client:x"])
@pytest.mark.parametrize("after", ["", "z", "zz", "zzz"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_is_starred_out_of_base64_at_every_offset(
    before: str, after: str, encode: Callable[[bytes], bytes]
) -> None:
    encoded = encode(f"{before}{PLAIN}{after}".encode()).decode()
    # Each character stands for six bits; these are the ones that hold the secret's bits alone.
    first, last = -(-len(before) * 8 // 6), (len(before) + len(PLAIN)) * 8 // 6
    hidden = f"Basic {encoded[:first]}{REDACTED}{encoded[last:]}"
    assert Redactor([PLAIN]).redact(f"Basic {encoded}") == hidden


@pytest.mark.parametrize("text", ["", "nothing here", "p+", "cGxhaW4gdGV4dA=="])
def test_text_without_a_secret_stays_as_it_is(text: str) -> None:
    assert Redactor([SECRET]).redact(text) == text


@pytest.mark.parametrize("short", ["", "a", "low", "high1"])
def test_what_is_too_short_to_be_a_secret_is_left_alone(short: str) -> None:
    assert Redactor([short]).redact(f"urgency {short}") == f"urgency {short}"


def test_without_secrets_text_stays_as_it_is() -> None:
    assert Redactor().redact("anything") == "anything"


def test_of_two_secrets_the_longer_one_is_starred_out_whole() -> None:
    redactor = Redactor(["abcdef", "abcdefghij"])
    assert redactor.redact("abcdefghij abcdef") == f"{REDACTED} {REDACTED}"


def test_a_secret_learned_later_is_hidden_from_then_on() -> None:
    redactor = Redactor([SECRET])
    assert redactor.redact(PLAIN) == PLAIN
    redactor.add(PLAIN)
    assert redactor.redact(f"{PLAIN} {SECRET}") == f"{REDACTED} {REDACTED}"


def test_json_is_scrubbed_in_depth_and_keeps_its_shape() -> None:
    value = {"a": [PLAIN, 1, None, {PLAIN: f"x{PLAIN}"}], "b": True}
    expected = {"a": [REDACTED, 1, None, {REDACTED: f"x{REDACTED}"}], "b": True}
    assert Redactor([PLAIN]).redact_json(value) == expected


def test_regular_expressions_in_a_secret_match_only_themselves() -> None:
    assert Redactor(["a.c.e.g"]).redact("abcdefg a.c.e.g") == f"abcdefg {REDACTED}"


def test_an_entity_is_scrubbed_and_keeps_its_place() -> None:
    entity = Entity("incident", "Q1", f"a {PLAIN}", {"x": [PLAIN], "n": 1}, {"service": "P1"})
    scrubbed = Entity(
        "incident", "Q1", f"a {REDACTED}", {"x": [REDACTED], "n": 1}, {"service": "P1"}
    )
    assert Redactor([PLAIN]).redact_entity(entity) == scrubbed
