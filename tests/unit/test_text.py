"""User text is data: it is shown, sent and shortened, and never acts."""

from __future__ import annotations

import html
import json
import re

import pytest

from pd_incident_action.text import (
    MAX_JSON_DEPTH,
    escape_for_log,
    escape_html,
    escape_markdown,
    parse_strict_json,
    quote_html,
    sanitize_unicode,
    shorten,
)

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
    "::",
    "\t::x",
]


def acts_as_a_command(output: str) -> bool:
    """Return whether the runner finds a command, whatever it takes for a line break."""
    lines = re.split("[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", output)
    return any(line.strip().startswith("::") or "##[" in line for line in lines)


def test_html_is_quoted_as_the_library_quotes_it() -> None:
    text = "".join(map(chr, range(0x3000)))
    assert quote_html(text) == html.escape(text)


def test_no_text_acts_as_a_workflow_command() -> None:
    for text in ATTACKS:
        assert acts_as_a_command(text)
        escaped = escape_for_log(text)
        assert not acts_as_a_command(escaped)
        assert escape_for_log(escaped) == escaped


def test_what_breaks_or_reorders_a_line_is_escaped() -> None:
    for text, shown in [
        ("a\nb", r"a\nb"),
        ("a\rb", r"a\rb"),
        ("tab\there", r"tab\there"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\u2028b", r"a\u2028b"),
        ("pay\u202egpj.exe", r"pay\u202egpj.exe"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("\u200fx", r"\u200fx"),
        ("lone \ud800", r"lone \ud800"),
    ]:
        assert escape_for_log(text) == shown


def test_ordinary_text_is_logged_as_it_is() -> None:
    for text in ("", "Größe: 40 %", "a::b", "a:: b", "10:30 ok", "日本語 🔥", "# 1", "[x]"):
        assert escape_for_log(text) == text


def test_markup_is_escaped_and_what_would_be_linked_is_code() -> None:
    for text, markdown, in_html in [
        ("Down: 5 % of R&D (x)", r"Down: 5 % of R\&D (x)", "Down: 5 % of R&amp;D (x)"),
        (" a\n\n- b\r\n\tc ", "a - b c", "a - b c"),
        ("- *x* [y] <z>", r"\- \*x\* \[y\] \<z>", "- *x* [y] &lt;z&gt;"),
        ("a_b _c_ a__b", r"a_b \_c\_ a\_\_b", "a_b _c_ a__b"),
        ("1. a", r"1\. a", "1. a"),
        ("1.5 a", "1.5 a", "1.5 a"),
        ("#1 Down", "#1 Down", "#1 Down"),
        ("ask `ada@x.org`.", r"ask \``ada@x.org`\`.", "ask `<code>ada@x.org</code>`."),
        ("(see www.x.org/`a`)", "(see ``www.x.org/`a``\\`)", "(see <code>www.x.org/`a</code>`)"),
        ("a\u202eb", r"a\\u202eb", r"a\u202eb"),
    ]:
        assert (escape_markdown(text), escape_html(text)) == (markdown, in_html)


def test_markdown_is_cut_without_cutting_markup() -> None:
    assert escape_markdown("ab*", 4) == r"ab\*"
    assert escape_markdown("*" * 100, 10) == r"\*\*\*\*…"
    assert escape_markdown("see www.x.org/" + "a" * 100, 20) == "see `www.x.org/aaa…`"


def test_text_is_sent_in_well_formed_unicode() -> None:
    for text, sent in [
        ("a\x00b", "a\ufffdb"),
        ("\ud83d", "\ufffd"),
        ("\udc00x", "\ufffdx"),
        ("🔥 ok\n", "🔥 ok\n"),
    ]:
        assert sanitize_unicode(text) == sent
        assert json.loads(json.dumps(sanitize_unicode(text), ensure_ascii=False).encode()) == sent


def test_text_is_cut_at_the_limit() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"
    assert (shorten("", 1), shorten("ab", 1)) == ("", "…")
    assert shorten("🔥🔥🔥", 2) == "🔥…"


def test_json_is_read_however_deep_it_may_be() -> None:
    for value in [None, 1, "x", [], {"a": [1.5, {"b": True}]}, ["ü\u2028"]]:
        text = json.dumps(value)
        assert parse_strict_json(text) == parse_strict_json(text.encode()) == value
    nested = "[" * MAX_JSON_DEPTH + "]" * MAX_JSON_DEPTH
    assert json.dumps(parse_strict_json(nested)) == nested


def test_what_is_no_json_or_nested_too_deeply_is_refused() -> None:
    too_deep = "[" * (MAX_JSON_DEPTH + 1) + "]" * (MAX_JSON_DEPTH + 1)
    endless = [opening * 200_000 for opening in ("[", '{"a":', '[{"a":[')]
    for text in ["", "{", "NaN", "[Infinity]", "1e999", "9" * 5000, too_deep, *endless]:
        with pytest.raises(ValueError):  # noqa: PT011 - the kind is what callers rely on
            parse_strict_json(text)
