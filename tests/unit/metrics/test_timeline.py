"""How long things took, and whether that was in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pd_incident_action.config.model import Config, SeverityPolicy
from pd_incident_action.metrics.lifecycle import Timeline, timeline_of

BEGAN = datetime(2026, 11, 1, 12, tzinfo=UTC)
NOW = BEGAN + timedelta(hours=2)
CONFIG = Config(
    severities={
        "high": SeverityPolicy(
            acknowledge_within=timedelta(minutes=5), resolve_within=timedelta(hours=1)
        )
    }
)


def at(minutes: float) -> str:
    return (BEGAN + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def course(
    acknowledged: float | None = None, config: Config = CONFIG, **members: object
) -> Timeline:
    json = {"id": "Q1", "status": "triggered", "urgency": "high", "created_at": at(0)} | members
    known = None if acknowledged is None else BEGAN + timedelta(minutes=acknowledged)
    found = timeline_of(json, known, config)
    assert found is not None
    return found


def resolved(minutes: float, **members: object) -> dict[str, Any]:
    return {"status": "resolved", "resolved_at": at(minutes)} | members


def test_times_count_from_the_beginning() -> None:
    one = course(3, **resolved(30))
    assert (one.to_acknowledge, one.to_resolve) == (timedelta(minutes=3), timedelta(minutes=30))
    assert (one.is_open, one.status) == (False, "resolved")


def test_what_never_happened_took_no_time() -> None:
    one = course()
    assert (one.to_acknowledge, one.to_resolve, one.is_open) == (None, None, True)
    assert one.age(NOW) == timedelta(hours=2)


def test_the_last_change_of_a_resolved_incident_is_its_resolution() -> None:
    one = course(status="resolved", last_status_change_at=at(20))
    assert one.to_resolve == timedelta(minutes=20)
    assert course(status="acknowledged", last_status_change_at=at(20)).to_resolve is None


def test_where_the_log_says_nothing_the_incident_itself_does() -> None:
    taken = [{"at": at(9)}, {"at": at(4)}, {"at": "?"}]
    assert course(acknowledgements=taken).to_acknowledge == timedelta(minutes=4)
    assert course(2, acknowledgements=taken).to_acknowledge == timedelta(minutes=2)


def test_clocks_that_disagree_give_no_negative_times() -> None:
    assert course(-1).to_acknowledge == timedelta()


def test_a_merged_incident_was_never_resolved_itself() -> None:
    reason = {"type": "merge_resolve_reason", "incident": {"id": "Q2"}}
    one = course(3, **resolved(4, resolve_reason=reason))
    assert (one.status, one.is_open, one.to_resolve) == ("merged", False, None)
    assert one.resolve_verdict(NOW) == ""
    assert one.acknowledge_verdict(NOW) == "kept"
    assert course(**resolved(4, resolve_reason=reason)).acknowledge_verdict(NOW) == ""


def test_without_a_beginning_there_is_no_course() -> None:
    assert timeline_of({"id": "Q1", "status": "triggered"}, None, CONFIG) is None


@pytest.mark.parametrize(
    ("one", "minutes", "acknowledge", "resolve"),
    [
        (course(), 4, "pending", "pending"),
        (course(), 5, "pending", "pending"),
        (course(), 6, "missed", "pending"),
        (course(), 61, "missed", "missed"),
        (course(5), 61, "kept", "missed"),
        (course(6), 10, "missed", "pending"),
        (course(5, **resolved(60)), 120, "kept", "kept"),
        (course(5, **resolved(61)), 120, "kept", "missed"),
        (course(**resolved(4)), 120, "kept", "kept"),
        (course(**resolved(6)), 120, "missed", "kept"),
        (course(config=Config()), 120, "", ""),
    ],
)
def test_a_target_is_kept_missed_or_still_to_be_kept(
    one: Timeline, minutes: float, acknowledge: str, resolve: str
) -> None:
    now = BEGAN + timedelta(minutes=minutes)
    assert (one.acknowledge_verdict(now), one.resolve_verdict(now)) == (acknowledge, resolve)
