"""A known secret leaves the process in no form in which an API might echo it."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote

from pd_incident_action.models import Entity
from pd_incident_action.redaction import REDACTED, Redactor
from pd_incident_action.text import escape_html, escape_markdown

SECRET = 'p+ß/"k<e>y&\\_%20'
PLAIN = "u>>?~yzAbC~~?>fj3kq"


def test_a_secret_is_redacted_in_every_form() -> None:
    for form in [
        SECRET,
        quote(SECRET, safe=""),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        html.escape(SECRET),
        escape_markdown(SECRET),
        quote(SECRET, safe="").lower(),
        SECRET.replace("k<e>y", "K<E>Y"),
    ]:
        assert Redactor([SECRET]).redact(f"token={form};") == f"token={REDACTED};"


def test_a_secret_is_redacted_in_base64_at_every_offset() -> None:
    for encode in [base64.b64encode, base64.urlsafe_b64encode]:
        for before in ("", "a", "ab", "abc", "user:", "client:x"):
            for after in ("", "z", "zz", "zzz"):
                encoded = encode(f"{before}{PLAIN}{after}".encode()).decode()
                # Each character stands for six bits; these have bits of the secret alone.
                first, last = -(-len(before) * 8 // 6), (len(before) + len(PLAIN)) * 8 // 6
                redacted = f"Basic {encoded[:first]}{REDACTED}{encoded[last:]}"
                assert Redactor([PLAIN]).redact(f"Basic {encoded}") == redacted


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_secret_is_redacted_in_what_was_encoded_twice_or_wrapped() -> None:
    encodes: list[Callable[[str], str]] = [
        lambda secret: quote(quote(f"https://x.example/?t={secret}", safe=""), safe=""),
        lambda secret: json.dumps(json.dumps({"t": secret})),
        lambda secret: json.dumps({"t": secret}).replace("/", r"\/"),
        lambda secret: _base64(_base64(f"user:{secret}")),
        lambda secret: quote(_base64(f"user:{secret}"), safe=""),
        lambda secret: _base64(json.dumps({"t": secret})),
        lambda secret: base64.encodebytes(f"{'x' * 50}{secret}{'y' * 50}".encode()).decode(),
        lambda secret: json.dumps(base64.encodebytes(f"{'x' * 50}{secret}".encode()).decode()),
        lambda secret: f"{secret[:5]}\r\n\t{secret[5:]}",
        lambda secret: escape_markdown(f"https://x.example/({secret})"),
        lambda secret: escape_html(f"https://x.example/({secret})"),
    ]
    secrets: list[str] = [SECRET, PLAIN, "plain0Token-1234_56", "(p@rens)."]
    for secret in secrets:
        for encode in encodes:
            redacted = Redactor([secret]).redact(encode(secret))
            assert redacted.count(REDACTED) == 1
            assert secret not in redacted


def test_redacting_a_long_text_takes_no_time() -> None:
    redactor = Redactor([PLAIN, SECRET])
    for text in ("\\" * 100_000, "\n" * 100_000, f"{PLAIN[:-1]}\n" * 5000, "%0" * 50_000):
        assert redactor.redact(text) == text
        assert redactor.redact(f"{text}{PLAIN}") == f"{text}{REDACTED}"


def test_nothing_but_the_whole_secret_is_redacted() -> None:
    for secrets, text, redacted in [
        ([SECRET], "nothing here, p+, cGxhaW4gdGV4dA==", None),
        (["", "a", "low"], "urgency low", None),  # too short
        (["high"], "urgency high, aGlna", f"urgency {REDACTED}, aGlna"),
        (["abcdef", "abcdefghij"], "abcdefghij abcdef", f"{REDACTED} {REDACTED}"),
        (["a.c.e.g"], "abcdefg a.c.e.g", f"abcdefg {REDACTED}"),
    ]:
        assert Redactor(secrets).redact(text) == (redacted or text)


def test_a_secret_is_redacted_from_when_it_is_added() -> None:
    redactor = Redactor([SECRET])
    assert redactor.redact(PLAIN) == PLAIN
    redactor.add(PLAIN)
    assert redactor.redact(f"{PLAIN} {SECRET}") == f"{REDACTED} {REDACTED}"


def test_json_and_entities_keep_their_shape() -> None:
    redactor = Redactor([PLAIN])
    value = {"a": [PLAIN, 1, None, {PLAIN: f"x{PLAIN}"}], "b": True}
    redacted = {"a": [REDACTED, 1, None, {REDACTED: f"x{REDACTED}"}], "b": True}
    relations = {"service": "P1", "others": [f"x-{PLAIN}"], "none": None}
    entity = Entity("incident", f"key-{PLAIN}", f"a {PLAIN}", value, relations)
    relations |= {"others": ["x-redacted"]}
    assert redactor.redact_entity(entity) == Entity(
        "incident", "key-redacted", f"a {REDACTED}", redacted, relations
    )
