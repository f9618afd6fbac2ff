"""No text from outside is markup, wherever it is shown: a page always has the same structure."""

from __future__ import annotations

from markdown import render
from pd_incident_action.errors import InputError, InputProblem, NotApplicable
from pd_incident_action.http.dry_run import PlannedRequest
from pd_incident_action.http.messages import Attempt
from pd_incident_action.metrics.render import bars, pie
from pd_incident_action.models import Entity, Incident, Outcome, Service, Table
from pd_incident_action.reporting import call_trace, dry_run
from pd_incident_action.reporting.dry_run import EntityChange
from pd_incident_action.reporting.summary import CatalogReport, render_failure, render_success
from pd_incident_action.text import escape_for_log, escape_markdown

PAYLOADS = (
    "# Acknowledge here",
    "a\n\n# heading",
    "a\n   \n# heading after a line of blanks\n \t \n![x](https://evil.example/x.png)",
    "a\r\rb\r\n \r\n# c",
    "===",
    "---",
    "* * *",
    "- item",
    "+ item\n+ item",
    "1. item",
    "7) item",
    "> quote",
    "> [!CAUTION]\n> call 555",
    "- [x] done",
    "    indented code",
    "```\nfenced\n```",
    "~~~~\nfenced",
    "````````\n# after a long fence",
    "`code`",
    "``a`b``@c",
    "*a* **b** _c_ __d__ snake_case_ ***",
    "~~gone~~ ~gone~",
    "[Acknowledge here](https://evil.example)",
    "[x][y]\n\n[y]: https://evil.example",
    "[^1]\n\n[^1]: note",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    "<ada@evil.example>",
    "https://evil.example/a_b_c?d=*e*#f",
    "HTTP://EVIL.EXAMPLE",
    "//evil.example/x",
    "www.evil.example",
    "(www.evil.example/a)",
    "x:www.evil.example, (www.evil.example)",
    "evil.com",
    "mailto:ada@evil.example",
    "ada@evil.example",
    "xmpp:ada@evil.example/x",
    "@everyone @org/team",
    "<script>alert(1)</script>",
    "<h1>x</h1><img src=x onerror=alert(1)>",
    "</td></tr></table><h1>x",
    "</pre></details><img src=x>",
    "</summary></details>\n\n# x",
    "<!-- comment",
    "<![CDATA[ x",
    "&lt;b&gt; &amp; &#35; R&D",
    "\\*a\\* \\",
    "a\\\nb  \nc",
    "a | b\n- | -\nc | d",
    "| a | b |\n|---|---|\n| c | d |",
    "$x$ $`x`$ $$y$$",
    ":fire: ::: note",
    '"; classDef x fill:red; click a href "https://evil.example"',
    "%%{init: {}}%%\nend",
    "{{ x }} ${{ secrets.A }} {% raw %}",
    "\u202egnp.exe \u200bwww.evil.example",
    "\x00 \x1b[31m \ud800 \u2028# x",
    "]`) <a href='javascript:alert(1)'>x</a>",
)


def incident(text: str) -> Incident:
    return Incident(
        id="Q1",
        number=42,
        title=text,
        status=text,
        urgency=text,
        url="https://acme.pagerduty.com/incidents/Q1",
        service=text,
        assignees=(text, text),
        escalation_policy=text,
        priority=text,
        severity=text,
    )


def success(text: str) -> str:
    outcome = Outcome(
        text,
        incident(text),
        dedup_key=text,
        failures=(NotApplicable(text, text, text),),
        tables=(Table(text, (text, text), ((text, text),)),),
        charts=(pie("By service", {text: 1}), bars("By day", {text: 1})),
        warnings=(text, text),
        truncated_inputs={"title": text, text: f"{text}\n{text}"},
    )
    written = Entity(text, text, text, {text: text})
    report = CatalogReport((written,), links=("https://app.port.io/x",), problems=(text,))
    return render_success(outcome, report, 1000, trace(text))


def several(text: str) -> str:
    outcome = Outcome(text, incident(text), related_incidents=(incident(text),))
    unwritten = Entity(text, text, text, {text: [text]}, {text: text})
    return render_success(outcome, CatalogReport(unwritten=(unwritten,), problems=(text,)))


def service(text: str) -> str:
    url = "https://acme.pagerduty.com/services/P1"
    return render_success(Outcome(text, service=Service("P1", text, url=url)), CatalogReport())


def failure(text: str) -> str:
    return render_failure(text, NotApplicable(text, text, text), (text, text), blocks=[trace(text)])


def refusal(text: str) -> str:
    return render_failure("create", InputError([InputProblem("x", text)] * 2), ())


def trace(text: str) -> str:
    attempt = Attempt(text, "GET", text, text, writes=False, number=1, began=0.0, problem=text)
    return call_trace.render([attempt], 0.0)


def dry_run_report(text: str) -> str:
    request = PlannedRequest(text, "POST", f"https://x.example/{text}", {text: text})
    changes = (
        EntityChange(Entity(text, text, text), is_new=True, changes={text: (text, [text])}),
        EntityChange(Entity(text, text, text), is_new=True, problem=text),
    )
    outcome = Outcome(text, warnings=(text,), failures=(NotApplicable(text),))
    return dry_run.render([request], changes, outcome)


def lines(text: str) -> str:
    return "\n".join(map(escape_markdown, (text, f"Warning: {text}", text)))


PLACES = (success, several, service, failure, refusal, dry_run_report, lines)


def test_text_changes_nothing_of_a_page_but_its_text() -> None:
    for show in PLACES:
        expected = render(show("harmless")).structure
        for payload in PAYLOADS:
            page = render(show(payload))
            assert (page.structure, page.linked_later) == (expected, []), payload


def test_text_is_read_as_it_was_written() -> None:
    for payload in PAYLOADS:
        # Characters that would reorder the text are shown as their escapes.
        seen = escape_for_log(" ".join(payload.split()))
        assert " ".join(render(escape_markdown(payload)).text.split()) == seen
