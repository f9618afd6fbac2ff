"""User text is data: it is shown, sent and shortened without ever acting."""

from __future__ import annotations

import json
import re

import pytest

from pd_incident_action.text import escape_for_log, escape_markdown, sanitize_unicode, shorten

ATTACKS = [
    "::error::pwned",
    "  ::warning title=x::pwned",
    "\u2003::set-output name=a::b",
    "##[command]rm -rf /",
    "harmless ##[error]pwned",
    "first\n::error::second",
    "first\r::error::second",
    "first\r\n::add-mask::e",
    "first\u2028::error::second",
    "first\u2029::error::second",
    "first\x85::error::second",
    "first\x0b::error::second",
    ":::error::x",
    "######[error]x",
]


def acts_as_a_command(output: str) -> bool:
    """Tell what the runner makes of a text, whatever it takes for a line break."""
    lines = re.split("[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", output)
    return any(line.strip().startswith("::") or "##[" in line for line in lines)


@pytest.mark.parametrize("text", ATTACKS)
def test_no_line_of_user_text_acts_as_a_workflow_command(text: str) -> None:
    assert acts_as_a_command(text)
    assert not acts_as_a_command(escape_for_log(text))


@pytest.mark.parametrize("text", ["::", "::error::x", "##[group]", "a:: b", "\t::x"])
def test_printing_what_is_printable_already_changes_nothing(text: str) -> None:
    once = escape_for_log(text)
    assert escape_for_log(once) == once


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("a\rb", r"a\rb"),
        ("tab\there", r"tab\there"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\u2028b", r"a\u2028b"),
        ("pay\u202egpj.exe", r"pay\u202egpj.exe"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("\u200fx", r"\u200fx"),
        ("lone \ud800", r"lone \ud800"),
    ],
)
def test_what_would_break_or_reorder_a_line_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert escape_for_log(text) == shown


@pytest.mark.parametrize("text", ["", "Größe: 40 %", "a::b", "10:30 ok", "日本語 🔥", "# 1", "[x]"])
def test_ordinary_text_is_printed_as_it_is(text: str) -> None:
    assert escape_for_log(text) == text


@pytest.mark.parametrize(
    "text",
    ["*bold*", "`code`", "[a](http://x)", "<b>", "@team", "a|b", "~~x~~", "$x$", "# h", "&lt;"],
)
def test_no_markup_survives_in_markdown(text: str) -> None:
    shown = escape_markdown(text)
    assert not set("*`[]()<>@|~$#'\"") & set(re.sub(r"&#\d+;", "", shown))
    assert re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), shown) == text


def test_markdown_is_a_single_line() -> None:
    assert escape_markdown(" a\n\n- b\r\n\tc ") == "a - b c"


def test_bare_addresses_become_no_links_in_markdown() -> None:
    assert "://" not in escape_markdown("see https://evil.example.com")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("a\x00b", "a\ufffdb"),
        ("\ud83d", "\ufffd"),
        ("\udc00x", "\ufffdx"),
        ("🔥 ok\n", "🔥 ok\n"),
        ("", ""),
    ],
)
def test_text_is_sent_in_well_formed_unicode(text: str, sent: str) -> None:
    assert sanitize_unicode(text) == sent
    assert json.loads(json.dumps(sanitize_unicode(text), ensure_ascii=False).encode()) == sent


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("", 1, ""),
        ("ab", 1, "…"),
        ("🔥🔥🔥", 2, "🔥…"),
    ],
)
def test_text_is_cut_at_the_limit_and_shows_it(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short
