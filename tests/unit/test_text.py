"""User text is data: it is shown, sent and shortened, and never acts."""

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
    "::",
    "\t::x",
]


def acts_as_a_command(output: str) -> bool:
    """Return whether the runner finds a command, whatever it takes for a line break."""
    lines = re.split("[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", output)
    return any(line.strip().startswith("::") or "##[" in line for line in lines)


@pytest.mark.parametrize("text", ATTACKS)
def test_no_text_acts_as_a_workflow_command(text: str) -> None:
    assert acts_as_a_command(text)
    escaped = escape_for_log(text)
    assert not acts_as_a_command(escaped)
    assert escape_for_log(escaped) == escaped


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
def test_what_breaks_or_reorders_a_line_is_escaped(text: str, shown: str) -> None:
    assert escape_for_log(text) == shown


def test_ordinary_text_is_logged_as_it_is() -> None:
    for text in ("", "Größe: 40 %", "a::b", "a:: b", "10:30 ok", "日本語 🔥", "# 1", "[x]"):
        assert escape_for_log(text) == text


def test_markdown_has_no_markup_links_or_lines() -> None:
    for text in ("*b*", "`c`", "[a](http://x)", "<b>", "@team", "a|b", "~~x~~", "$x$", "# h"):
        shown = escape_markdown(text)
        assert not set("*`[]()<>@|~$#'\"") & set(re.sub(r"&#\d+;", "", shown)), text
        assert re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), shown) == text
    assert "&lt;" not in escape_markdown("&lt;")
    assert "://" not in escape_markdown("see https://evil.example.com")
    assert escape_markdown(" a\n\n- b\r\n\tc ") == "a - b c"


@pytest.mark.parametrize(
    ("text", "sent"),
    [("a\x00b", "a\ufffdb"), ("\ud83d", "\ufffd"), ("\udc00x", "\ufffdx"), ("🔥 ok\n", "🔥 ok\n")],
)
def test_text_is_sent_in_well_formed_unicode(text: str, sent: str) -> None:
    assert sanitize_unicode(text) == sent
    assert json.loads(json.dumps(sanitize_unicode(text), ensure_ascii=False).encode()) == sent


def test_text_is_cut_at_the_limit() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"
    assert (shorten("", 1), shorten("ab", 1)) == ("", "…")
    assert shorten("🔥🔥🔥", 2) == "🔥…"
