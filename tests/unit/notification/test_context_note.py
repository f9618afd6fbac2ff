"""The context note: a line for each fact, and a length that people read."""

from __future__ import annotations

from typing import Any

from pd_incident_action.models import Incident
from pd_incident_action.notification.context_note import (
    compose,
    describe_entity,
    describe_past,
)
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.port.entities import CatalogEntity

URL = "https://x.example.com"


def test_a_note_has_a_heading_for_what_is_known_and_a_limit() -> None:
    assert compose({"Workflow run": ["url"], "Port entity": ["a", "b"], "Recent changes": []}) == (
        "Workflow run\nurl\n\nPort entity\na\nb"
    )
    assert compose({"Recent changes": []}) == ""
    text = compose({"Recent changes": ["x" * 99] * 999})
    assert len(text) == 10_000
    assert text.endswith("x…")


def test_an_entity_shows_its_owners_links_and_relations() -> None:
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"title": "Checkout"}, ["Checkout (c)"]),
        ({"title": "c"}, ["c"]),
        ({"team": ["shop", "web"], "properties": None}, ["c", "team: shop, web"]),
        (
            {"properties": {"owner": "ada", "slack_channel": "#x", "tier": 1}},
            ["c", "owner: ada", "slack_channel: #x"],
        ),
        ({"properties": {"team_page": URL}}, ["c", f"team_page: {URL}"]),
        ({"properties": {"links": [{"title": "Runbook", "url": URL}]}}, ["c", f"links: {URL}"]),
        (
            {"relations": {"domain": "shop", "systems": ["a", "b"], "no": None}},
            ["c", "domain: shop", "systems: a, b"],
        ),
    ]
    for members, lines in cases:
        assert describe_entity(CatalogEntity.read({"identifier": "c", **members})) == lines


def test_an_earlier_incident_is_a_line() -> None:
    for past, url, line in [
        ({"id": "Q0", "title": "Down", "created_at": "3:00"}, f"{URL}/Q1", f"3:00 Down {URL}/Q0"),
        ({"id": "Q0", "title": "Down"}, "", "Down"),
        ({}, f"{URL}/Q1", ""),
    ]:
        incident = Incident("Q1", "Down", "triggered", url=url)
        assert describe_past(PagerDutyIncident.read(past), incident) == line
