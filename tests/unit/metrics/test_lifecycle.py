"""How long things took, and whether that was in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pd_incident_action.config.model import Config, SeverityPolicy
from pd_incident_action.errors import ApiRejected
from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.metrics.lifecycle import (
    IncidentLifecycle,
    Targets,
    TargetStatus,
    build_lifecycle,
    fetch_lifecycles,
    has_targets,
    targets_for,
)
from pd_incident_action.pagerduty.incident_lists import IncidentLists
from pd_incident_action.pagerduty.models import LogEntry, PagerDutyIncident

CREATED = datetime(2026, 11, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOW = CREATED + 120 * MINUTE
MET, BREACHED, PENDING = TargetStatus.MET, TargetStatus.BREACHED, TargetStatus.PENDING
CONFIG = Config(
    severities={
        "SEV-1": SeverityPolicy("high", "P1", acknowledge_within=5 * MINUTE),
        "SEV-2": SeverityPolicy("high", "PPRIO2", resolve_within=60 * MINUTE),
        "P3": SeverityPolicy(resolve_within=90 * MINUTE),
        "loud": SeverityPolicy("high", acknowledge_within=5 * MINUTE, resolve_within=60 * MINUTE),
        "low": SeverityPolicy(acknowledge_within=240 * MINUTE),
    }
)


def at(minutes: float) -> str:
    return (CREATED + minutes * MINUTE).strftime("%Y-%m-%dT%H:%M:%SZ")


def lifecycle(acknowledged: float | None = None, **members: object) -> IncidentLifecycle:
    shown = {"id": "Q1", "status": "triggered", "urgency": "high", "created_at": at(0)} | members
    logged = None if acknowledged is None else CREATED + acknowledged * MINUTE
    found = build_lifecycle(PagerDutyIncident.read(shown), logged, CONFIG)
    assert found is not None
    return found


def resolved(minutes: float, **members: object) -> dict[str, Any]:
    return {"status": "resolved", "resolved_at": at(minutes)} | members


def test_times_count_from_creation() -> None:
    one = lifecycle(3, **resolved(30))
    assert (one.time_to_acknowledge, one.time_to_resolve) == (3 * MINUTE, 30 * MINUTE)
    assert (one.is_open, one.status) == (False, "resolved")


def test_what_never_happened_took_no_time() -> None:
    one = lifecycle()
    assert (one.time_to_acknowledge, one.time_to_resolve, one.is_open) == (None, None, True)
    assert (one.age(NOW), one.service) == (120 * MINUTE, "(no service)")


def test_the_last_change_of_a_resolved_incident_is_its_resolution() -> None:
    one = lifecycle(status="resolved", last_status_change_at=at(20))
    assert one.time_to_resolve == 20 * MINUTE
    assert lifecycle(status="acknowledged", last_status_change_at=at(20)).resolved_at is None


def test_without_a_log_the_incidents_own_acknowledgements_count() -> None:
    shown = [{"at": at(9)}, {"at": at(4)}, {"at": "?"}]
    assert lifecycle(acknowledgements=shown).time_to_acknowledge == 4 * MINUTE
    assert lifecycle(2, acknowledgements=shown).time_to_acknowledge == 2 * MINUTE


def test_clocks_that_disagree_give_no_negative_times() -> None:
    assert lifecycle(-1).time_to_acknowledge == timedelta()


def test_a_merged_incident_was_never_resolved_itself() -> None:
    reason = {"type": "merge_resolve_reason", "incident": {"id": "Q2"}}
    one = lifecycle(3, **resolved(4, resolve_reason=reason))
    assert (one.status, one.is_open, one.time_to_resolve) == ("merged", False, None)
    assert (one.acknowledge_status(NOW), one.resolve_status(NOW)) == (MET, "")
    assert lifecycle(**resolved(4, resolve_reason=reason)).acknowledge_status(NOW) == ""


def test_without_a_creation_time_there_is_no_lifecycle() -> None:
    assert build_lifecycle(PagerDutyIncident.read({"id": "Q1"}), None, CONFIG) is None


def test_targets_are_met_or_breached() -> None:
    for one, minutes, acknowledge, resolve in [
        (lifecycle(), 5, PENDING, PENDING),
        (lifecycle(), 6, BREACHED, PENDING),
        (lifecycle(), 61, BREACHED, BREACHED),
        (lifecycle(5), 61, MET, BREACHED),
        (lifecycle(6), 10, BREACHED, PENDING),
        (lifecycle(5, **resolved(60)), 120, MET, MET),
        (lifecycle(5, **resolved(61)), 120, MET, BREACHED),
        (lifecycle(**resolved(4)), 120, MET, MET),
        (lifecycle(**resolved(6)), 120, BREACHED, MET),
        (lifecycle(urgency="none"), 9999, "", ""),
        (lifecycle(urgency="low"), 241, BREACHED, ""),
    ]:
        now = CREATED + minutes * MINUTE
        assert (one.acknowledge_status(now), one.resolve_status(now)) == (acknowledge, resolve)


def test_the_priority_decides_on_the_severity_before_the_urgency() -> None:
    for incident, severity in [
        ({"urgency": "high", "priority": {"id": "PX", "summary": "p1"}}, "SEV-1"),
        ({"urgency": "low", "priority": {"id": "PX", "name": "P1"}}, "SEV-1"),
        ({"urgency": "high", "priority": {"id": "PPRIO2", "summary": "Two"}}, "SEV-2"),
        ({"urgency": "high", "priority": {"summary": "SEV-2"}}, "SEV-2"),
        ({"urgency": "high", "priority": {"summary": "P3"}}, "P3"),
        ({"urgency": "high", "priority": {"summary": "P9"}}, "loud"),
        ({"urgency": "high", "priority": None}, "loud"),
        ({"urgency": "low"}, "low"),
        ({}, ""),
    ]:
        assert targets_for(PagerDutyIncident.read(incident), CONFIG).severity == severity


def test_only_targets_count() -> None:
    assert has_targets(CONFIG)
    assert not has_targets(Config(severities={"SEV-1": SeverityPolicy("high", "P1")}))
    assert Targets("SEV-1", resolve_within=MINUTE)
    assert not Targets("SEV-1")


def acknowledged(incident: str, when: datetime) -> LogEntry:
    shown = {"type": "acknowledge_log_entry", "created_at": when.isoformat()}
    return LogEntry.read({**shown, "incident": {"id": incident}})


class Lists(IncidentLists):
    """PagerDuty's lists, with three incidents of which one changed after the period."""

    def __init__(self, own_logs: Mapping[str, datetime | ApiRejected]) -> None:
        self._own_logs = own_logs

    def created_in(self, *_: object) -> list[PagerDutyIncident]:
        shown = {"status": "acknowledged", "created_at": at(1), "last_status_change_at": at(2)}
        return [
            PagerDutyIncident.read({**shown, "id": "QLOGGED"}),
            PagerDutyIncident.read({**shown, "id": "QLATER", "last_status_change_at": at(90)}),
            PagerDutyIncident.read({**shown, "id": "QBEFORE", "created_at": at(-1)}),
            PagerDutyIncident.read({**shown, "id": "QNEVER", "created_at": None}),
        ]

    def log(self, _: Interval) -> Iterator[LogEntry]:
        yield acknowledged("QLOGGED", CREATED + 3 * MINUTE)
        yield acknowledged("QOTHER", CREATED)

    def log_of(self, incident_id: str) -> list[LogEntry]:
        found = self._own_logs.get(incident_id)
        if isinstance(found, ApiRejected):
            raise found
        return [acknowledged(incident_id, found)] if found else []


def test_what_changed_after_the_period_is_read_from_its_own_log() -> None:
    lists = Lists({"QLATER": CREATED + 80 * MINUTE, "QLOGGED": CREATED})
    found = fetch_lifecycles(lists, Interval(CREATED, CREATED + 60 * MINUTE), [], CONFIG)
    assert {one.incident.id: one.time_to_acknowledge for one in found} == {
        "QLOGGED": 2 * MINUTE,
        "QLATER": 79 * MINUTE,
    }


def test_a_log_that_cannot_be_read_ends_it() -> None:
    period = Interval(CREATED, CREATED + 60 * MINUTE)
    with pytest.raises(ApiRejected):
        fetch_lifecycles(Lists({"QLATER": ApiRejected("No")}), period, [], CONFIG)
