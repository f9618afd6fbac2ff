"""The job summary shows what an on-call engineer needs, and no user text acts as markup."""

from __future__ import annotations

import html
import re
from dataclasses import replace

from markdown import render
from pd_incident_action.errors import InputError, InputProblem, NotApplicable
from pd_incident_action.models import Entity, Incident, Outcome, Page
from pd_incident_action.reporting.summary import CatalogReport, render_failure, render_success

INCIDENT = Incident(
    id="Q1",
    number=42,
    title="Down",
    status="triggered",
    urgency="high",
    url="https://acme.pagerduty.com/incidents/Q1",
    service="Checkout",
    assignees=("Ada", "Bob"),
    escalation_policy="Shop",
    priority="P1",
)
OUTCOME = Outcome("Created incident.", INCIDENT, created=True, page=Page.NOTIFIED)
ENTITY = Entity("incident", "Q1", "Down", {"status": "triggered"})


def shown(markdown: str) -> str:
    """Show a summary as a browser would, roughly: without tags, references resolved."""
    return html.unescape(re.sub(r"<[^>]+>", " ", markdown))


def test_a_summary_says_it_all_at_a_glance() -> None:
    text = shown(render_success(OUTCOME, CatalogReport(), 456))
    for part in ("#42 Down", "Created incident.", "triggered", "high", "P1", "Ada, Bob", "Shop"):
        assert part in text
    assert "0.46 s" in text
    assert "Port entity" not in text


def test_the_heading_links_to_the_incident_and_shows_its_state() -> None:
    for status, sign in [("triggered", "🔴"), ("acknowledged", "🟡"), ("resolved", "🟢")]:
        outcome = replace(OUTCOME, incident=replace(INCIDENT, status=status))
        heading = render_success(outcome, CatalogReport(), 1).splitlines()[0]
        assert heading.startswith(f"### Paged: {sign} <a href=")
        assert 'href="https://acme.pagerduty.com/incidents/Q1"' in heading


def test_what_is_not_known_has_no_row() -> None:
    bare = Outcome("Sent.", Incident("k", "Down", "triggered"), page=Page.ACCEPTED)
    text = render_success(bare, CatalogReport(), 1)
    rows = re.findall(r"<th align='left'>([^<]+)</th>", text)
    assert rows == ["Status", "Time to page"]
    assert render_success(Outcome("Done it."), CatalogReport(), 1).startswith("### Done\n")


def test_only_web_pages_are_linked() -> None:
    for url in ["javascript:alert(1)", "", "data:text/html,x", "//acme.example.com"]:
        outcome = replace(OUTCOME, incident=replace(INCIDENT, url=url))
        assert "<a " not in render_success(
            outcome, CatalogReport(links=(url,), written=(ENTITY,)), 1
        )


def test_a_url_cannot_break_out_of_its_link() -> None:
    for url in [
        'https://x.example/" onmouseover="alert(1)',
        'https://x.example/"><img src=x>',
        "http://[",
    ]:
        outcome = replace(OUTCOME, incident=replace(INCIDENT, url=url))
        page = render(render_success(outcome, CatalogReport(), 1))
        assert not any("onmouseover" in tag or "img" in tag for tag in page.structure)


def test_each_warning_and_problem_is_quoted_on_its_own() -> None:
    outcome = replace(OUTCOME, warnings=("first one", "second one"))
    text = render_success(outcome, CatalogReport(problems=("third one",)), 1)
    assert [line for line in text.splitlines() if line.startswith(">")] == [
        "> ⚠️ first one",
        "> ⚠️ second one",
        "> ⚠️ third one",
    ]


def test_the_catalog_has_a_row_of_its_own() -> None:
    for report, row in [
        (CatalogReport(written=(ENTITY,)), "<code>Q1</code>"),
        (
            CatalogReport(written=(ENTITY,), links=("https://app.port.io/x?identifier=Q1",)),
            '<a href="https://app.port.io/x?identifier=Q1"><code>Q1</code></a>',
        ),
        (CatalogReport(unwritten=(ENTITY,)), "not written"),
    ]:
        text = render_success(OUTCOME, report, 1)
        assert f"<th align='left'>Port entity</th><td>{row}</td>" in text


def test_an_entity_that_could_not_be_written_is_kept_as_json() -> None:
    text = render_success(OUTCOME, CatalogReport(unwritten=(ENTITY,)), 1)
    assert '"identifier": "Q1"' in html.unescape(text)
    assert '"blueprint": "incident"' in html.unescape(text)
    assert "identifier&quot;" not in render_success(OUTCOME, CatalogReport(written=(ENTITY,)), 1)


def test_text_that_was_cut_is_kept_whole_with_its_blank_lines() -> None:
    whole = "first\n\n<b>second</b>\n  \n```\nthird"
    outcome = replace(OUTCOME, truncated_inputs={"details": whole})
    assert f"\n{whole}\n" in render(render_success(outcome, CatalogReport(), 1)).text


def test_a_failure_with_one_reason_is_a_sentence() -> None:
    text = html.unescape(
        render_failure("create", NotApplicable("It broke", "a cause", "a fix"), [])
    )
    assert text == "### ❌ Incident action failed (create)\n\nIt broke: a cause; a fix.\n"


def test_a_failure_with_several_reasons_is_a_list() -> None:
    error = InputError([InputProblem("title", "is missing"), InputProblem("from", "is wrong")])
    lines = html.unescape(render_failure("create", error, ["Port is down"])).splitlines()
    assert lines == [
        "### ❌ An input is wrong (create)",
        "",
        "- Input 'title' is missing.",
        "- Input 'from' is wrong.",
        "",
        "> ⚠️ Port is down",
    ]
