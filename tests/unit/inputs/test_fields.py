"""The types of inputs: what each accepts and refuses."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import TypeAdapter, ValidationError

from pd_incident_action.inputs import fields

_AB = fields.SeveralOf[Literal["a", "b"]]
_A = "https://a.example"
GOOD: list[tuple[Any, object, object]] = [
    (fields.ShortText, "  a b\n", "a b"),
    (fields.Text, " kept\n as it is ", " kept\n as it is "),
    (fields.PagerDutyId, " PABC123 ", "PABC123"),
    (fields.Email, " ada+x@mail.example.com ", "ada+x@mail.example.com"),
    (fields.Name, " Ada Lovelace ", "Ada Lovelace"),
    (fields.NameList, "Checkout, Payments,, Checkout ", ("Checkout", "Payments")),
    (fields.PagerDutyIds, "Q1,Q2", ("Q1", "Q2")),
    (fields.RunId, "r_AbC123", "r_AbC123"),
    (fields.RunId, "wfnr_x-1", "wfnr_x-1"),
    (fields.Blueprint, "a.b:c=d@e+f", "a.b:c=d@e+f"),
    (fields.Subdomain, " Acme-1 ", "acme-1"),
    (fields.Urgency, " HIGH ", "high"),
    (fields.Severity, "Critical", "critical"),
    (fields.EventAction, "Resolve", "resolve"),
    (_AB, "b, A,b", ("b", "a")),
    (_AB, '["B"]', ("b",)),
    (fields.ApiUrl, "https://api.example.com/v2/", "https://api.example.com/v2"),
    (fields.ApiUrl, "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    (fields.ApiUrl, "http://localhost/x", "http://localhost/x"),
    (fields.ApiUrl, "http://[::1]:1", "http://[::1]:1"),
    (fields.WebUrl, " http://wiki.example.com/a?b#c ", "http://wiki.example.com/a?b#c"),
    (fields.Timestamp, " 2026-12-01T03:10:00.5+02:00", "2026-12-01T03:10:00.5+02:00"),
    (fields.Folder, " a//./b/ ", "a/b"),
    (fields.Folder, "./", "."),
    (fields.Headers, "X-A: b\n\n X-C:d e ", {"X-A": "b", "X-C": "d e"}),
    (fields.Details, '{"a": {"b": 1}}', {"a": {"b": 1}}),
    (fields.Details, {"a": 1}, {"a": 1}),
    (fields.Details, "plain text", {"details": "plain text"}),
    (fields.Details, "[1]", {"details": "[1]"}),
    # Numbers that JSON doesn't have.
    (fields.Details, '{"rate": NaN}', {"details": '{"rate": NaN}'}),
    (fields.Details, '{"rate": -Infinity}', {"details": '{"rate": -Infinity}'}),
    (fields.Links, f"{_A}\nhttps://b.example", [{"href": _A}, {"href": "https://b.example"}]),
    (fields.Links, f'["{_A}"]', [{"href": _A}]),
    (fields.Links, f'{{"href": "{_A}", "text": "A"}}', [{"href": _A, "text": "A"}]),
    (fields.Links, f'[{{"href": "{_A}", "text": null}}]', [{"href": _A}]),
    (fields.Links, [], []),
    (fields.Links, "see the wiki", []),
    (fields.Links, f'["javascript:x", 1, {{"href": null}}, {{"url": "{_A}"}}]', []),
    (fields.Images, f'[{{"src": "{_A}/x.png", "alt": 1}}]', [{"src": f"{_A}/x.png", "alt": "1"}]),
]
BAD: list[tuple[Any, str, list[object]]] = [
    (fields.ShortText, "valid string", [["a"]]),
    (fields.PagerDutyId, "must be a PagerDuty id", ["", "P/../users", "..", "P1?x=y", "P" * 65]),
    (fields.Email, "must be a single e-mail", ["ada", "a@b.c, d@e.f", "a d@e.f", "ada@host"]),
    (fields.Email, "must be a single e-mail", ["ada@example.com\r\nX-Evil: 1"]),
    (fields.Name, "must be a name or an id", ["Ada\nLovelace", "x" * 256]),
    (fields.NameList, "must be a name or an id", ["ok, not\tok"]),
    (fields.NameList, "at least 1 item", [" , "]),
    (fields.PagerDutyIds, "must be a PagerDuty id", ["Q1, Q/2"]),
    (fields.RunId, "must be the id of a Port run", ["../../other", "r 1"]),
    (fields.Blueprint, "must be the identifier of a blueprint", ["..", ".", "a/b"]),
    (fields.Subdomain, "must be the subdomain alone", ["acme.pagerduty.com", "-a", "a/b"]),
    (fields.Urgency, "'high' or 'low'", ['low", "status": "resolved']),
    (fields.Severity, "'critical', 'error', 'warning' or 'info'", ["fatal"]),
    (fields.EventAction, "'trigger', 'acknowledge' or 'resolve'", ["close"]),
    (_AB, "'a' or 'b'", ["a,c"]),
    (_AB, "at least 1 item", [",", ""]),
    (fields.ApiUrl, "must be an https:// URL", ["http://a.example", "https://", "ftp://localhost"]),
    (fields.ApiUrl, "must be an https:// URL", ["http://127.0.0.1.evil.example", "a.example"]),
    (fields.ApiUrl, "must be an https:// URL", ["http://localhost@evil.example"]),
    (fields.ApiUrl, "must be a bare URL", ["https://u:p@a.example", f"{_A}?x=1", f"{_A}#x"]),
    (fields.ApiUrl, "is not a URL", [f"{_A}:port", "https://[::1"]),
    (fields.WebUrl, r"must be an http\(s\) URL", ["javascript:x(1)", "https://a b", "a.example"]),
    (fields.Timestamp, "must be an ISO 8601 time", ["yesterday", "12/01/2026"]),
    (fields.Folder, "must be a folder below", ["/etc", "a/../b", "~x", "C:x", "a\\b", "a\tb"]),
    (fields.Headers, "must be headers such as", ["X-A", "X A: b", "X-A: b\nx-a: c", "X-A: ü"]),
    (fields.Secret, "must be one line without spaces", ["two words", "a\nb", "smart“quote", ""]),
]


def test_a_valid_value_is_accepted() -> None:
    for kind, given, accepted in GOOD:
        assert TypeAdapter[Any](kind).validate_python(given) == accepted, given


def test_an_invalid_value_is_refused() -> None:
    for kind, problem, values in BAD:
        for given in values:
            with pytest.raises(ValidationError, match=problem):
                TypeAdapter[Any](kind).validate_python(given)


def test_a_list_for_jobs_may_be_long() -> None:
    names = ",".join(f"P{number}" for number in range(1000))
    assert len(TypeAdapter[Any](fields.BulkNames).validate_python(names)) == 1000
    for many in (f"{names},P1000", " , "):
        with pytest.raises(ValidationError, match=r"at most 1000|at least 1"):
            TypeAdapter[Any](fields.BulkNames).validate_python(many)


def test_a_secret_is_trimmed_and_does_not_show_even_where_it_is_refused() -> None:
    secret = TypeAdapter[Any](fields.Secret).validate_python(" u+abc-DEF_123 \n")
    assert secret.get_secret_value() == "u+abc-DEF_123"
    assert "abc" not in f"{secret} {secret!r}"
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(fields.Secret).validate_python("my secret")
    assert "my secret" not in caught.value.errors()[0]["msg"]
