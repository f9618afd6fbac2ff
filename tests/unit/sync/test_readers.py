"""PagerDuty is read page by page; each incident comes once, each policy is asked for once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.http.messages import ApiRequest
from pd_incident_action.inputs.intervals import DateRange, Interval
from pd_incident_action.models import Entity
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.incident_lists import IncidentQuery
from pd_incident_action.port.entities import PortEntities
from pd_incident_action.port.mapping import Blueprint
from pd_incident_action.sync.pipeline import SyncProgress
from pd_incident_action.sync.readers import EntityBuilder, IncidentReader, ServiceReader, find_stale

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OPEN = IncidentQuery(("triggered", "acknowledged"))


class Reading:
    """Readers of an API that a function answers for."""

    def __init__(self, pagerduty: PagerDuty, fake: Any, blueprint: Blueprint) -> None:  # noqa: ANN401 - the class of fakes
        self._pagerduty = pagerduty
        self._fake = fake
        self._blueprint = blueprint
        self.progress = SyncProgress(lambda _: None)
        self.progress.begin("things")
        self.requests: list[ApiRequest] = []

    def incidents(self, answer: Callable[[ApiRequest], Any]) -> IncidentReader:
        builder = EntityBuilder(self._blueprint, unchanged)
        return IncidentReader(self._open(answer), builder, self.progress)

    def services(self, answer: Callable[[ApiRequest], Any]) -> ServiceReader:
        builder = EntityBuilder(Blueprint.read({"identifier": "pagerdutyService"}), unchanged)
        return ServiceReader(
            self._open(answer), builder, self.progress, services=True, on_call=True
        )

    def _open(self, answer: Callable[[ApiRequest], Any]) -> PagerDuty:
        api = self._fake(answer)
        self.requests = api.requests
        return self._pagerduty.with_sender(api.send)


def unchanged(entity: Entity) -> Entity:
    return entity


@pytest.fixture
def reading(pagerduty: PagerDuty, fake: Any, blueprint: Blueprint) -> Reading:  # noqa: ANN401 - the class of fakes
    return Reading(pagerduty, fake, blueprint)


def total(number: int, oldest: str = "2026-11-01T00:00:00Z") -> dict[str, Any]:
    return {"total": number, "incidents": [{"created_at": oldest}] if number else []}


@pytest.mark.parametrize(
    ("count", "created", "parts"),
    [
        (10_000, DateRange(NOW), [(OPEN, 10_000)]),
        (0, DateRange(NOW), []),
        (0, DateRange(NOW, until=NOW), []),
        (7, DateRange(NOW, until=NOW - 30 * DAY), []),
        (
            7,
            DateRange(NOW, NOW - 3 * DAY, NOW - DAY),
            [(IncidentQuery(OPEN.statuses, (), Interval(NOW - 3 * DAY, NOW - DAY)), 7)],
        ),
    ],
)
def test_what_can_be_listed_at_once_is_one_part(
    reading: Reading, count: int, created: DateRange, parts: list[tuple[IncidentQuery, int]]
) -> None:
    assert reading.incidents(lambda _: total(count)).plan(OPEN, created) == parts
    (request,) = reading.requests
    assert ("date_range" in request.params) is (created.since is None)
    if created.since is not None:
        assert request.params["since"] == "2026-11-18T12:00:00Z"
        assert request.params["until"] == "2026-11-20T12:00:00Z"


def test_too_much_to_list_is_cut_into_windows_from_the_oldest_on(reading: Reading) -> None:
    def answer(request: ApiRequest) -> Any:  # noqa: ANN401 - JSON
        if request.params.get("date_range") == "all":
            return total(20_000)
        since, until = (datetime.fromisoformat(str(request.params[n])) for n in ("since", "until"))
        return total(int((until - since) / timedelta(days=20, hours=12) * 20_000))

    parts = reading.incidents(answer).plan(OPEN, DateRange(NOW))
    periods = [query.period for query, _ in parts if query.period is not None]
    assert len(periods) == len(parts) >= 2
    assert periods[0].start == datetime(2026, 11, 1, tzinfo=UTC)
    assert periods[-1].end == NOW + timedelta(seconds=1)
    assert all(count <= 10_000 for _, count in parts)


def test_without_a_total_nothing_is_planned(reading: Reading) -> None:
    with pytest.raises(NotApplicable, match="PagerDuty failed to count the incidents"):
        reading.incidents(lambda _: {"incidents": []}).plan(OPEN, DateRange(NOW))


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
        for batch in reader.read((IncidentQuery(OPEN.statuses, (), period), 2))
        for entity in batch
    ]
    assert read == ["Q1", "Q2"]


def test_incidents_that_are_looked_up_may_be_missing(
    reading: Reading, incident_json: Callable[..., dict[str, Any]]
) -> None:
    def answer(request: ApiRequest) -> Any:  # noqa: ANN401 - JSON
        if request.path == "/incidents/Q1":
            return {"incident": incident_json("Q1", status="resolved")}
        raise ApiRejected("no", status=404 if request.path == "/incidents/Q2" else 403)

    reader = reading.incidents(answer)
    ((entity,),) = reader.look_up(["Q1", "Q2"])
    assert (entity.identifier, entity.properties["status"]) == ("Q1", "resolved")
    assert reader.missing == ["Q2"]
    with pytest.raises(ApiRejected):
        list(reader.look_up(["Q3"]))
    assert reader.missing == ["Q2"]


def test_very_many_policies_are_asked_for_in_parts(reading: Reading) -> None:
    def answer(request: ApiRequest) -> Any:  # noqa: ANN401 - JSON
        if request.path == "/oncalls":
            return {"oncalls": []}
        policies = [{"id": f"PPOL{n}"} for n in range(60)]
        return {"services": [{"id": "P1", "escalation_policy": policy} for policy in policies]}

    assert [len(batch) for batch in reading.services(answer).read(())] == [20, 20, 20]
    asked = [len(request.params["escalation_policy_ids[]"]) for request in reading.requests[1:]]
    assert asked == [50, 10]


def entity(identifier: str, service_: object, created_at: str | None) -> dict[str, Any]:
    return {
        "identifier": identifier,
        "properties": {"status": "triggered", "created_at": created_at},
        "relations": {"pagerdutyService": service_},
    }


ENTITIES = [
    entity("Q0SEEN", ["PSVC001"], "2026-11-20T00:00:00Z"),
    entity("Q0OTHER1", ["PSVC001"], "2026-11-20T00:00:00Z"),
    entity("Q0OTHER2", "PSVC002", "2026-06-01T00:00:00Z"),
    entity("Q0OTHER3", None, None),
    entity("disk-full-on-web-1", ["PSVC001"], "2026-11-20T00:00:00Z"),
]


@pytest.mark.parametrize(
    ("services", "since", "found"),
    [
        ((), None, ["Q0OTHER1", "Q0OTHER2", "Q0OTHER3"]),
        (("PSVC001",), None, ["Q0OTHER1"]),
        (("PSVC002", "PSVC003"), None, ["Q0OTHER2"]),
        ((), datetime(2026, 11, 1, tzinfo=UTC), ["Q0OTHER1"]),
    ],
)
def test_entities_that_were_not_listed_though_they_should_are_stale(
    fake: Any,  # noqa: ANN401 - the class of fakes
    blueprint: Blueprint,
    services: tuple[str, ...],
    since: datetime | None,
    found: list[str],
) -> None:
    api = fake(lambda _: {"entities": ENTITIES})
    entities = PortEntities(api.send, "pagerdutyIncident")
    query, created = IncidentQuery(("triggered",), services), DateRange(NOW, since)
    assert list(find_stale(entities, blueprint, query, created, {"Q0SEEN"})) == found
    (request,) = api.requests
    statuses = ["triggered", "annotated", "escalated", "reassigned", "reopened"]
    rule = {"property": "status", "operator": "in", "value": statuses}
    assert request.json["query"] == {"combinator": "and", "rules": [rule]}


def test_a_blueprint_without_a_status_is_searched_in_full(fake: Any) -> None:  # noqa: ANN401 - as above
    api = fake(lambda _: {"entities": ENTITIES[1:2]})
    entities, blueprint = PortEntities(api.send, "b"), Blueprint.read({"identifier": "b"})
    query = IncidentQuery(("triggered",))
    assert list(find_stale(entities, blueprint, query, DateRange(NOW), ())) == ["Q0OTHER1"]
    assert api.requests[0].json["query"]["rules"] == []
