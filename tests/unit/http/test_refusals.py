"""What an API says is found, in whatever shape it says it."""

from __future__ import annotations

from typing import Any

from pd_incident_action.http.messages import code_of, message_of

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
