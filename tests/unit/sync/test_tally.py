"""How far it got is told in words, rows and outputs."""

from __future__ import annotations

import time

import pytest

from pd_incident_action.errors import NotApplicable
from pd_incident_action.sync.progress import SyncProgress


def test_counts_are_kept_by_kind_and_told_together() -> None:
    tally = SyncProgress(lambda _: None)
    assert tally.so_far == "Nothing written yet"
    tally.begin("services")
    tally.count(read=3, written=3)
    tally.begin("incidents", 200)
    tally.count(read=100, written=80, deleted=2)
    tally.fail([NotApplicable("Q1 was refused")])
    assert tally.so_far == "Incidents: 100 of 200 read, 80 written, 1 failed, 2 deleted"
    assert tally.humanize == "83 entities written in 1 s, 1 failed, 2 deleted"
    assert tally.outputs() == {"written": "83", "failed": "1", "deleted": "2"}
    assert tally.table.rows == (
        ("services", "3", "3", "0", "0"),
        ("incidents", "100", "80", "1", "2"),
    )


def test_a_single_entity_is_one() -> None:
    tally = SyncProgress(lambda _: None)
    tally.begin("incidents")
    tally.count(read=1, written=1)
    assert tally.humanize == "1 entity written in 1 s"
    assert tally.so_far == "Incidents: 1 read, 1 written"


@pytest.mark.parametrize(
    ("count", "last"),
    [
        (20, "No 19."),
        (21, "1 more entity was not written either."),
        (25, "5 more entities were not written either."),
    ],
)
def test_only_the_first_failures_are_named(count: int, last: str) -> None:
    tally = SyncProgress(lambda _: None)
    tally.begin("incidents")
    tally.fail(NotApplicable(f"No {number}") for number in range(count))
    assert len(tally.failures) == min(count, 21)
    assert str(tally.failures[-1]) == last


def test_nothing_failed_is_nothing_to_name() -> None:
    assert SyncProgress(lambda _: None).failures == ()


def test_progress_is_told_every_few_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    lines: list[str] = []
    tally = SyncProgress(lines.append)
    tally.begin("incidents", 10)
    for seconds in (1, 4, 6, 7, 12):
        now[0] = 100.0 + seconds
        tally.count(read=1)
        tally.tick()
    assert lines == ["Incidents: 3 of 10 read, 0 written.", "Incidents: 5 of 10 read, 0 written."]
