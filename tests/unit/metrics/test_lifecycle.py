"""What happened to incidents, whom they paged, how long it took, and whether that was in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pd_incident_action.config.model import Config, SeverityPolicy
from pd_incident_action.errors import ApiRejected
from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.metrics.lifecycle import (
    Event,
    IncidentLifecycle,
    TargetStatus,
    anonymize,
    build_lifecycles,
    fetch_lifecycles,
    find_targets,
    read_timeline,
)
from pd_incident_action.pagerduty.incident_lists import IncidentLists
from pd_incident_action.pagerduty.models import LogEntry, PagerDutyIncident

CREATED = datetime(2026, 11, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MET, BREACHED, PENDING = TargetStatus.MET, TargetStatus.BREACHED, TargetStatus.PENDING
ADA, GRACE = ({"type": "user_reference", "id": name, "summary": name} for name in ("Ada", "Grace"))
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
    return (CREATED + minutes * MINUTE).isoformat()


def entry(minutes: float, kind: str, **members: Any) -> LogEntry:  # noqa: ANN401 - members of an entry
    return LogEntry.read({"type": f"{kind}_log_entry", "created_at": at(minutes), **members})


def lifecycle(
    acknowledged: float | None = None, now: datetime = CREATED, **members: object
) -> IncidentLifecycle:
    shown = {"id": "Q1", "status": "triggered", "urgency": "high", "created_at": at(0)} | members
    log = [] if acknowledged is None else [entry(acknowledged, "acknowledge")]
    incident = PagerDutyIncident.read(shown)
    (found,) = build_lifecycles([incident], CONFIG, now, {"Q1": read_timeline(log)})
    return found


def resolved(minutes: float, **members: object) -> dict[str, Any]:
    return {"status": "resolved", "resolved_at": at(minutes)} | members


LOG = [
    entry(50, "resolve", agent=GRACE),
    entry(36, "annotate", agent=GRACE, channel={"type": "note", "summary": "Rolled\nback"}),
    entry(35, "acknowledge", agent=GRACE),
    entry(30, "notify", user=GRACE),
    entry(30, "escalate", assignees=[GRACE], agent={"type": "service_reference"}),
    entry(30, "escalate", assignees=[GRACE], agent={"type": "service_reference"}),
    entry(0, "assign", assignees=[ADA]),
    entry(0, "trigger", agent={"type": "service_reference", "summary": "Checkout"}),
    LogEntry.read({"type": "snooze_log_entry"}),
]


def test_a_log_is_told_from_its_beginning_each_entry_once() -> None:
    one = replace(lifecycle(), events=read_timeline(LOG))
    assert list(map(str, one.events)) == [
        "Triggered",
        "Assigned to Ada",
        "Escalated to Grace",
        "Notified Grace",
        "Acknowledged by Grace",
        "Note by Grace: Rolled back",
        "Resolved by Grace",
    ]
    assert [(page.person, page.level, page.at, page.took) for page in one.pages] == [
        ("Ada", 1, CREATED, 35 * MINUTE),
        ("Grace", 2, CREATED + 30 * MINUTE, 5 * MINUTE),
    ]
    (timeline,) = (map(str, anonymized.events) for anonymized in anonymize([one]))
    assert {"Assigned to Person 1", "Acknowledged by Person 2", "Note by Person 2"} < {*timeline}


def test_levels_begin_again_with_another_policy_and_with_another_round() -> None:
    kinds = ["assign", "escalate", "repeat_escalation_path", "escalate", "escalate", "delegate"]
    events = [Event(CREATED + n * MINUTE, kind, ("Ada",)) for n, kind in enumerate(kinds)]
    pages = replace(lifecycle(), events=tuple(events)).pages
    assert [one.level for one in pages] == [1, 2, 1, 2]
    assert {one.took for one in pages} == {None}


ACKNOWLEDGEMENTS: dict[str, Any] = {"acknowledgements": [{"at": at(9)}, {"at": at(4)}, {"at": "?"}]}
MERGED: dict[str, Any] = {
    "resolve_reason": {"type": "merge_resolve_reason", "incident": {"id": "Q2"}}
}


def test_times_count_from_creation() -> None:
    for one, status, acknowledged, done in [
        (lifecycle(3, **resolved(30)), "resolved", 3, 30),
        (lifecycle(), "triggered", None, None),
        (lifecycle(status="resolved", last_status_change_at=at(20)), "resolved", None, 20),
        (
            lifecycle(status="acknowledged", last_status_change_at=at(20)),
            "acknowledged",
            None,
            None,
        ),
        # Without a log, the incident's own acknowledgements count.
        (lifecycle(**ACKNOWLEDGEMENTS), "triggered", 4, None),
        (lifecycle(2, **ACKNOWLEDGEMENTS), "triggered", 2, None),
        # Clocks may disagree.
        (lifecycle(-1), "triggered", 0, None),
        # A merged incident was never resolved itself.
        (lifecycle(3, **resolved(4, **MERGED)), "merged", 3, None),
    ]:
        times = [
            minutes if minutes is None else minutes * MINUTE for minutes in (acknowledged, done)
        ]
        assert [one.time_to_acknowledge, one.time_to_resolve] == times
        assert one.status == status
        assert one.is_open == (status not in {"merged", "resolved"})
    assert (lifecycle(now=CREATED + MINUTE).age, lifecycle().service) == (MINUTE, "(no service)")


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
        (lifecycle(3, **resolved(4, **MERGED)), 120, MET, ""),
        (lifecycle(**resolved(4, **MERGED)), 120, "", ""),
    ]:
        then = replace(one, now=CREATED + minutes * MINUTE)
        assert (then.acknowledge_status, then.resolve_status) == (acknowledge, resolve)


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
        assert find_targets(PagerDutyIncident.read(incident), CONFIG).severity == severity


class Lists(IncidentLists):
    """PagerDuty's lists; of two incidents the account's log of the period says all there is."""

    def __init__(self, own_logs: Mapping[str, list[LogEntry] | ApiRejected]) -> None:
        self._own_logs = own_logs

    def created_in(self, *_: object) -> list[PagerDutyIncident]:
        shown = {"status": "acknowledged", "created_at": at(1), "last_status_change_at": at(90)}
        return [
            PagerDutyIncident.read({**shown, "id": "QLOGGED"}),
            PagerDutyIncident.read({**shown, "id": "QLATER"}),
            PagerDutyIncident.read({**shown, "id": "QOPEN", "last_status_change_at": at(1)}),
            PagerDutyIncident.read({**shown, "id": "QBEFORE", "created_at": at(-1)}),
            PagerDutyIncident.read({**shown, "id": "QNEVER", "created_at": None}),
        ]

    def log(self, _: Interval) -> Iterator[LogEntry]:
        yield entry(3, "acknowledge", incident={"id": "QLOGGED"})
        yield entry(0, "acknowledge", incident={"id": "QOTHER"})

    def log_of(self, incident_id: str) -> list[LogEntry]:
        found = self._own_logs.get(incident_id, [])
        if isinstance(found, ApiRejected):
            raise found
        return found


def test_what_changed_after_the_period_is_read_from_its_own_log() -> None:
    period = Interval(CREATED, CREATED + 60 * MINUTE)
    refused = ApiRejected("No")
    lists = Lists({"QLATER": [entry(80, "acknowledge")], "QLOGGED": refused, "QOPEN": refused})
    found = fetch_lifecycles(lists, period, [], CONFIG, CREATED)
    assert {one.incident.id: one.time_to_acknowledge for one in found} == {
        "QLOGGED": 2 * MINUTE,
        "QLATER": 79 * MINUTE,
        "QOPEN": None,
    }
    with pytest.raises(ApiRejected):
        fetch_lifecycles(Lists({"QLATER": refused}), period, [], CONFIG, CREATED)
