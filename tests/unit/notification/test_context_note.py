"""Responders find on a new incident what Port and PagerDuty know around it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from responses import RequestsMock

from contexts import without
from pd_incident_action.http.client import ApiClient
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.notification.context_note import (
    add_context_note,
    compose,
    describe_change,
    describe_entity,
    describe_past,
)
from pd_incident_action.operations._shared.incident_request import CreateInputs
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.port.client import BearerAuth, PortClient
from pd_incident_action.port.client import explain as explain_port
from pd_incident_action.port.models import CatalogEntity

INCIDENTS = "https://api.pagerduty.com/incidents"
PORT = "https://api.port.io"
ENTITY = f"{PORT}/v1/blueprints/service/entities/checkout"
RUN = "https://github.com/octo/shop/actions/runs/123"
DOWN = Incident("Q1", "Down", "triggered", number=42, url="https://acme.pagerduty.com/incidents/Q1")
OPENED = Outcome("Created.", DOWN, created=True, lines=("a line",), warnings=("a warning",))
ASKED: dict[str, Any] = {"title": "Down", "service": ("PSVC001",), "enrich": True}
REQUEST = CreateInputs(**ASKED, entity="checkout", context_blueprint="service")
CHANGE = {"summary": "Deployed 42", "timestamp": "2026-12-01T03:00:00Z", "links": []}
PAST = {"id": "Q0", "title": "Down before", "created_at": "2026-11-01T03:00:00Z"}


@pytest.fixture
def with_port(tools: OperationContext, connect: Callable[..., ApiClient]) -> OperationContext:
    """Give the tools Port's API as well."""
    auth = BearerAuth()
    client = connect(
        service="Port", base_url=PORT, authenticate=auth, explain=explain_port, max_attempts=1
    )
    return replace(
        tools,
        clients=(*tools.clients, PortClient(client, auth, "id", "secret", lambda _token: None)),
    )


def pagerduty_knows(api: RequestsMock, number: int = 1) -> None:
    base = f"{INCIDENTS}/Q{number}"
    api.add("GET", f"{base}/related_change_events", json={"change_events": [CHANGE] * 9})
    api.add("GET", f"{base}/past_incidents", json={"past_incidents": [{"incident": PAST}]})


def port_knows(api: RequestsMock, **answer: Any) -> None:  # noqa: ANN401 - an answer's parts
    api.add("POST", f"{PORT}/v1/auth/access_token", json={"accessToken": "t"})
    api.add("GET", ENTITY, **answer)


def takes_notes(api: RequestsMock, number: int = 1) -> None:
    api.add("POST", f"{INCIDENTS}/Q{number}/notes", json={"note": {"id": "N1"}})


def notes(api: RequestsMock) -> list[str]:
    posts = [c.request for c in api.calls if str(c.request.url).endswith("/notes")]
    return [json.loads(post.body or "")["note"]["content"] for post in posts]


def test_the_note_holds_what_every_source_knows(
    api: RequestsMock, with_port: OperationContext
) -> None:
    pagerduty_knows(api)
    port_knows(api, json={"entity": {"identifier": "checkout", "team": "shop"}})
    takes_notes(api)
    assert add_context_note(REQUEST, OPENED, with_port) == OPENED
    changes = "\n".join(["2026-12-01T03:00:00Z Deployed 42"] * 5)
    past = "2026-11-01T03:00:00Z Down before https://acme.pagerduty.com/incidents/Q0"
    (note,) = notes(api)
    assert note == (
        f"Workflow run\n{RUN}\n\nIn Port's catalog\ncheckout\nteam: shop\n\n"
        f"Last changes\n{changes}\n\nSimilar incidents before\n{past}"
    )


@pytest.mark.parametrize("created", [False, None])
def test_an_incident_that_was_there_has_its_note_already(
    tools: OperationContext, *, created: bool | None
) -> None:
    outcome = replace(OPENED, created=created)
    assert add_context_note(REQUEST, outcome, tools) is outcome


@pytest.mark.parametrize("incident", [None, Incident("key", "Down", "triggered")])
def test_without_a_known_incident_there_is_nowhere_to_write(
    tools: OperationContext, incident: Incident | None
) -> None:
    outcome = replace(OPENED, incident=incident)
    assert add_context_note(REQUEST, outcome, tools) is outcome
    assert add_context_note(REQUEST, OPENED, without(tools, PagerDuty)) is OPENED


@pytest.mark.parametrize(
    "changes",
    [{"entity": None}, {"context_blueprint": None}],
)
def test_without_an_entity_port_is_not_asked(
    api: RequestsMock, with_port: OperationContext, changes: dict[str, None]
) -> None:
    pagerduty_knows(api)
    takes_notes(api)
    add_context_note(REQUEST.model_copy(update=changes), OPENED, with_port)
    assert "catalog" not in notes(api)[0]


def test_an_entity_that_does_not_exist_is_left_out(
    api: RequestsMock, with_port: OperationContext
) -> None:
    pagerduty_knows(api)
    port_knows(api, status=404, json={"ok": False})
    takes_notes(api)
    assert add_context_note(REQUEST, OPENED, with_port).lines == OPENED.lines
    assert "catalog" not in notes(api)[0]


def test_what_fails_is_left_out_with_a_remark(
    api: RequestsMock, with_port: OperationContext
) -> None:
    api.add("GET", f"{INCIDENTS}/Q1/related_change_events", status=403, json={})
    api.add("GET", f"{INCIDENTS}/Q1/past_incidents", status=402, json={})
    port_knows(api, status=500, json={})
    takes_notes(api)
    outcome = add_context_note(REQUEST, OPENED, with_port)
    assert notes(api) == [f"Workflow run\n{RUN}"]
    port, changes, past = outcome.lines[1:]
    start = "The note on incident #42 Down leaves out"
    assert port.startswith(f"{start} 'In Port's catalog': Port did not show entity 'checkout'")
    assert changes.startswith(f"{start} 'Last changes': PagerDuty did not tell what was changed")
    assert past.startswith(f"{start} 'Similar incidents before': ")
    assert "the account's plan does not include Past incidents" in past
    assert outcome.warnings == OPENED.warnings


def test_a_note_that_is_refused_is_a_warning(api: RequestsMock, tools: OperationContext) -> None:
    pagerduty_knows(api)
    api.add("POST", f"{INCIDENTS}/Q1/notes", status=403, json={})
    outcome = add_context_note(REQUEST, OPENED, tools)
    assert outcome.warnings[1].startswith(
        "The page is out, but incident #42 Down has no note: PagerDuty did not add the note"
    )


def test_each_of_several_incidents_gets_a_note(api: RequestsMock, tools: OperationContext) -> None:
    for number in (1, 2):
        pagerduty_knows(api, number)
        takes_notes(api, number)
    other = replace(DOWN, id="Q2", number=43)
    add_context_note(REQUEST, replace(OPENED, others=(other,)), tools)
    assert len(notes(api)) == 2


def test_a_note_that_would_say_nothing_is_not_written(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", f"{INCIDENTS}/Q1/related_change_events", json={"change_events": []})
    api.add("GET", f"{INCIDENTS}/Q1/past_incidents", json={"past_incidents": []})
    outside = replace(tools, identity=replace(tools.identity, run_id=""))
    assert add_context_note(REQUEST, OPENED, outside) == OPENED
    assert notes(api) == []


def test_a_note_has_a_length_that_people_read() -> None:
    text = compose({"Last changes": ["x" * 99] * 999, "Nothing": []}, "")
    assert len(text) == 10_000
    assert text.startswith("Last changes\nxxx")
    assert "Nothing" not in compose({"Nothing": []}, RUN)


@pytest.mark.parametrize(
    ("entity", "lines"),
    [
        ({"identifier": "checkout", "title": "Checkout"}, ["Checkout (checkout)"]),
        ({"identifier": "checkout", "title": "checkout"}, ["checkout"]),
        (
            {"identifier": "c", "team": ["shop", "web"], "properties": None},
            ["c", "team: shop, web"],
        ),
        (
            {"identifier": "c", "properties": {"owner": "ada", "slack_channel": "#x", "tier": 1}},
            ["c", "owner: ada", "slack_channel: #x"],
        ),
        (
            {"identifier": "c", "properties": {"team_page": "https://x.example.com/team"}},
            ["c", "team_page: https://x.example.com/team"],
        ),
        (
            {
                "identifier": "c",
                "properties": {"links": [{"title": "Runbook", "url": "https://x.example.com/r"}]},
            },
            ["c", "links: https://x.example.com/r"],
        ),
        (
            {"identifier": "c", "relations": {"domain": "shop", "systems": ["a", "b"], "no": None}},
            ["c", "domain: shop", "systems: a, b"],
        ),
    ],
)
def test_an_entity_says_whose_it_is_where_to_look_and_what_it_belongs_to(
    entity: dict[str, Any], lines: list[str]
) -> None:
    assert describe_entity(CatalogEntity.read(entity)) == lines


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({**CHANGE, "links": [{"href": "https://x.example.com/42"}, {"href": "y"}]}, True),
        (CHANGE, False),
    ],
)
def test_a_change_is_a_line(change: dict[str, Any], *, line: bool) -> None:
    link = " https://x.example.com/42" if line else ""
    assert describe_change(change) == f"2026-12-01T03:00:00Z Deployed 42{link}"


def test_an_earlier_incident_is_a_line_even_without_a_page() -> None:
    assert describe_past(PAST, replace(DOWN, url="")) == "2026-11-01T03:00:00Z Down before"
    assert describe_past({}, DOWN) == ""
