"""Whom an incident paged, on which level, and what its log tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pd_incident_action.metrics.timeline import Event, anonymize, pages_of, read_events
from pd_incident_action.pagerduty.models import LogEntry

START = datetime(2026, 11, 1, 23, tzinfo=UTC)
ADA, GRACE = ({"type": "user_reference", "id": name, "summary": name} for name in ("Ada", "Grace"))


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def entry(minutes: int, kind: str, **members: Any) -> LogEntry:  # noqa: ANN401 - members of an entry
    shown = {"type": f"{kind}_log_entry", "created_at": at(minutes).isoformat()}
    return LogEntry.read({**shown, **members})


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
    events = read_events(LOG)
    assert list(map(str, events)) == [
        "Triggered",
        "Assigned to Ada",
        "Escalated to Grace",
        "Notified Grace",
        "Acknowledged by Grace",
        "Note by Grace: Rolled back",
        "Resolved by Grace",
    ]
    (timeline,) = anonymize([events])
    assert [str(one) for one in timeline if one.people][::3] == [
        "Assigned to Person 1",
        "Acknowledged by Person 2",
    ]
    assert "Note by Person 2" in map(str, timeline)


def test_a_page_goes_to_a_person_on_a_level_until_anybody_answers() -> None:
    pages = [(one.person, one.level, one.at, one.took) for one in pages_of(read_events(LOG))]
    assert pages == [
        ("Ada", 1, at(0), timedelta(minutes=35)),
        ("Grace", 2, at(30), timedelta(minutes=5)),
    ]


def test_levels_begin_again_with_another_policy_and_with_another_round() -> None:
    kinds = ["assign", "escalate", "repeat_escalation_path", "escalate", "escalate", "delegate"]
    events = [Event(at(minute), kind, ("Ada",)) for minute, kind in enumerate(kinds)]
    assert [one.level for one in pages_of(events)] == [1, 2, 1, 2]
    assert {one.took for one in pages_of(events)} == {None}
