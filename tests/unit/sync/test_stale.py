"""Entities that should have been listed are found; all others are left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pd_incident_action.inputs.intervals import DateRange
from pd_incident_action.models import Entity
from pd_incident_action.pagerduty.incident_lists import IncidentQuery
from pd_incident_action.port.entities import PortEntities
from pd_incident_action.port.models import Blueprint
from pd_incident_action.sync.entity_builder import Shape
from pd_incident_action.sync.stale import find_stale

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def entity(identifier: str, service: object, created_at: str | None) -> dict[str, Any]:
    return {
        "identifier": identifier,
        "properties": {"status": "triggered", "created_at": created_at},
        "relations": {"pagerdutyService": service},
    }


ENTITIES = [
    entity("Q0SEEN", ["PSVC001"], "2026-11-20T00:00:00Z"),
    entity("Q0OTHER1", ["PSVC001"], "2026-11-20T00:00:00Z"),
    entity("Q0OTHER2", "PSVC002", "2026-06-01T00:00:00Z"),
    entity("Q0OTHER3", None, None),
    entity("disk-full-on-web-1", ["PSVC001"], "2026-11-20T00:00:00Z"),
]


@pytest.fixture
def shape(blueprint: dict[str, Any]) -> Shape:
    def unscrubbed(one: Entity) -> Entity:
        return one

    return Shape(Blueprint.read(blueprint), unscrubbed)


@pytest.mark.parametrize(
    ("services", "since", "found"),
    [
        ((), None, ["Q0OTHER1", "Q0OTHER2", "Q0OTHER3"]),
        (("PSVC001",), None, ["Q0OTHER1"]),
        (("PSVC002", "PSVC003"), None, ["Q0OTHER2"]),
        ((), datetime(2026, 11, 1, tzinfo=UTC), ["Q0OTHER1"]),
    ],
)
def test_it_finds_what_was_not_listed_though_it_should(
    fake: Callable[..., Any],
    shape: Shape,
    services: tuple[str, ...],
    since: datetime | None,
    found: list[str],
) -> None:
    port = PortEntities(fake(lambda _: {"entities": ENTITIES}).send, "pagerdutyIncident")
    wanted = IncidentQuery(("triggered", "acknowledged"), services)
    assert list(find_stale(port, shape, wanted, DateRange(NOW, since), {"Q0SEEN"})) == found


def test_port_is_asked_for_the_statuses_and_what_webhooks_call_them(
    fake: Callable[..., Any], shape: Shape
) -> None:
    api = fake(lambda _: {"entities": []})
    port = PortEntities(api.send, "pagerdutyIncident")
    assert list(find_stale(port, shape, IncidentQuery(("triggered",)), DateRange(NOW), ())) == []
    (call,) = api.calls
    statuses = ["triggered", "annotated", "escalated", "reassigned", "reopened"]
    rule = {"property": "status", "operator": "in", "value": statuses}
    assert call.json["query"] == {"combinator": "and", "rules": [rule]}


def test_a_blueprint_without_a_status_is_searched_in_full(fake: Callable[..., Any]) -> None:
    api = fake(lambda _: {"entities": ENTITIES[1:2]})
    shape = Shape(Blueprint.read({"identifier": "b"}), lambda one: one)
    port = PortEntities(api.send, "b")
    assert list(find_stale(port, shape, IncidentQuery(("triggered",)), DateRange(NOW), ())) == [
        "Q0OTHER1"
    ]
    assert api.calls[0].json["query"]["rules"] == []
