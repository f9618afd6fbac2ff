"""The types of inputs: what each takes, and what it refuses."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from pd_incident_action.inputs import fields

GOOD: list[tuple[object, object, object]] = [
    (fields.ShortText, "  a b\n", "a b"),
    (fields.Text, " kept\n as it is ", " kept\n as it is "),
    (fields.PagerDutyId, " PABC123 ", "PABC123"),
    (fields.PagerDutyId, "Q1ABCDEF234567", "Q1ABCDEF234567"),
    (fields.Email, " ada+x@mail.example.com ", "ada+x@mail.example.com"),
    (fields.Name, " Ada Lovelace ", "Ada Lovelace"),
    (fields.NameList, "Checkout, Payments,, Checkout ", ("Checkout", "Payments")),
    (fields.PagerDutyIds, "Q1,Q2", ("Q1", "Q2")),
    (fields.Folder, " a/b/ ", "a/b"),
    (fields.Folder, "./a//b", "a/b"),
    (fields.Folder, ".", "."),
    (fields.Folder, "a..b", "a..b"),
    (fields.RunId, "r_AbC123", "r_AbC123"),
    (fields.RunId, "wfnr_x-1", "wfnr_x-1"),
    (fields.Blueprint, "pagerdutyIncident", "pagerdutyIncident"),
    (fields.Blueprint, "a.b:c=d@e+f", "a.b:c=d@e+f"),
    (fields.Urgency, " HIGH ", "high"),
    (fields.Severity, "Critical", "critical"),
    (fields.EventAction, "Resolve", "resolve"),
    (fields.ApiUrl, "https://api.example.com/v2/", "https://api.example.com/v2"),
    (fields.ApiUrl, "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    (fields.ApiUrl, "http://localhost/x", "http://localhost/x"),
    (fields.ApiUrl, "http://[::1]:1", "http://[::1]:1"),
    (fields.WebUrl, " http://wiki.example.com/a?b#c ", "http://wiki.example.com/a?b#c"),
    (fields.Timestamp, "2026-12-01T03:10:00Z", "2026-12-01T03:10:00Z"),
    (fields.Timestamp, " 2026-12-01T03:10:00.5+02:00", "2026-12-01T03:10:00.5+02:00"),
    (fields.Details, '{"a": {"b": 1}}', {"a": {"b": 1}}),
    (fields.Details, {"a": 1}, {"a": 1}),
    (fields.Details, "plain text", {"details": "plain text"}),
    (fields.Details, "[1]", {"details": "[1]"}),
    (fields.Details, "12", {"details": "12"}),
    (fields.Links, "https://a.example", [{"href": "https://a.example"}]),
    (
        fields.Links,
        "https://a.example\nhttps://b.example",
        [{"href": "https://a.example"}, {"href": "https://b.example"}],
    ),
    (fields.Links, '["https://a.example"]', [{"href": "https://a.example"}]),
    (
        fields.Links,
        '{"href": "https://a.example", "text": "A"}',
        [{"href": "https://a.example", "text": "A"}],
    ),
    (fields.Links, [], []),
    (
        fields.Images,
        '[{"src": "https://a.example/x.png", "alt": 1}]',
        [{"src": "https://a.example/x.png", "alt": "1"}],
    ),
]

BAD: list[tuple[object, object, str]] = [
    (fields.ShortText, ["a"], "valid string"),
    (fields.PagerDutyId, "", "must be a PagerDuty id"),
    (fields.PagerDutyId, "P/../users", "must be a PagerDuty id"),
    (fields.PagerDutyId, "..", "must be a PagerDuty id"),
    (fields.PagerDutyId, "P1?x=y", "must be a PagerDuty id"),
    (fields.PagerDutyId, "P" * 65, "must be a PagerDuty id"),
    (fields.Email, "ada", "must be a single e-mail"),
    (fields.Email, "a@b.c, d@e.f", "must be a single e-mail"),
    (fields.Email, "ada@example.com\r\nX-Evil: 1", "must be a single e-mail"),
    (fields.Email, "a d@example.com", "must be a single e-mail"),
    (fields.Email, "ada@localhost", "must be a single e-mail"),
    (fields.Name, "Ada\nLovelace", "must be a name or an id"),
    (fields.Name, "x" * 256, "must be a name or an id"),
    (fields.NameList, "ok, not\tok", "must be a name or an id"),
    (fields.NameList, " , ", "at least 1 item"),
    (fields.PagerDutyIds, "Q1, Q/2", "must be a PagerDuty id"),
    (fields.Folder, "..", "must be a folder below the workspace"),
    (fields.Folder, "a/../b", "must be a folder below the workspace"),
    (fields.Folder, "/etc", "must be a folder below the workspace"),
    (fields.Folder, "~/x", "must be a folder below the workspace"),
    (fields.Folder, "C:/x", "must be a folder below the workspace"),
    (fields.Folder, "\\\\host\\x", "must be a folder below the workspace"),
    (fields.Folder, "a\nb", "must be a folder below the workspace"),
    (fields.RunId, "../../other", "must be the id of a Port run"),
    (fields.RunId, "r 1", "must be the id of a Port run"),
    (fields.Blueprint, "..", "must be the identifier of a blueprint"),
    (fields.Blueprint, ".", "must be the identifier of a blueprint"),
    (fields.Blueprint, "a/b", "must be the identifier of a blueprint"),
    (fields.Urgency, 'low", "status": "resolved', "'high' or 'low'"),
    (fields.Severity, "fatal", "'critical', 'error', 'warning' or 'info'"),
    (fields.EventAction, "close", "'trigger', 'acknowledge' or 'resolve'"),
    (fields.ApiUrl, "http://api.example.com", "must be an https:// URL"),
    (fields.ApiUrl, "http://127.0.0.1.evil.example", "must be an https:// URL"),
    (fields.ApiUrl, "http://localhost@evil.example", "must be an https:// URL"),
    (fields.ApiUrl, "ftp://localhost", "must be an https:// URL"),
    (fields.ApiUrl, "api.pagerduty.com", "must be an https:// URL"),
    (fields.ApiUrl, "https://", "must be an https:// URL"),
    (fields.ApiUrl, "https://user:pass@api.example.com", "must be a bare URL"),
    (fields.ApiUrl, "https://api.example.com?x=1", "must be a bare URL"),
    (fields.ApiUrl, "https://api.example.com#x", "must be a bare URL"),
    (fields.WebUrl, "javascript:alert(1)", r"must be an http\(s\) URL"),
    (fields.WebUrl, "https://a b", r"must be an http\(s\) URL"),
    (fields.WebUrl, "wiki.example.com", r"must be an http\(s\) URL"),
    (fields.Timestamp, "yesterday", "must be an ISO 8601 time"),
    (fields.Timestamp, "12/01/2026", "must be an ISO 8601 time"),
    (fields.Links, "see the wiki", r"must be an http\(s\) URL"),
    (fields.Links, '[{"url": "https://a.example"}]', "must be URLs, one a line"),
    (fields.Links, "[1]", "must be URLs, one a line"),
    (fields.Links, '["javascript:x"]', r"must be an http\(s\) URL"),
    (fields.Links, '[{"href": null}]', "must be URLs, one a line"),
    (fields.Images, '[{"href": "https://a.example"}]', "objects with 'src'"),
    (fields.Secret, "two words", "must be one line without spaces"),
    (fields.Secret, "line\nbreak", "must be one line without spaces"),
    (fields.Secret, "smart“quote", "must be one line without spaces"),
    (fields.Secret, "", "must be one line without spaces"),
]


@pytest.mark.parametrize(("kind", "given", "taken"), GOOD)
def test_what_is_right_is_taken(kind: type[object], given: object, taken: object) -> None:
    assert TypeAdapter[Any](kind).validate_python(given) == taken


@pytest.mark.parametrize(("kind", "given", "problem"), BAD)
def test_what_is_wrong_is_refused_with_a_hint(
    kind: type[object], given: object, problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem):
        TypeAdapter[Any](kind).validate_python(given)


def test_a_list_for_jobs_may_be_long() -> None:
    names = ",".join(f"P{number}" for number in range(1000))
    assert len(TypeAdapter[Any](fields.BulkNames).validate_python(names)) == 1000
    for many in (f"{names},P1000", " , "):
        with pytest.raises(ValidationError, match=r"at most 1000|at least 1"):
            TypeAdapter[Any](fields.BulkNames).validate_python(many)


@pytest.mark.parametrize(
    ("given", "taken"), [("b, A,b", ("b", "a")), ("a", ("a",)), (("A",), ("a",))]
)
def test_a_list_of_some_words_is_taken_in_any_case(given: object, taken: tuple[str, ...]) -> None:
    kind = Annotated[tuple[str, ...], fields.CommaSeparated, fields.one_or_more_of("a", "b")]
    assert TypeAdapter[Any](kind).validate_python(given) == taken
    for wrong in ("a,c", ",", ""):
        with pytest.raises(ValidationError, match="must name one or more of a, b, separated"):
            TypeAdapter[Any](kind).validate_python(wrong)


def test_a_secret_is_trimmed_and_does_not_show() -> None:
    secret = TypeAdapter[Any](fields.Secret).validate_python(" u+abc-DEF_123 \n")
    assert secret.get_secret_value() == "u+abc-DEF_123"
    assert "abc" not in f"{secret} {secret!r}"


def test_a_refused_secret_is_not_repeated_in_the_complaint() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(fields.Secret).validate_python("my secret")
    assert "my secret" not in caught.value.errors()[0]["msg"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_taken_as_text(number: str) -> None:
    text = f'{{"rate": {number}}}'
    assert TypeAdapter[Any](fields.Details).validate_python(text) == {"details": text}


def test_a_links_null_text_is_left_out() -> None:
    link = '[{"href": "https://a.example", "text": null}]'
    assert TypeAdapter[Any](fields.Links).validate_python(link) == [{"href": "https://a.example"}]
