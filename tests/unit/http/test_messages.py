"""User text stays in its place in a request; attempts are kept; an API's words are found."""

from __future__ import annotations

from typing import Any

import pytest

from pd_incident_action.http.messages import Attempt, RequestLog, build_path, code_of, message_of


def test_a_path_keeps_each_segment_in_its_place() -> None:
    for segments, path in [
        (("incidents", "Q1"), "/incidents/Q1"),
        (("a/b", "c d"), "/a%2Fb/c%20d"),
        (("x?y", "z#", "ü"), "/x%3Fy/z%23/%C3%BC"),
        (("...", "a.b"), "/.../a.b"),
        (("%2e%2e",), "/%252e%252e"),
    ]:
        assert build_path(*segments) == path


def test_a_segment_that_leads_elsewhere_is_refused() -> None:
    for segment in ["", ".", ".."]:
        with pytest.raises(ValueError, match="can't be part of a path"):
            build_path("incidents", segment, "notes")


ATTEMPT = Attempt(
    service="Port",
    method="POST",
    url="https://api.port.io/v1/x",
    action="write 20 entities",
    writes=True,
    number=1,
    began=1.0,
    seconds=0.5,
    status=200,
    headers={"x-ratelimit-remaining": "7", "date": "today", "server": "x" * 1000},
    sent="x" * 1_000_000,
    received="y" * 1_000_000,
)


def test_a_long_run_does_not_hold_all_that_was_said() -> None:
    shown: list[Attempt] = []
    request_log = RequestLog(shown.append)
    request_log.add(ATTEMPT)
    assert shown == [ATTEMPT]
    (kept,) = request_log.attempts
    assert (kept.sent, kept.received) == ("", "")
    assert kept.headers == {"x-ratelimit-remaining": "7", "date": "today"}
    assert (kept.ended, kept.succeeded) == (1.5, True)


def test_what_may_have_been_written_is_known() -> None:
    changes: list[tuple[dict[str, Any], bool]] = [
        ({"status": 201}, True),
        ({"status": None}, True),
        ({"status": 500}, True),
        ({"service": "Port"}, False),
        ({"status": 400}, False),
        ({"status": 499}, False),
        ({"writes": False}, False),
    ]
    for change, may_have_written in changes:
        request_log = RequestLog()
        request_log.add(ATTEMPT._replace(**{"service": "PagerDuty", **change}))
        assert request_log.may_have_written(but_to="Port") is may_have_written


DEEP: Any = "deep"
for _ in range(20):
    DEEP = [DEEP]


def test_words_are_found_in_any_shape() -> None:
    for body, message in [
        (None, ""),
        ("", ""),
        (" Unauthorized\r\n", "Unauthorized"),
        ({}, ""),
        ([], ""),
        (12, ""),
        ({"error": "No such service"}, "No such service"),
        ({"error": {"message": "Invalid", "code": 2001, "errors": ["a", "b."]}}, "Invalid: a, b."),
        ({"error": {"message": "Invalid.", "errors": "a"}}, "Invalid: a"),
        ({"error": {"message": "Invalid", "errors": []}}, "Invalid"),
        ({"error": {"message": "Invalid", "errors": ["Invalid", None, 1]}}, "Invalid"),
        ({"error": {"errors": {"name": ["is missing", "is odd"]}}}, "name is missing: name is odd"),
        ({"message": "Invalid", "code": 2016, "errors": ["a"]}, "Invalid: a"),
        ({"status": "invalid event", "message": "Bad", "errors": ["a"]}, "Bad: a"),
        ({"ok": False, "error": "not_found", "message": "No run"}, "No run"),
        ({"ok": False, "error": "not_found"}, "not_found"),
        ({"ok": False, "error": "It is gone", "message": "No run"}, "No run: It is gone"),
        ({"ok": False, "message": "Bad", "details": {"property": "x"}}, "Bad: property x"),
        ({"error": "invalid_client", "error_description": "No such app"}, "No such app"),
        (["a", {"message": "b"}, None], "a: b"),
        ([{"errors": [{"detail": "a"}, {"title": "b"}]}], "a: b"),
        ({"title": "Forbidden", "detail": "By policy"}, "By policy: Forbidden"),
        ("<html><head><title>502 Bad\n Gateway</title></head><h1>x</h1>", "502 Bad Gateway"),
        ("<title> </title><h1 class='a'>Blocked &amp; logged</h1>", "Blocked & logged"),
        ("<html><style>a{}</style><p>Access <b>denied</b></p></html>", "Access denied"),
        ({"message": "a < b > c"}, "a < b > c"),
        (DEEP, ""),
        ("<title>" * 600_000, ""),
        ("<h1>" + "a " * 100 + "<" * 4_000_000, " ".join("a" * 100)),
    ]:
        assert message_of(body) == message


def test_a_code_is_no_sentence() -> None:
    for value, code in [("not_found", "not_found"), ("Not found", None), (1, None), (None, None)]:
        assert code_of(value) == code
