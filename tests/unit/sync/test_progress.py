"""How far it got is told in words, rows and outputs."""

from __future__ import annotations

import pytest

from pd_incident_action.errors import NotApplicable
from pd_incident_action.sync.pipeline import SyncProgress


@pytest.fixture
def progress() -> SyncProgress:
    return SyncProgress(lambda _: None)


def test_counts_are_kept_by_kind_and_told_together(progress: SyncProgress) -> None:
    assert progress.status == "Nothing written yet"
    progress.begin("services")
    progress.count(read=3, written=3)
    progress.begin("incidents", 200)
    progress.count(read=100, written=80, deleted=2)
    progress.fail([NotApplicable("Q1 was refused")])
    assert progress.status == "Incidents: 100 of 200 read, 80 written, 1 failed, 2 deleted"
    assert progress.summary == "83 entities written in 1 s, 1 failed, 2 deleted"
    assert progress.outputs() == {"written": "83", "failed": "1", "deleted": "2"}
    assert progress.table.rows == (
        ("services", "3", "3", "0", "0"),
        ("incidents", "100", "80", "1", "2"),
    )


def test_a_single_entity_is_one(progress: SyncProgress) -> None:
    progress.begin("incidents")
    progress.count(read=1, written=1)
    assert progress.summary == "1 entity written in 1 s"
    assert progress.status == "Incidents: 1 read, 1 written"


def test_only_the_first_failures_are_named() -> None:
    cases = [
        (0, None),
        (20, "No 19."),
        (21, "1 more entity was not written either."),
        (25, "5 more entities were not written either."),
    ]
    for count, last in cases:
        progress = SyncProgress(lambda _: None)
        progress.begin("incidents")
        progress.fail([NotApplicable(f"No {number}") for number in range(count)])
        failures = [str(failure) for failure in progress.failures]
        assert (len(failures), failures[-1] if failures else None) == (min(count, 21), last)


def test_progress_is_logged_every_few_seconds_only() -> None:
    now, lines = [100.0], list[str]()
    progress = SyncProgress(lines.append, lambda: now[0])
    progress.begin("incidents", 10)
    for seconds in (1, 4, 6, 7, 12):
        now[0] = 100.0 + seconds
        progress.count(read=1)
        progress.tick()
    assert lines == ["Incidents: 3 of 10 read, 0 written.", "Incidents: 5 of 10 read, 0 written."]
