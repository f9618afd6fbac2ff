"""How long a snooze lasts, and how its end is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pd_incident_action.operations.snooze import describe_end, snooze_duration

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def test_it_lasts_from_a_second_to_seven_days() -> None:
    for until, seconds in [
        ("2h", 7200),
        ("90s", 90),
        ("until 2026-12-01T13:00Z", 3600),
        # The clock ran on while it was read.
        ("2026-12-01T12:00Z", 1),
        ("2026-12-08T12:00:30Z", 604_800),
    ]:
        assert snooze_duration(until, NOW) == timedelta(seconds=seconds)


def test_its_end_has_a_date_unless_that_is_today() -> None:
    for hours, text in [
        (2, "14:00 UTC"),
        (12, "2026-12-02 00:00 UTC"),
        (24, "2026-12-02 12:00 UTC"),
    ]:
        assert describe_end(NOW + timedelta(hours=hours), NOW) == text
