"""PagerDuty is read page by page; each incident comes once, each policy is asked for once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pd_incident_action.http.messages import ApiRequest
from pd_incident_action.inputs.intervals import DateRange, Interval
from pd_incident_action.models import Entity
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.incident_lists import IncidentQuery
from pd_incident_action.port.entities import PortEntities
from pd_incident_action.port.mapping import Blueprint
from pd_incident_action.sync.readers import EntityBuilder, IncidentReader, ServiceReader, find_stale

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OPEN = IncidentQuery(("triggered", "acknowledged"))


class Reading:
    """Readers of an API that a function answers for."""

    def __init__(self, pagerduty: PagerDuty, fake: Any, blueprint: Blueprint) -> None:  # noqa: ANN401 - the class of fakes
        self._pagerduty = pagerduty
        self._fake = fake
        self._builder = EntityBuilder(blueprint, unchanged)
        self.requests: list[ApiRequest] = []

    def incidents(self, answer: Callable[[ApiRequest], Any]) -> IncidentReader:
        return IncidentReader(self._open(answer), self._builder)

    def services(self, answer: Callable[[ApiRequest], Any]) -> ServiceReader:
        return ServiceReader(self._open(answer), self._builder, services=True, on_call=True)

    def _open(self, answer: Callable[[ApiRequest], Any]) -> PagerDuty:
        api = self._fake(answer)
        self.requests = api.requests
        return self._pagerduty.with_sender(api.send)


def unchanged(entity: Entity) -> Entity:
    return entity


@pytest.fixture
def reading(pagerduty: PagerDuty, fake: Any, blueprint: Blueprint) -> Reading:  # noqa: ANN401 - the class of fakes
    return Reading(pagerduty, fake, blueprint)


def test_what_can_be_listed_at_once_is_one_part(reading: Reading) -> None:
    period = Interval(NOW - 3 * DAY, NOW - DAY)
    cases: list[tuple[int, DateRange, list[tuple[IncidentQuery, int]]]] = [
        (10_000, DateRange(NOW), [(OPEN, 10_000)]),
        (0, DateRange(NOW), []),
        (0, DateRange(NOW, until=NOW), []),
        (7, DateRange(NOW, until=NOW - 30 * DAY), []),
        (
            7,
            DateRange(NOW, period.start, period.end),
            [(IncidentQuery(OPEN.statuses, (), period), 7)],
        ),
    ]
    for count, created, parts in cases:
        oldest = [{"created_at": "2026-11-01T00:00:00Z"}] if count else []
        answer = {"total": count, "incidents": oldest}
        reader = reading.incidents(lambda _, answer=answer: answer)  # type: ignore[misc] # a default
        assert reader.plan(OPEN, created) == parts
        (request,) = reading.requests
        asked = (request.params.get("since"), request.params.get("until"))
        whole = asked == (None, None)
        assert whole or asked == ("2026-11-18T12:00:00Z", "2026-11-20T12:00:00Z")
        assert whole is (created.since is None)


def test_what_comes_twice_or_lies_on_a_border_is_read_once(
    reading: Reading, incident_json: Callable[..., dict[str, Any]]
) -> None:
    border = NOW - DAY
    listed = [
        incident_json("Q1", created_at=(border - DAY).isoformat()),
        incident_json("Q2", created_at=border.isoformat()),
    ]
    reader = reading.incidents(lambda _: {"incidents": listed})
    first, second = Interval(border - DAY, border), Interval(border, NOW)
    read = [
        entity.identifier
        for period in (first, first, second)
        for entity in reader.read((IncidentQuery(OPEN.statuses, (), period), 2))
    ]
    assert read == ["Q1", "Q2"]


def test_very_many_policies_are_asked_for_in_parts(reading: Reading) -> None:
    def answer(request: ApiRequest) -> Any:  # noqa: ANN401 - JSON
        if request.path == "/oncalls":
            return {"oncalls": []}
        policies = [{"id": f"PPOL{n}"} for n in range(60)]
        return {"services": [{"id": "P1", "escalation_policy": policy} for policy in policies]}

    assert len(list(reading.services(answer).read(()))) == 60
    asked = [len(request.params["escalation_policy_ids[]"]) for request in reading.requests[1:]]
    assert asked == [50, 10]


def entity(identifier: str, service_: object, created_at: str | None) -> dict[str, Any]:
    return {
        "identifier": identifier,
        "properties": {"status": "triggered", "created_at": created_at},
        "relations": {"pagerdutyService": service_},
    }


def test_entities_that_were_not_listed_though_they_should_are_stale(
    fake: Any,  # noqa: ANN401 - the class of fakes
    blueprint: Blueprint,
) -> None:
    shown = [
        entity("Q0SEEN", ["PSVC001"], "2026-11-20T00:00:00Z"),
        entity("Q0OTHER1", ["PSVC001"], "2026-11-20T00:00:00Z"),
        entity("Q0OTHER2", "PSVC002", "2026-06-01T00:00:00Z"),
        entity("Q0OTHER3", None, None),
        entity("disk-full-on-web-1", ["PSVC001"], "2026-11-20T00:00:00Z"),
    ]
    api = fake(lambda _: {"entities": shown})
    entities = PortEntities(api.send, "pagerdutyIncident")
    cases: list[tuple[tuple[str, ...], datetime | None, list[str]]] = [
        ((), None, ["Q0OTHER1", "Q0OTHER2", "Q0OTHER3"]),
        (("PSVC001",), None, ["Q0OTHER1"]),
        (("PSVC002", "PSVC003"), None, ["Q0OTHER2"]),
        ((), datetime(2026, 11, 1, tzinfo=UTC), ["Q0OTHER1"]),
    ]
    for services, since, found in cases:
        query, created = IncidentQuery(("triggered",), services), DateRange(NOW, since)
        assert list(find_stale(entities, blueprint, query, created, {"Q0SEEN"})) == found
    statuses = ["triggered", "annotated", "escalated", "reassigned", "reopened"]
    rule = {"property": "status", "operator": "in", "value": statuses}
    assert api.requests[-1].json["query"] == {"combinator": "and", "rules": [rule]}
    # Without a status, all of them are searched.
    bare = Blueprint.read({"identifier": "b"})
    assert len(list(find_stale(entities, bare, query, DateRange(NOW), ()))) == 4
    assert api.requests[-1].json["query"]["rules"] == []
