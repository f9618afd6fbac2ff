"""PagerDuty is read page by page; each incident comes once, each policy is asked for once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.messages import ApiRequest
from pd_incident_action.inputs.intervals import DateRange, Interval
from pd_incident_action.models import Entity
from pd_incident_action.pagerduty.incident_lists import IncidentQuery, PagedLists
from pd_incident_action.port.models import Blueprint
from pd_incident_action.sync.entity_builder import Shape
from pd_incident_action.sync.progress import SyncProgress
from pd_incident_action.sync.reading import IncidentReader, ServiceReader, parts_to_read

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OPEN = IncidentQuery(("triggered", "acknowledged"))
SERVICES = {
    "identifier": "pagerdutyService",
    "schema": {"properties": {"status": {"type": "string"}, "oncall": {"type": "string"}}},
}


@pytest.fixture
def tally() -> SyncProgress:
    counts = SyncProgress(lambda _: None)
    counts.begin("things")
    return counts


def shape_of(blueprint: dict[str, Any]) -> Shape:
    def unscrubbed(entity: Entity) -> Entity:
        return entity

    return Shape(Blueprint.read(blueprint), unscrubbed)


def total(number: int, oldest: str = "2026-11-01T00:00:00Z") -> dict[str, Any]:
    return {"total": number, "incidents": [{"created_at": oldest}] if number else []}


def test_what_can_be_listed_at_once_is_one_part(fake: Callable[..., Any]) -> None:
    api = fake(lambda _: total(10_000))
    assert parts_to_read(PagedLists(api.send), OPEN, DateRange(NOW)) == [(OPEN, 10_000)]
    assert len(api.calls) == 1


def test_nothing_to_list_is_no_part(fake: Callable[..., Any]) -> None:
    api = fake(lambda _: total(0))
    assert parts_to_read(PagedLists(api.send), OPEN, DateRange(NOW)) == []
    assert parts_to_read(PagedLists(api.send), OPEN, DateRange(NOW, until=NOW)) == []
    assert len(api.calls) == 2


def test_too_much_to_list_is_cut_into_windows_from_the_oldest_on(fake: Callable[..., Any]) -> None:
    def answer(call: ApiRequest) -> Any:  # noqa: ANN401 - JSON
        if call.params.get("date_range") == "all":
            return total(20_000)
        length = datetime.fromisoformat(str(call.params["until"])) - datetime.fromisoformat(
            str(call.params["since"])
        )
        return total(int(length / timedelta(days=20, hours=12) * 20_000))

    parts = parts_to_read(PagedLists(fake(answer).send), OPEN, DateRange(NOW))
    periods = [wanted.period for wanted, _ in parts]
    assert len(parts) >= 2
    assert periods[0] is not None
    assert periods[0].start == datetime(2026, 11, 1, tzinfo=UTC)
    assert periods[-1] is not None
    assert periods[-1].end == NOW + timedelta(seconds=1)
    assert all(count <= 10_000 for _, count in parts)


def test_a_given_time_is_looked_at_alone(fake: Callable[..., Any]) -> None:
    api = fake(lambda _: total(7))
    when = DateRange(NOW, NOW - timedelta(days=3), NOW - timedelta(days=1))
    ((wanted, count),) = parts_to_read(PagedLists(api.send), OPEN, when)
    assert (wanted.period, count) == (Interval(NOW - timedelta(days=3), NOW - timedelta(days=1)), 7)
    (call,) = api.calls
    assert call.params["since"] == "2026-11-18T12:00:00Z"
    assert call.params["until"] == "2026-11-20T12:00:00Z"
    assert "date_range" not in call.params


def test_incidents_come_in_batches_that_port_takes(
    fake: Callable[..., Any],
    tally: SyncProgress,
    blueprint: dict[str, Any],
    new_incident: Callable[..., dict[str, Any]],
) -> None:
    pages = {"100": ["Q101", "Q102"], "0": [f"Q{number}" for number in range(1, 101)]}

    def answer(call: ApiRequest) -> Any:  # noqa: ANN401 - JSON
        return {"incidents": [new_incident(one) for one in pages[str(call.params["offset"])]]}

    api = fake(answer)
    reader = IncidentReader(PagedLists(api.send), shape_of(blueprint), tally)
    batches = list(reader.read((OPEN, 102)))
    assert [len(batch) for batch in batches] == [2, 20, 20, 20, 20, 20]
    assert [call.params["offset"] for call in api.calls] == ["100", "0"], "the last page first"
    assert len(reader.seen) == 102
    assert tally.total("read") == 102


def test_what_comes_twice_or_lies_on_a_border_is_read_once(
    fake: Callable[..., Any],
    tally: SyncProgress,
    blueprint: dict[str, Any],
    new_incident: Callable[..., dict[str, Any]],
) -> None:
    begin, border = "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"
    listed = [new_incident("Q1", created_at=begin), new_incident("Q2", created_at=border)]
    reader = IncidentReader(
        PagedLists(fake(lambda _: {"incidents": listed}).send), shape_of(blueprint), tally
    )
    first = Interval(datetime.fromisoformat(begin), datetime.fromisoformat(border))
    second = Interval(datetime.fromisoformat(border), NOW)
    read = [
        entity.identifier
        for period in (first, first, second)
        for batch in reader.read((IncidentQuery(OPEN.statuses, (), period), 2))
        for entity in batch
    ]
    assert read == ["Q1", "Q2"]


def test_incidents_that_are_looked_up_may_be_gone(
    fake: Callable[..., Any],
    tally: SyncProgress,
    blueprint: dict[str, Any],
    new_incident: Callable[..., dict[str, Any]],
) -> None:
    def answer(call: ApiRequest) -> Any:  # noqa: ANN401 - JSON
        if call.path == "/incidents/Q2":
            raise ApiRejected("no", status=404)
        return {"incident": new_incident("Q1", status="resolved")}

    reader = IncidentReader(PagedLists(fake(answer).send), shape_of(blueprint), tally)
    ((entity,),) = reader.look_up(["Q1", "Q2"])
    assert (entity.identifier, entity.properties["status"]) == ("Q1", "resolved")
    assert reader.gone == ["Q2"]


def test_a_refused_look_up_is_not_taken_for_gone(
    fake: Callable[..., Any], tally: SyncProgress, blueprint: dict[str, Any]
) -> None:
    def answer(_call: ApiRequest) -> Any:  # noqa: ANN401 - JSON
        raise ApiRejected("no", status=403)

    reader = IncidentReader(PagedLists(fake(answer).send), shape_of(blueprint), tally)
    with pytest.raises(ApiRejected):
        list(reader.look_up(["Q1"]))
    assert reader.gone == []


def service(identifier: str, policy: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "name": identifier,
        "status": "active",
        "escalation_policy": {"id": policy},
    }


def account(call: ApiRequest) -> Any:  # noqa: ANN401 - JSON
    if call.path == "/oncalls":
        return {
            "oncalls": [
                {
                    "escalation_policy": {"id": "PPOL1"},
                    "escalation_level": level,
                    "user": {"name": name, "email": f"{name}@x.org"},
                }
                for level, name in ((2, "bob"), (1, "ada"))
            ]
        }
    known = [service("P1", "PPOL1"), service("P2", "PPOL1"), service("P3", "PPOL2")]
    if call.path == "/services":
        return {"services": known}
    return {"service": next(one for one in known if call.path.endswith(one["id"]))}


def test_all_services_need_one_look_at_who_is_on_call(
    fake: Callable[..., Any], tally: SyncProgress
) -> None:
    api = fake(account)
    listing = PagedLists(api.send)
    reader = ServiceReader(listing, shape_of(SERVICES), tally, services=True, on_call=True)
    (batch,) = reader.read(())
    assert [(one.identifier, one.properties) for one in batch] == [
        ("P1", {"status": "active", "oncall": "ada@x.org, bob@x.org"}),
        ("P2", {"status": "active", "oncall": "ada@x.org, bob@x.org"}),
        ("P3", {"status": "active", "oncall": None}),
    ]
    assert [call.path for call in api.calls] == ["/services", "/oncalls"]
    assert api.calls[1].params["escalation_policy_ids[]"] == ["PPOL1", "PPOL2"]
    assert tally.total("read") == 3


def test_some_services_are_read_by_id(fake: Callable[..., Any], tally: SyncProgress) -> None:
    api = fake(account)
    listing = PagedLists(api.send)
    reader = ServiceReader(listing, shape_of(SERVICES), tally, services=True, on_call=False)
    (batch,) = reader.read(("P3", "P1"))
    assert [(one.identifier, one.properties) for one in batch] == [
        ("P3", {"status": "active"}),
        ("P1", {"status": "active"}),
    ]
    assert [call.path for call in api.calls] == ["/services/P3", "/services/P1"]


def test_only_who_is_on_call_can_be_copied(fake: Callable[..., Any], tally: SyncProgress) -> None:
    listing = PagedLists(fake(account).send)
    reader = ServiceReader(listing, shape_of(SERVICES), tally, services=False, on_call=True)
    (batch,) = reader.read(("P1",))
    assert batch[0].properties == {"oncall": "ada@x.org, bob@x.org"}


def test_very_many_policies_are_asked_for_in_parts(
    fake: Callable[..., Any], tally: SyncProgress
) -> None:
    def answer(call: ApiRequest) -> Any:  # noqa: ANN401 - JSON
        if call.path == "/oncalls":
            return {"oncalls": []}
        return {"services": [service(f"P{n}", f"PPOL{n}") for n in range(60)]}

    api = fake(answer)
    listing = PagedLists(api.send)
    reader = ServiceReader(listing, shape_of(SERVICES), tally, services=True, on_call=True)
    assert [len(batch) for batch in reader.read(())] == [20, 20, 20]
    asked = [len(call.params["escalation_policy_ids[]"]) for call in api.calls[1:]]
    assert asked == [50, 10]
